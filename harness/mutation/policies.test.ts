import { describe, expect, test } from 'vitest'
import { entries, noSurroundings, policyOf, tableOf } from '../../test/support/mutable-schema.ts'
import { policyMutants } from './policies.ts'
import type { MutableTable } from './schema.ts'

const mutants = (table: MutableTable, changes: object = {}) => policyMutants(table, { ...noSurroundings, ...changes })

const details = async (table: MutableTable, changes = {}) =>
  (await mutants(table, changes)).map(({ kind, direction, apply }) => [kind, direction, apply.at(-1)])

const create = 'create policy "owners read" on public.notes'

describe('the mutants of a policy', () => {
  test('a policy with one condition is dropped, true, false, widened and restrictive', async () => {
    const table = tableOf({ policies: [policyOf()], rowSecurity: true })
    expect(await details(table)).toEqual([
      ['policy-dropped', 'narrower', 'drop policy "owners read" on public.notes'],
      ['policy-true', 'wider', `${create} for select to authenticated using (true)`],
      ['policy-false', 'narrower', `${create} for select to authenticated using (false)`],
      ['policy-roles', 'wider', `${create} for select to public using ((owner_id = auth.uid()))`],
      [
        'policy-mode',
        'narrower',
        `${create} as restrictive for select to authenticated using ((owner_id = auth.uid()))`,
      ],
      ['policy-command', 'wider', `${create} for all to authenticated using ((owner_id = auth.uid()))`],
      ['row-security', 'wider', 'alter table public.notes disable row level security'],
    ])
  })

  test('each part of USING and of WITH CHECK is removed, with the other as it was', async () => {
    const policy = policyOf({ command: 'update', using: '(a AND b)', check: '(c OR d)' })
    const parts = (await mutants(tableOf({ policies: [policy] }))).filter(({ kind }) => kind === 'policy-part')
    expect(parts.map(({ direction, apply }) => [direction, apply[1]?.split('authenticated ')[1]])).toEqual([
      ['wider', 'using (b) with check ((c OR d))'],
      ['wider', 'using (a) with check ((c OR d))'],
      ['narrower', 'using ((a AND b)) with check (d)'],
      ['narrower', 'using ((a AND b)) with check (c)'],
    ])
  })

  test('a WITH CHECK that differs from USING is removed; the same condition is equivalent', async () => {
    const equivalents = async (check: string) => {
      const reads = policyOf({ name: 'reads', using: 'true' })
      const table = tableOf({ policies: [policyOf({ command: 'update', using: '(a)', check }), reads] })
      const made = await mutants(table)
      return made.filter(({ kind }) => kind === 'policy-check').map(({ equivalent }) => equivalent !== undefined)
    }
    expect(await equivalents('b')).toEqual([false])
    expect(await equivalents('((a))')).toEqual([true])
  })

  test('an insert policy that is widened to ALL reaches rows by its check', async () => {
    const policy = policyOf({ command: 'insert', using: null, check: '(a)' })
    const made = await mutants(tableOf({ policies: [policy] }))
    const widened = made.find(({ kind }) => kind === 'policy-command')
    expect(widened?.apply[1]).toContain('for all to authenticated using ((a)) with check ((a))')
  })

  test('a restrictive policy becomes permissive, and its roles and command stay', async () => {
    const table = tableOf({ policies: [policyOf({ permissive: false }), policyOf({ name: 'all' })] })
    const made = (await mutants(table)).filter(({ change }) => change.includes('`owners read`'))
    expect(made.map(({ kind, direction }) => [kind, direction])).toEqual([
      ['policy-dropped', 'wider'],
      ['policy-true', 'wider'],
      ['policy-false', 'narrower'],
      ['policy-mode', 'wider'],
    ])
  })

  test('every mutant is taken back by the policy as it was', async () => {
    const table = tableOf({ policies: [policyOf({ command: 'all', using: '(a AND b)', check: '(c)' })] })
    for (const { kind, undo, original } of await mutants(table)) {
      if (kind !== 'row-security') expect(undo.at(-1)).toBe(original)
    }
  })

  test('names are quoted', async () => {
    const policy = policyOf({ name: 'a "b"', using: 'true' })
    const [dropped] = await mutants(tableOf({ name: 'Order Items', policies: [policy] }))
    expect(dropped?.apply).toEqual(['drop policy "a ""b""" on public."Order Items"'])
  })
})

