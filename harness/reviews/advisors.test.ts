import { describe, expect, test } from 'vitest'
import { exampleFunction, exampleInventory, examplePolicy, exampleTable } from '../../test/support/example-inventory.ts'
import { exampleCatalog, reading, reviewFunction, reviewTable } from '../../test/support/review-catalog.ts'
import type { Inventory } from '../inventory/model.ts'
import { adviceOn, adviceSections, lintId } from './advisors.ts'
import type { ReviewCatalog } from './catalog.ts'
import { type Lint, lintNames, lintsOf } from './lints.ts'
import { readAllPolicies } from './read-policies.ts'
import { isReady, readinessOf } from './readiness.ts'
import { nothingTried, type TriedCell, type TriedCells } from './tried.ts'

const today = '2026-11-21'
const uid = '( SELECT auth.uid() AS uid)'
const index = { name: 'i', unique: false, primary: false, valid: true, definition: 'notes (a)' }

async function lints(inventory: Partial<Inventory>, catalog: Partial<ReviewCatalog>): Promise<readonly Lint[]> {
  const whole = exampleCatalog(catalog)
  return lintsOf(exampleInventory({ anonymousSignIns: false, ...inventory }), whole, await readAllPolicies(whole))
}

const open = { rowSecurity: 'off', privileges: { anon: ['select'] } } as const
const key = {
  ...{ name: 'fk', columns: ['owner_id'], references: { schema: 'auth', name: 'users' } },
  ...({ onDelete: 'cascade', valid: true } as const),
}
const keyed = (columns: string[]) =>
  reviewTable('notes', {
    policies: [reading('a', uid)],
    foreignKeys: [key],
    indexes: [{ ...index, primary: true, columns }],
  })
const withPolicy = (policy: Parameters<typeof reading>[2], condition = `(owner_id = ${uid})`) =>
  reviewTable('notes', { policies: [reading('a', condition, policy)] })
const column = { name: 'kind', type: 'regproc', notNull: true, default: null, comment: null, grants: [] }
const view = exampleTable({ name: 'v', kind: 'view', rowSecurity: 'off' })
const readsUsers = [{ schema: 'auth', name: 'users', rowSecurity: true, asOwner: true }]
const bucket = { id: 'pics', public: true, fileSizeLimit: null, allowedMimeTypes: null }
const objects = (using: string) =>
  exampleTable({ schema: 'storage', name: 'objects', exposed: false, policies: [examplePolicy({ using })] })
const definer = exampleFunction({ definer: true, execute: ['anon', 'authenticated'] })

