import { expect, test } from 'vitest'
import { entries, functionOf, policyOf, schemaOf, tableOf } from '../../test/support/mutable-schema.ts'
import { mutantsOf } from './generate.ts'

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
  const dependencies = [{ object: 'public.notes', on: 'private.is_owner', through: 'policy' as const }]
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
  const dependencies = uses.map((on) => ({ object: 'public.rename', on, through: 'body' as const }))
  const mutants = await mutantsOf(schemaOf({ functions: [functionOf({ body })], dependencies }), ['public'])
  const rights = mutants.find(({ kind }) => kind === 'function-rights')
  expect(rights?.equivalent !== undefined).toBe(isEquivalent)
})

test('ids are unique and sorted', async () => {
  const policies = [policyOf({ using: '(a AND a)' }), policyOf({ name: 'b' })]
  const ids = (await mutantsOf(schemaOf({ tables: [tableOf({ policies })] }), ['public'])).map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
})

test.each([
  ['insert', [], true],
  ['insert', [policyOf({ command: 'insert', roles: ['anon'], using: null, check: 'a' })], false],
  ['insert', [policyOf({ command: 'all', roles: ['public'] })], false],
  ['insert', [policyOf({ command: 'all', roles: ['authenticated'] })], true],
  ['insert', [policyOf({ command: 'all', roles: ['anon'], permissive: false })], true],
  ['select', [policyOf({ command: 'insert', roles: ['anon'], using: null, check: 'a' })], true],
])(
  'a privilege for %s is shadowed by row security where no policy lets a row through',
  async (command, policies, is) => {
    const added = new Map(await grantsAdded(schemaOf({ tables: [tableOf({ grants: [], policies })] })).then(named))
    expect(added.get(`${command} to anon`)).toBe(is)
  },
)

test('a privilege is not shadowed where row security is off, or where something evaluates the table as the caller', async () => {
  const isShadowed = async (changes: Parameters<typeof schemaOf>[0], rowSecurity = true) =>
    new Map(named(await grantsAdded(schemaOf({ tables: [tableOf({ grants: [], rowSecurity })], ...changes })))).get(
      'select to anon',
    )
  expect(await isShadowed({}, false)).toBe(false)
  const uses = (object: string, through: 'policy' | 'body') => ({
    dependencies: [{ object, on: 'public.notes', through }],
  })
  expect(await isShadowed(uses('public.others', 'policy'))).toBe(false)
  expect(await isShadowed({ ...uses('public.rename', 'body'), functions: [functionOf({ definer: false })] })).toBe(
    false,
  )
  expect(await isShadowed({ ...uses('public.rename', 'body'), functions: [functionOf({ definer: true })] })).toBe(true)
})

test('a privilege to write through a view matters where PostgreSQL can write through it', async () => {
  const view = {
    schema: 'public',
    name: 'v',
    invoker: null,
    writable: ['insert'],
    grants: entries({ anon: ['select'] }),
  }
  const added = new Map(named(await grantsAdded(schemaOf({ views: [view] }))))
  expect([added.get('insert to anon'), added.get('delete to anon')]).toEqual([false, true])
})

test('a privilege to read a view that reads as its caller is of no use to a role that may not read its table', async () => {
  const view = { schema: 'public', name: 'v', invoker: 'true', writable: [], grants: [] }
  const dependencies = [{ object: 'public.v', on: 'public.notes', through: 'view' as const }]
  const isUseless = async (invoker: string | null, grants: ReturnType<typeof entries>) => {
    const schema = schemaOf({ views: [{ ...view, invoker }], tables: [tableOf({ grants })], dependencies })
    const mutants = await mutantsOf(schema, ['public'])
    return mutants.find(({ id }) => id === 'view public.v › grant-added › select to anon')?.equivalent !== undefined
  }
  expect(await isUseless('true', [])).toBe(true)
  expect(await isUseless('true', entries({ anon: ['select'] }))).toBe(false)
  expect(await isUseless(null, [])).toBe(false)
})