describe('mutants that change nothing for a client', () => {
  const equivalents = async (table: MutableTable, changes = {}) =>
    (await mutants(table, changes))
      .filter(({ equivalent, change }) => equivalent !== undefined && change.includes('`owners read`'))
      .map(({ kind }) => kind)

  test('every mutant of a policy for a command that no client role may use', async () => {
    const table = tableOf({ grants: [], policies: [policyOf()] })
    expect(await equivalents(table)).toEqual([
      'policy-dropped',
      'policy-true',
      'policy-false',
      'policy-roles',
      'policy-mode',
      'policy-command',
    ])
  })

  test('a policy under another one that lets every row through', async () => {
    const open = policyOf({ name: 'open', using: 'true' })
    const kinds = await equivalents(tableOf({ policies: [policyOf(), open] }))
    expect(kinds).toEqual(['policy-dropped', 'policy-true', 'policy-false', 'policy-roles'])
  })

  test.each([
    ['for another command', { command: 'delete' as const }],
    ['for another role', { roles: ['anon'] }],
    ['that is restrictive', { permissive: false }],
    ['with a condition', { using: '(a)' }],
  ])('a policy beside an open one %s is not under it', async (_, changes) => {
    const other = policyOf({ name: 'open', using: 'true', ...changes })
    expect(await equivalents(tableOf({ policies: [policyOf(), other] }))).not.toContain('policy-dropped')
  })

  test('a policy of a table without row security', async () => {
    const table = tableOf({ rowSecurity: false, policies: [policyOf()] })
    expect(await equivalents(table)).toContain('policy-true')
  })

  test('row security of a table on which no client role holds a privilege, unless it is forced', async () => {
    const off = async (forced: boolean) => {
      const [first] = await mutants(tableOf({ forced, grants: [] }))
      return first?.equivalent
    }
    expect(await off(false)).toBe('no client role holds a privilege on the table')
    expect(await off(true)).toBeUndefined()
  })

  test('roles and commands that are added and hold no privilege', async () => {
    const policies = [policyOf({ using: 'shared' })]
    const table = tableOf({ grants: entries({ authenticated: ['select'] }), policies })
    expect(await equivalents(table)).toEqual(['policy-roles', 'policy-command'])
    const open = { ...table, grants: entries({ authenticated: ['select', 'delete'], anon: ['select'] }) }
    expect(await equivalents(open)).toEqual([])
  })

  test('a restrictive policy beside which no permissive one applies', async () => {
    const alone = tableOf({ policies: [policyOf({ permissive: false })] })
    expect(await equivalents(alone)).toEqual(['policy-dropped', 'policy-true', 'policy-false'])
  })

  test.each([
    ['auth.uid()', true],
    ['(( SELECT auth.uid() AS uid))::text', true],
    ["coalesce(auth.uid(), '0')", false],
    ['private.me()', false],
  ])('a policy for rows whose owner is %s shows none to a role without a user: %s', async (user, isEquivalent) => {
    const table = tableOf({
      grants: entries({ authenticated: ['select'], anon: ['select'] }),
      policies: [policyOf({ using: `(shared AND (owner_id = ${user}))` })],
    })
    expect((await equivalents(table)).includes('policy-roles')).toBe(isEquivalent)
    const either = { ...table, policies: [policyOf({ using: `(shared OR (owner_id = ${user}))` })] }
    expect(await equivalents(either)).not.toContain('policy-roles')
  })

  test.each([
    ['the same condition', '((owner_id = auth.uid()))', true],
    ['one of its conjuncts', 'shared', true],
    ['no condition', null, true],
    ['a further conjunct', '(shared AND open AND (owner_id = auth.uid()))', false],
    ['another condition', 'open', false],
    ['a disjunct', '(shared OR open)', false],
  ])('a policy that is widened to ALL, where that of another command has %s', async (_, using, isEquivalent) => {
    const own = policyOf({ using: '(shared AND (owner_id = auth.uid()))' })
    const beside = policyOf({ name: 'changes', command: 'update', using })
    const table = tableOf({ grants: entries({ authenticated: ['select', 'update'] }), policies: [own, beside] })
    expect((await equivalents(table)).includes('policy-command')).toBe(isEquivalent)
  })

  test('a command that Realtime asks for no message', async () => {
    const grants = entries({ authenticated: ['select', 'update'] })
    const table = tableOf({ schema: 'realtime', name: 'messages', own: false, grants, policies: [policyOf()] })
    expect(await equivalents(table)).toEqual(['policy-roles', 'policy-command'])
    expect(await equivalents(tableOf({ grants, policies: [policyOf()] }))).toEqual(['policy-roles'])
  })

  test('a policy whose USING another one covers and whose WITH CHECK none does', async () => {
    const own = policyOf({ command: 'update', using: 'a', check: 'b' })
    const beside = policyOf({ name: 'changes', command: 'update', using: 'a', check: 'c' })
    const open = policyOf({ name: 'reads', using: 'true' })
    expect(await equivalents(tableOf({ policies: [own, beside, open] }))).not.toContain('policy-dropped')
    const covering = policyOf({ name: 'checks', command: 'update', using: 'd', check: 'b' })
    const kinds = await equivalents(tableOf({ policies: [own, beside, covering, open] }))
    expect(kinds).toContain('policy-dropped')
    expect(kinds).not.toContain('policy-true')
  })
})

