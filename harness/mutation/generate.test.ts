import { expect, test } from 'vitest'
import { mutantsOf } from './generate.ts'
import { entries, functionOf, policyOf, schemaOf, tableOf } from './test-support.ts'

const grantsAdded = async (schema: ReturnType<typeof schemaOf>) =>
  (await mutantsOf(schema, ['public']))
    .filter(({ kind }) => kind === 'grant-added')
    .map(({ id, equivalent }) => [id.split(' › ')[2], equivalent !== undefined])

test('a privilege on an object of a schema that is not exposed is equivalent', async () => {
  const table = tableOf({
    schema: 'private',
    grants: entries({ authenticated: ['select', 'insert', 'update', 'delete'] }),
  })
  expect(await grantsAdded(schemaOf({ tables: [table] }))).toEqual([
    ['delete to anon', true],
    ['insert to anon', true],
    ['select to anon', true],
    ['update to anon', true],
  ])
})

test('a function of such a schema matters to a role whose policies call it', async () => {
  const helper = functionOf({ schema: 'private', name: 'is_owner', arguments: '' })
  const open = tableOf({
    grants: entries({ anon: ['select'] }),
    policies: [policyOf({ roles: ['anon'], using: 'private.is_owner()' })],
  })
  const dependencies = [{ object: 'public.notes', on: 'private.is_owner' }]
  const executes = async (table: typeof open) =>
    (await grantsAdded(schemaOf({ functions: [helper], tables: [table], dependencies }))).filter(([id]) =>
      String(id).startsWith('execute'),
    )
  expect(await executes(open)).toEqual([['execute to anon', false]])
  expect(await executes({ ...open, grants: [] })).toEqual([['execute to anon', true]])
})

test('privileges on the function of a trigger decide nothing', async () => {
  const trigger = functionOf({ definition: 'CREATE OR REPLACE FUNCTION public.t()\n RETURNS trigger\n' })
  expect(await grantsAdded(schemaOf({ functions: [trigger] }))).toEqual([])
})

test.each([
  ['select auth.uid()', ['auth.uid'], true],
  ['select count(*) from public.notes', ['public.notes'], false],
  ['select private.is_owner()', ['private.is_owner'], false],
  ['select current_user', [], false],
  ['', [], false],
])('the rights of a function with the body %s', async (body, uses, isEquivalent) => {
  const dependencies = uses.map((on) => ({ object: 'public.rename', on }))
  const mutants = await mutantsOf(schemaOf({ functions: [functionOf({ body })], dependencies }), ['public'])
  const rights = mutants.find(({ kind }) => kind === 'function-rights')
  expect(rights?.equivalent !== undefined).toBe(isEquivalent)
})

test('ids are unique and sorted', async () => {
  const policies = [policyOf({ using: '(a AND a)' }), policyOf({ name: 'b' })]
  const ids = (await mutantsOf(schemaOf({ tables: [tableOf({ policies })] }), ['public'])).map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
})
