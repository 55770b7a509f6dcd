import { describe, expect, test } from 'vitest'
import { exampleInventory, exampleTable } from '../../test/support/example-inventory.ts'
import { exampleCatalog, reading, reviewFunction, reviewTable } from '../../test/support/review-catalog.ts'
import type { InventoryRelation, Policy } from '../inventory/model.ts'
import type { ReviewCatalog } from './catalog.ts'
import { type PolicyCode, reviewPolicies, type TableReview } from './policies.ts'
import { nothingTried, type TriedCell, type TriedCells } from './tried.ts'

const uid = '( SELECT auth.uid() AS uid)'
const all = ['select', 'insert', 'update', 'delete']

/** Reviews the table `notes` with these policies, which users may do everything with. */
async function notes(
  policies: readonly Policy[],
  relation: Partial<InventoryRelation> = {},
  catalog: Partial<ReviewCatalog> = {},
  tried: TriedCells = nothingTried,
): Promise<TableReview> {
  const table = exampleTable({ policies, privileges: { authenticated: all }, ...relation })
  const indexes = [
    { name: 'i', columns: ['owner_id'], unique: false, primary: false, valid: true, definition: 'notes (owner_id)' },
  ]
  const own = reviewTable('notes', { policies: [...policies], rowSecurity: table.rowSecurity, indexes })
  const tables = [own, ...(catalog.tables ?? [])]
  const [found] = await reviewPolicies(
    exampleInventory({ relations: [table] }),
    exampleCatalog({ ...catalog, tables }),
    tried,
    (name) => name === 'public.notes',
  )
  if (found === undefined) throw new Error('the table was not reviewed')
  return found
}

const codes = ({ findings }: TableReview): readonly PolicyCode[] => findings.map(({ code }) => code)
const own = reading('own', `(owner_id = ${uid})`)

describe('the composition of policies', () => {
  test('permissive policies are any of, restrictive ones all of', async () => {
    const shared = reading('shared', '(shared AND (level > 3))')
    const fresh = reading('fresh', '(deleted_at IS NULL)', { permissive: false })
    const { commands } = await notes([own, shared, fresh])
    const [role] = commands.find(({ command }) => command === 'select')?.roles ?? []
    expect(role?.permissive).toEqual(['own', 'shared'])
    expect(role?.restrictive).toEqual(['fresh'])
    expect(role?.clauses).toEqual([
      {
        clause: 'using',
        sql: '(owner_id = ((SELECT auth.uid() AS uid)) OR (shared AND level > 3)) AND deleted_at IS NULL',
        words: "(owner_id is the caller's id or (shared is true and level is greater than 3)) and deleted_at is null",
        permissive: 'owner_id = ((SELECT auth.uid() AS uid)) OR (shared AND level > 3)',
        restrictive: 'deleted_at IS NULL',
      },
    ])
  })

  test('a policy for all commands applies to each, and its USING is the check of new rows', async () => {
    const { commands } = await notes([{ ...own, command: 'all' }])
    expect(commands.map(({ command, roles }) => [command, roles[0]?.clauses.map(({ clause }) => clause)])).toEqual([
      ['select', ['using']],
      ['insert', ['with check']],
      ['update', ['using', 'with check']],
      ['delete', ['using']],
    ])
  })

  test('a command without a policy reaches no row', async () => {
    const { commands } = await notes([own])
    expect(commands.find(({ command }) => command === 'delete')?.roles[0]?.clauses[0]).toMatchObject({
      sql: 'false',
      words: 'never',
    })
  })

  test('a role without a grant is named as such', async () => {
    const { commands } = await notes([{ ...own, appliesTo: ['anon', 'authenticated'], roles: ['public'] }])
    expect(commands[0]?.roles.map(({ role, granted }) => [role, granted])).toEqual([
      ['anon', false],
      ['authenticated', true],
    ])
  })
})