describe('rows that a request has to find before it changes them', () => {
  const owner = '(owner_id = auth.uid())'
  const kindsOf = async (reads: readonly string[], writes: object, changes = {}) => {
    const reading = reads.map((using, index) => policyOf({ name: `read ${index}`, using }))
    const table = tableOf({ policies: [policyOf(writes), ...reading] })
    return (await mutants(table, changes))
      .filter(({ change }) => change.includes('`owners read`'))
      .flatMap(({ kind, equivalent }) => (equivalent === undefined ? [] : [kind]))
  }
  const removes = { command: 'delete', using: `(shared AND ${owner})` }

  test.each([
    ['to the owner alone', [`(shared AND ${owner})`], ['policy-true', 'policy-part', 'policy-part', 'policy-roles']],
    ['by a part of the condition', [owner], ['policy-part', 'policy-roles']],
    ['to no user', [], ['policy-dropped', 'policy-true', 'policy-false', 'policy-part', 'policy-part', 'policy-roles']],
    ['by another condition', ['open'], ['policy-roles']],
    ['by one of two conditions alone', [`(shared AND ${owner})`, 'open'], ['policy-roles']],
    ['to everyone', ['true'], ['policy-roles']],
  ])('a policy for DELETE beside policies that show rows %s', async (_, reads, expected) => {
    expect(await kindsOf(reads, removes)).toEqual(expected)
  })

  test('a function that runs as its caller and writes to the table changes rows that nothing shows', async () => {
    expect(await kindsOf([owner], removes, { isChangedUnread: true })).toEqual(['policy-roles'])
  })

  test('the row that an update leaves has to be shown too, and that of an insert has not', async () => {
    const update = { command: 'update', using: owner, check: `(draft AND ${owner})` }
    expect(await kindsOf([owner], update)).toContain('policy-part')
    expect(await kindsOf([owner], { command: 'insert', using: null, check: `(draft AND ${owner})` })).not.toContain(
      'policy-part',
    )
  })

  test.each([
    ["(status = 'out'::text)", "(status = 'draft'::text)", true],
    ["(status = 'draft'::text)", "(status = 'draft'::text)", false],
    ["(status <> 'out'::text)", "(status = 'draft'::text)", false],
    ["(other = 'out'::text)", "(status = 'draft'::text)", false],
    ["(status = 'out'::citext)", "(status = 'draft'::citext)", false],
    ['(folder = (auth.uid())::text)', "(folder = 'drafts'::text)", true],
    ['(folder = (auth.uid())::text)', "(folder = '00000000-0000-4000-8000-000000000000'::text)", false],
  ])('rows that are read where %s are none of those where %s: %s', async (read, write, isDisjoint) => {
    const kinds = await kindsOf([owner, read], { command: 'delete', using: `(${write} AND ${owner})` })
    expect(kinds.filter((kind) => kind === 'policy-part').length).toBe(isDisjoint ? 1 : 0)
  })
})