test('a table that no client role may select is not published to any', async () => {
  const one = { schema: 'public', name: 'notes', published: null, columns: ['id'] }
  const equivalent = async (grants: ReturnType<typeof entries>) => {
    const mutants = await mutantsOf(schemaOf({ tables: [tableOf({ grants })], published: [one] }), ['public'])
    return mutants.find(({ kind }) => kind === 'publication')?.equivalent !== undefined
  }
  expect(await equivalent(entries({ service_role: ['select'] }))).toBe(true)
  expect(await equivalent(entries({ authenticated: ['select'] }))).toBe(false)
})

test('USAGE on a schema that is not exposed matters to functions that run as the caller', async () => {
  const equivalents = async (definer: boolean) => {
    const schema = schemaOf({
      schemas: [{ name: 'private', grants: [] }],
      functions: [functionOf({ definer })],
      dependencies: [{ object: 'public.rename', on: 'private.helper', through: 'body' }],
    })
    const mutants = (await mutantsOf(schema, ['public'])).filter(({ object }) => object === 'schema private')
    return mutants.map(({ equivalent }) => equivalent !== undefined)
  }
  expect(await equivalents(true)).toEqual([true, true])
  expect(await equivalents(false)).toEqual([false, false])
})

function named(added: Awaited<ReturnType<typeof grantsAdded>>): readonly [string, boolean][] {
  return added.map(([name, is]) => [String(name), is === true])
}

test.each([
  ['reads it', 'select count(*) from public.notes', true],
  ['locks it', 'perform from public.notes for update', true],
  ['inserts into it', "insert into public.notes values ('a')", false],
  ['changes it under an alias', 'update only notes n set title = 1', false],
  ['removes from it', 'delete from "notes"', false],
  ['writes to another table', 'insert into public.logs select 1', true],
  ['puts its statements together', "execute 'x'", false],
])('a check on a table that no client writes, where a function %s', async (_, body, isEquivalent) => {
  const constraints = [{ name: 'short', type: 'check', definition: 'CHECK (a)', references: null } as const]
  const dependencies = [{ object: 'public.rename', on: 'public.notes', through: 'body' as const }]
  const equivalent = async (grants: ReturnType<typeof entries>) => {
    const tables = [tableOf({ constraints, grants })]
    const made = await mutantsOf(schemaOf({ tables, functions: [functionOf({ body })], dependencies }), ['public'])
    return made.find(({ kind }) => kind === 'constraint')?.equivalent !== undefined
  }
  expect(await equivalent(entries({ authenticated: ['select', 'delete'] }))).toBe(isEquivalent)
  expect(await equivalent(entries({ authenticated: ['insert'] }))).toBe(false)
})

test('the body of a function that service_role alone may execute is of no use to a client, unless something calls it', async () => {
  const body = 'update public.notes set title = 1 where id = 2'
  const unnoticed = async (grantee: string, definition = '', uses: readonly string[] = []) => {
    const one = functionOf({
      language: 'sql',
      body,
      grants: entries({ [grantee]: ['execute'] }),
      definition: `${definition}AS $$${body}$$`,
    })
    const dependencies = uses.map((object) => ({ object, on: 'public.rename', through: 'policy' as const }))
    const made = await mutantsOf(schemaOf({ functions: [one], dependencies }), ['public'])
    return made.filter(({ kind }) => kind === 'function-check').every(({ equivalent }) => equivalent !== undefined)
  }
  expect(await unnoticed('service_role')).toBe(true)
  expect(await unnoticed('task_worker')).toBe(false)
  expect(await unnoticed('public')).toBe(false)
  expect(await unnoticed('service_role', '', ['public.notes'])).toBe(false)
  expect(await unnoticed('service_role', ' RETURNS trigger\n')).toBe(false)
})