describe('findings', () => {
  const check = (command: Policy['command'], condition: string, more: Partial<Policy> = {}) =>
    reading('new rows', condition, { command, using: null, check: condition, ...more })

  test.each<[string, readonly Policy[], Partial<InventoryRelation>, readonly PolicyCode[]]>([
    ['a policy for rows of the caller', [own], {}, []],
    ['no policy', [], {}, ['no-policy']],
    ['policies and no row security', [own], { rowSecurity: 'off' }, ['row-security-off']],
    ['a grant and no row security', [], { rowSecurity: 'off' }, ['row-security-off']],
    ['no grant, no row security', [], { rowSecurity: 'off', privileges: {} }, []],
    ['using (true)', [reading('a', 'true')], {}, ['open']],
    ['with check (true)', [check('insert', 'true')], {}, ['open']],
    ['a condition that is always true', [reading('a', '(shared OR (1 = 1))')], {}, ['open']],
    ['every signed-in user', [reading('a', `(${uid} IS NOT NULL)`)], {}, ['open']],
    [
      'every signed-in user by role',
      [reading('a', `(( SELECT auth.role() AS role) = 'authenticated'::text)`)],
      {},
      ['open'],
    ],
    ['using (true) for restrictive', [own, reading('a', 'true', { permissive: false })], {}, []],
    ['using (false)', [reading('a', 'false')], {}, ['never-decides']],
    ['a condition that is never true', [reading('a', '(shared AND (NOT shared))')], {}, ['never-decides']],
    ['a role that no client has', [{ ...own, roles: ['worker'], appliesTo: [] }], {}, ['never-decides']],
    [
      'no grant for the command',
      [{ ...own, command: 'delete' }],
      { privileges: { authenticated: ['select'] } },
      ['never-decides'],
    ],
    ['a restrictive policy alone', [{ ...own, permissive: false }], {}, ['never-decides']],
    [
      'for every role, while anon has a grant',
      [{ ...own, roles: ['public'], appliesTo: ['anon', 'authenticated'] }],
      { privileges: { anon: ['select'], authenticated: ['select'] } },
      ['to-public'],
    ],
    [
      'for every role, while anon has none',
      [{ ...own, roles: ['public'], appliesTo: ['anon', 'authenticated'] }],
      {},
      [],
    ],
    ['a narrower policy beside a wider one', [own, reading('b', `((owner_id = ${uid}) AND shared)`)], {}, ['covered']],
    ['two alike', [own, { ...own, name: 'again' }], {}, ['covered']],
    [
      'a narrower one of another command',
      [own, { ...reading('b', `((owner_id = ${uid}) AND shared)`), command: 'delete' }],
      {},
      [],
    ],
    [
      'a requirement that is permissive',
      [own, reading('mfa', `((( SELECT auth.jwt() AS jwt) ->> 'aal'::text) = 'aal2'::text)`)],
      {},
      ['meant-restrictive'],
    ],
    ['a row state that is permissive', [own, reading('live', '(deleted_at IS NULL)')], {}, ['meant-restrictive']],
    ['a name that restricts', [own, reading('must be paid', '(plan = ANY (ARRAY[1, 2]))')], {}, ['meant-restrictive']],
    ['a row state that is restrictive', [own, reading('live', '(deleted_at IS NULL)', { permissive: false })], {}, []],
    ['public rows beside own rows', [own, reading('public', '(visibility = 1)')], {}, []],
    ['a call for each row', [reading('a', '(owner_id = auth.uid())')], {}, ['per-row-call']],
    ['a column without an index', [reading('a', `(author = ${uid})`)], {}, ['no-index']],
  ])('%s', async (_, policies, relation, expected) => {
    expect(codes(await notes(policies, relation))).toEqual(expected)
  })

  test('a subquery needs an index that begins with one of its columns', async () => {
    const condition = `(EXISTS ( SELECT 1 FROM public.members m WHERE ((m.note_id = notes.id) AND (m.user_id = ${uid}))))`
    const index = { name: 'm', unique: false, primary: false, valid: true, definition: '' }
    const members = (columns: string[]) =>
      reviewTable('members', { rowSecurity: 'off', indexes: [{ ...index, columns }] })
    const withIndex = await notes([reading('a', condition)], {}, { tables: [members(['user_id', 'note_id'])] })
    const without = await notes([reading('a', condition)], {}, { tables: [members(['created_at'])] })
    expect(codes(withIndex)).toEqual([])
    expect(without.findings).toMatchObject([
      { code: 'no-index', text: expect.stringContaining('no index of public.members begins with note_id or user_id') },
    ])
  })

  test('a function that the role may not execute, and one that runs as its owner without a search_path', async () => {
    const calls = reading('a', 'public.is_member(id)')
    const functions = [reviewFunction('is_member', '', { execute: ['service_role'], definer: true, owner: 'postgres' })]
    const found = await notes([calls], {}, { functions })
    expect(codes(found)).toEqual(['function-refused', 'definer-search-path'])
    expect(found.functions).toMatchObject([{ runsAs: 'postgres', bypasses: true, policies: ['a'] }])
  })
})