describe('conditions that hold for no request', () => {
  const whole = entries({
    authenticated: ['select', 'insert', 'update', 'delete'],
    anon: ['select', 'insert', 'update', 'delete'],
  })
  const widened = async (using: string) => {
    const table = tableOf({ grants: whole, policies: [policyOf({ using, roles: ['public'] })] })
    const found = (await mutants(table)).find(({ kind }) => kind === 'policy-command')
    return found?.equivalent !== undefined
  }

  test.each([
    ["storage.allow_any_operation(ARRAY['object.get_authenticated'::text, 'object.list'::text])", true],
    ["storage.allow_only_operation('storage.object.get_public'::text)", true],
    ["storage.allow_any_operation(ARRAY['object.get_authenticated'::text, 'object.upload'::text])", false],
    ["storage.allow_only_operation('object.copy'::text)", false],
    ['storage.allow_any_operation(operations)', false],
    ["(shared OR storage.allow_only_operation('object.list'::text))", false],
  ])('a policy for ALL whose condition %s lets nothing be written: %s', async (using, isEquivalent) => {
    expect(await widened(`((bucket_id = 'a'::text) AND ${using})`)).toBe(isEquivalent)
  })

  test('Realtime refuses a role whose only policy fails as it refuses one without a policy', async () => {
    const isRefused = (role: string) => role === 'anon'
    const grants = entries({ authenticated: ['select'], anon: ['select'] })
    const policies = [policyOf({ using: '(room IN (SELECT private.rooms() AS rooms))' })]
    const messages = tableOf({ schema: 'realtime', name: 'messages', own: false, grants, policies })
    const kinds = async (table: MutableTable, changes: object) =>
      (await mutants(table, changes)).flatMap(({ kind, equivalent }) => (equivalent === undefined ? [] : [kind]))
    expect(await kinds(messages, { isRefused })).toContain('policy-roles')
    expect(await kinds(messages, {})).not.toContain('policy-roles')
    // Through the Data API the request fails, where it returned no row before.
    expect(await kinds(tableOf({ grants, policies }), { isRefused })).not.toContain('policy-roles')
    const visitors = policyOf({ name: 'visitors', roles: ['anon'], using: 'open' })
    const both = { ...messages, policies: [...policies, visitors] }
    expect(await kinds(both, { isRefused })).not.toContain('policy-roles')
  })
})

describe('the bucket that a mutant of a policy on storage.objects is about', () => {
  const bucketsOf = async (changes: Parameters<typeof policyOf>[0]) => {
    const table = tableOf({ schema: 'storage', name: 'objects', own: false, policies: [policyOf(changes)] })
    return Object.fromEntries((await mutants(table)).map(({ kind, bucket }) => [kind, bucket]))
  }

  test('is the one that every condition names, before the change and after it', async () => {
    const using = "((bucket_id = 'it''s'::text) AND (owner_id = auth.uid()))"
    expect(await bucketsOf({ using, command: 'delete' })).toEqual({
      'policy-dropped': "it's",
      'policy-true': undefined,
      'policy-false': undefined,
      'policy-part': "it's",
      'policy-roles': "it's",
      'policy-mode': undefined,
      'policy-command': "it's",
    })
    const check = "(bucket_id = 'other'::text)"
    expect((await bucketsOf({ using, check, command: 'update' }))['policy-dropped']).toBeUndefined()
  })

  test('is unknown where a part of a disjunction names it', async () => {
    const using = "((bucket_id = 'a'::text) OR shared)"
    expect((await bucketsOf({ using }))['policy-dropped']).toBeUndefined()
  })
})