/** For each lint a catalog that has the fault, and one that has not. */
const cases: readonly (readonly [
  string,
  Partial<Inventory>,
  Partial<ReviewCatalog>,
  Partial<Inventory>,
  Partial<ReviewCatalog>,
])[] = [
  ['unindexed_foreign_keys', {}, { tables: [keyed(['id'])] }, {}, { tables: [keyed(['owner_id', 'id'])] }],
  [
    'auth_users_exposed',
    { relations: [{ ...view, reads: readsUsers }] },
    {},
    { relations: [{ ...view, reads: readsUsers, privileges: {} }] },
    {},
  ],
  ['auth_rls_initplan', {}, { tables: [withPolicy({}, '(owner_id = auth.uid())')] }, {}, { tables: [withPolicy({})] }],
  ['no_primary_key', {}, { tables: [reviewTable('notes', { indexes: [] })] }, {}, { tables: [reviewTable('notes')] }],
  [
    'multiple_permissive_policies',
    {},
    { tables: [reviewTable('notes', { policies: [reading('a', uid), reading('b', uid)] })] },
    {},
    { tables: [reviewTable('notes', { policies: [reading('a', uid), reading('b', uid, { permissive: false })] })] },
  ],
  [
    'policy_exists_rls_disabled',
    {},
    { tables: [{ ...withPolicy({}), rowSecurity: 'off' }] },
    {},
    { tables: [withPolicy({})] },
  ],
  ['rls_enabled_no_policy', {}, { tables: [reviewTable('notes')] }, {}, { tables: [withPolicy({})] }],
  [
    'duplicate_index',
    {},
    {
      tables: [
        reviewTable('notes', {
          indexes: [
            { ...index, columns: ['a'] },
            { ...index, name: 'j', columns: ['a'] },
          ],
        }),
      ],
    },
    {},
    {
      tables: [
        reviewTable('notes', {
          indexes: [
            { ...index, columns: ['a'] },
            { ...index, name: 'j', definition: 'notes (b)', columns: ['b'] },
          ],
        }),
      ],
    },
  ],
  ['security_definer_view', { relations: [view] }, {}, { relations: [{ ...view, invoker: true }] }, {}],
  [
    'function_search_path_mutable',
    {},
    { functions: [reviewFunction('f', '')] },
    {},
    { functions: [reviewFunction('f', '', { searchPath: '""' })] },
  ],
  [
    'auth_allow_anonymous_sign_ins',
    { anonymousSignIns: true },
    { tables: [withPolicy({})] },
    { anonymousSignIns: true },
    {
      tables: [
        withPolicy(
          {},
          `((owner_id = ${uid}) AND ((( SELECT auth.jwt() AS jwt) ->> 'is_anonymous'::text) = 'false'::text))`,
        ),
      ],
    },
  ],
  [
    'rls_disabled_in_public',
    { relations: [exampleTable(open)] },
    {},
    { relations: [exampleTable({ ...open, privileges: {} })] },
    {},
  ],
  [
    'extension_in_public',
    {},
    { extensions: [{ name: 'x', schema: 'public', version: '1', available: '1' }] },
    {},
    { extensions: [{ name: 'x', schema: 'extensions', version: '1', available: '1' }] },
  ],
  [
    'rls_references_user_metadata',
    {},
    { tables: [withPolicy({}, "((auth.jwt() -> 'user_metadata'::text) ->> 'admin'::text) = 'true'::text")] },
    {},
    { tables: [withPolicy({})] },
  ],
  [
    'materialized_view_in_api',
    { relations: [{ ...view, kind: 'materialized view' }] },
    {},
    { relations: [{ ...view, kind: 'materialized view', exposed: false }] },
    {},
  ],
  [
    'foreign_table_in_api',
    { relations: [{ ...view, kind: 'foreign table' }] },
    {},
    { relations: [{ ...view, kind: 'foreign table', privileges: {} }] },
    {},
  ],
  [
    'unsupported_reg_types',
    {},
    { tables: [reviewTable('notes', { columns: [column] })] },
    {},
    { tables: [reviewTable('notes', { columns: [{ ...column, type: 'regclass' }] })] },
  ],
  [
    'extension_versions_outdated',
    {},
    { extensions: [{ name: 'x', schema: 'extensions', version: '1', available: '2' }] },
    {},
    { extensions: [{ name: 'x', schema: 'extensions', version: '1', available: null }] },
  ],
  [
    'sensitive_columns_exposed',
    { relations: [exampleTable({ ...open, columns: ['password'] })] },
    {},
    { relations: [exampleTable({ ...open, columns: ['passport_stamp'] })] },
    {},
  ],
  [
    'rls_policy_always_true',
    {},
    { tables: [withPolicy({ command: 'update' }, 'true')] },
    {},
    { tables: [withPolicy({}, 'true')] },
  ],
  [
    'public_bucket_allows_listing',
    { buckets: [bucket], relations: [objects("(bucket_id = 'pics'::text)")] },
    {},
    { buckets: [bucket], relations: [objects(`(owner_id = ${uid})`)] },
    {},
  ],
  [
    'anon_security_definer_function_executable',
    { functions: [definer] },
    {},
    { functions: [{ ...definer, execute: ['authenticated'] }] },
    {},
  ],
  [
    'authenticated_security_definer_function_executable',
    { functions: [definer] },
    {},
    { functions: [{ ...definer, definer: false }] },
    {},
  ],
]

describe('lints', () => {
  test('each has a case', () => {
    expect(cases.map(([name]) => name)).toEqual(lintNames)
  })

  test.each(cases)(
    '%s is found where it is, and not where it is not',
    async (name, inventory, catalog, soundInventory, soundCatalog) => {
      expect((await lints(inventory, catalog)).map((one) => one.name)).toContain(name)
      expect((await lints(soundInventory, soundCatalog)).map((one) => one.name)).not.toContain(name)
    },
  )
})

const cell: TriedCell = {
  ...{ cell: 'notes › visitor › list', role: 'anon', object: 'relation public.notes', commands: ['select'] },
  ...{ decision: 'allow', provesDenial: false, verdict: 'held' },
}
const report = (...cells: TriedCell[]): TriedCells => ({ run: 'r', cells, changes: [] })
const denied: TriedCell = { ...cell, cell: 'd', decision: 'deny', provesDenial: true }
const lint: Lint = {
  ...{ name: 'rls_disabled_in_public', level: 'ERROR', about: 'security', object: 'table public.notes' },
  ...{ detail: 'row security is off', tried: 'relation public.notes' },
}
const acceptance = { lint: lintId(lint), owner: 'ops', reason: 'public data', until: today }