describe('recursion', () => {
  const reads = (table: string, name = `reads ${table}`) =>
    reading(name, `(EXISTS ( SELECT 1 FROM public.${table} x WHERE (x.id = ${uid})))`)
  const table = (name: string, ...policies: Policy[]) => reviewTable(name, { policies })
  const readsNotes = 'select true from public.notes'

  test.each<[string, readonly Policy[], Partial<ReviewCatalog>, boolean]>([
    ['a policy that reads its own table', [reads('notes')], {}, true],
    [
      'two tables whose policies read each other',
      [reads('members')],
      { tables: [table('members', reads('notes'))] },
      true,
    ],
    ['three tables in a circle', [reads('a')], { tables: [table('a', reads('b')), table('b', reads('notes'))] }, true],
    [
      'a policy for updates that reads a table back',
      [{ ...reads('a'), command: 'update' }, own],
      { tables: [table('a', reads('notes'))] },
      true,
    ],
    [
      'a circle that does not come back here',
      [reads('a')],
      { tables: [table('a', reads('b')), table('b', reads('a'))] },
      false,
    ],
    [
      'a table without row security',
      [reads('a')],
      { tables: [{ ...table('a', reads('notes')), rowSecurity: 'off' }] },
      false,
    ],
    [
      'a policy of another command there',
      [reads('a')],
      { tables: [table('a', { ...reads('notes'), command: 'insert' })] },
      false,
    ],
    [
      'a policy of another role there',
      [reads('a')],
      { tables: [table('a', { ...reads('notes'), appliesTo: ['anon'] })] },
      false,
    ],
    [
      'a function that runs as the caller',
      [reading('f', 'public.f()')],
      { functions: [reviewFunction('f', readsNotes)] },
      true,
    ],
    [
      'a function of a role that bypasses row security',
      [reading('f', 'public.f()')],
      { functions: [reviewFunction('f', readsNotes, { definer: true, owner: 'postgres' })] },
      false,
    ],
    [
      'a function of the owner of the table',
      [reading('f', 'public.f()')],
      { functions: [reviewFunction('f', readsNotes, { definer: true })] },
      false,
    ],
    [
      'a view that runs as the caller',
      [reads('v')],
      {
        views: [
          {
            schema: 'public',
            name: 'v',
            owner: 'owner',
            invoker: true,
            materialized: false,
            reads: [{ schema: 'public', name: 'notes' }],
          },
        ],
      },
      true,
    ],
    [
      'a view that runs as its owner',
      [reads('v')],
      {
        views: [
          {
            schema: 'public',
            name: 'v',
            owner: 'owner',
            invoker: false,
            materialized: false,
            reads: [{ schema: 'public', name: 'notes' }],
          },
        ],
      },
      false,
    ],
  ])('%s', async (_, policies, catalog, expected) => {
    expect(codes(await notes(policies, {}, catalog)).includes('recursion')).toBe(expected)
  })
})

describe('the cells that prove a denial', () => {
  const cell: TriedCell = {
    cell: 'notes › mallory › read',
    role: 'authenticated',
    object: 'relation public.notes',
    commands: ['select'],
    decision: 'deny',
    provesDenial: true,
    verdict: 'held',
  }
  const proof = async (tried: TriedCells) =>
    (await notes([own], {}, {}, tried)).commands.find(({ command }) => command === 'select')?.roles[0]?.proof

  test.each<[string, TriedCells, object]>([
    ['a denial that held', { run: 'r', changes: [], cells: [cell] }, { kind: 'proven', cells: [cell.cell] }],
    ['no report', nothingTried, { kind: 'no-report' }],
    ['no cell', { run: 'r', changes: [], cells: [] }, { kind: 'none' }],
    [
      'an allowance alone',
      { run: 'r', changes: [], cells: [{ ...cell, decision: 'allow', provesDenial: false }] },
      { kind: 'none' },
    ],
    ['a cell of another role', { run: 'r', changes: [], cells: [{ ...cell, role: 'anon' }] }, { kind: 'none' }],
    [
      'a cell of another command',
      { run: 'r', changes: [], cells: [{ ...cell, commands: ['delete'] }] },
      { kind: 'none' },
    ],
    [
      'a breach beside it',
      { run: 'r', changes: [], cells: [cell, { ...cell, cell: 'b', provesDenial: false, verdict: 'breach' }] },
      { kind: 'failed', cells: ['b'] },
    ],
    [
      'a policy that changed since',
      { run: 'r', changes: [{ how: 'replaced', kind: 'policy', name: 'public.notes own' }], cells: [cell] },
      { kind: 'outdated' },
    ],
    [
      'a function of the policy that changed since',
      { run: 'r', changes: [{ how: 'replaced', kind: 'function', name: 'auth.uid()' }], cells: [cell] },
      { kind: 'outdated' },
    ],
    [
      'another table that changed since',
      { run: 'r', changes: [{ how: 'replaced', kind: 'policy', name: 'public.notes2 own' }], cells: [cell] },
      { kind: 'proven' },
    ],
    ['a report without its schema', { run: 'r', changes: null, cells: [cell] }, { kind: 'outdated' }],
  ])('%s', async (_, tried, expected) => {
    expect(await proof(tried)).toMatchObject(expected)
  })
})