describe('advice', () => {
  test.each<[string, TriedCells, string]>([
    ['an allowance that held', report(cell), 'confirmed for anon, and the matrix allows it: notes › visitor › list'],
    [
      'a breach',
      report({ ...cell, decision: 'deny', verdict: 'breach' }),
      'confirmed for anon, and the matrix denies it: notes › visitor › list',
    ],
    ['a denial', report(denied), 'denied to anon by behaviour: d'],
    [
      'an allowance beside a denial',
      report(denied, cell),
      'confirmed for anon, and the matrix allows it: notes › visitor › list',
    ],
    ['a lockout', report({ ...cell, verdict: 'lockout' }), 'not tried by any cell'],
    ['another table', report({ ...cell, object: 'relation public.other' }), 'not tried by any cell'],
    ['no report', nothingTried, 'not tried: there is no report'],
  ])('%s', (_, tried, expected) => {
    const [section] = adviceSections(adviceOn([lint], tried, [], today), tried, [], today)
    expect(section?.lines[0]?.under).toEqual([{ text: expected }])
  })

  test('an acceptance holds up to and including its day', () => {
    expect(adviceOn([lint], nothingTried, [acceptance], today)[0]?.accepted).toEqual(acceptance)
    expect(adviceOn([lint], nothingTried, [acceptance], '2026-11-22')[0]?.accepted).toBeNull()
    expect(
      adviceOn([{ ...lint, object: 'table public.other' }], nothingTried, [acceptance], today)[0]?.accepted,
    ).toBeNull()
  })

  test('an acceptance that expired and one that fits nothing are named', () => {
    const sections = adviceSections(
      [],
      nothingTried,
      [acceptance, { ...acceptance, lint: 'x', until: '2020-01-01' }],
      today,
    )
    expect(sections.at(-1)?.lines.map(({ text }) => text)).toEqual([
      `accepted.yaml: ${lintId(lint)} is accepted, and nothing is found there`,
      'accepted.yaml: the acceptance of x expired on 2020-01-01',
    ])
  })
})

describe('readiness', () => {
  const blockersOf = async (changes: Partial<Parameters<typeof readinessOf>[0]>, table = reviewTable('notes')) => {
    const inventory = exampleInventory({ relations: [exampleTable()] })
    const parts = {
      inventory,
      catalog: exampleCatalog({ tables: [table] }),
      tried: report(cell),
      policies: [],
      advice: [],
      ...changes,
    }
    return readinessOf(parts)[0]?.blockers
  }
  const changed = (kind: string, name: string) => ({ how: 'replaced', kind, name }) as const
  const finding = (code: 'recursion' | 'covered') => [
    {
      table: 'public.notes',
      rowSecurity: 'on',
      commands: [],
      functions: [],
      findings: [{ code, table: 'public.notes', text: code }],
      leansOn: ['table public.notes', 'function public.owns'],
    } as const,
  ]

  test.each<[string, Parameters<typeof blockersOf>, readonly string[]]>([
    ['a table with cells that hold', [{}], []],
    ['no report', [{ tried: nothingTried }], ['no cell tries it: there is no report']],
    ['no cell', [{ tried: report() }], ['no cell tries it']],
    [
      'cells that met an unknown schema',
      [{ tried: { ...report(cell), changes: null } }],
      ['its cells held, and the report does not say which schema they met'],
    ],
    [
      'cells that held before a policy was replaced',
      [{ tried: { ...report(cell), changes: [changed('policy', 'public.notes own')] } }],
      ['its cells held before the schema changed: policy public.notes own was replaced'],
    ],
    [
      'cells that held before a function of a policy was replaced',
      [
        {
          tried: { ...report(cell), changes: [changed('function', 'public.owns(uuid)')] },
          policies: finding('covered'),
        },
      ],
      ['its cells held before the schema changed: function public.owns(uuid) was replaced'],
    ],
    [
      'a change of another table',
      [{ tried: { ...report(cell), changes: [changed('policy', 'public.plans own')] } }],
      [],
    ],
    [
      'a cell that does not hold',
      [{ tried: report({ ...cell, verdict: 'lockout' }) }],
      ['1 cell does not hold: notes › visitor › list'],
    ],
    [
      'no cell, and no grant',
      [{ tried: report(), inventory: exampleInventory({ relations: [exampleTable({ privileges: {} })] }) }],
      [],
    ],
    [
      'an error of the lints',
      [{ advice: adviceOn([lint], nothingTried, [], today) }],
      ['rls_disabled_in_public: row security is off'],
    ],
    ['an accepted error', [{ advice: adviceOn([lint], nothingTried, [acceptance], today) }], []],
    ['a policy that recurses', [{ policies: finding('recursion') }], ['recursion']],
    ['a policy that is covered', [{ policies: finding('covered') }], []],
    [
      'a foreign key that is not validated',
      [{}, reviewTable('notes', { foreignKeys: [{ ...key, valid: false }] })],
      ['the foreign key fk is not validated: orphans may be there'],
    ],
    [
      'an invalid index',
      [{}, reviewTable('notes', { indexes: [{ ...index, columns: ['a'], valid: false }] })],
      ['the index i is invalid'],
    ],
  ])('%s', async (_, given, expected) => {
    expect(await blockersOf(...given)).toEqual(expected)
  })

  test('an acceptance that has expired keeps the gate shut while its lint is there', () => {
    const expired = { ...acceptance, until: '2026-11-20' }
    expect(isReady([], adviceOn([lint], nothingTried, [expired], today), [expired], today)).toBe(false)
    expect(isReady([], [], [expired], today)).toBe(true)
    expect(isReady([{ table: 'a', blockers: ['b'], risks: [], facts: [] }], [], [], today)).toBe(false)
  })
})
