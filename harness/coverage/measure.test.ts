import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleFunction, exampleInventory, examplePolicy, exampleTable } from '../../test/support/example-inventory.ts'
import { mergedCoverage } from '../evidence/coverage-merge.ts'
import { commands, type Inventory } from '../inventory/model.ts'
import { missingFrom, objectsInWords, partlyTried, untriedObjects } from '../model/coverage.ts'
import { measure } from './measure.ts'
import type { Trial } from './trials.ts'
import { wantedUnits } from './units.ts'

const notes = { kind: 'relation', name: 'public.notes' } as const

const trial = (changes: Partial<Trial> = {}): Trial => ({
  cell: 'notes › alice › read',
  object: notes,
  commands: ['select'],
  actor: 'authenticated',
  user: 'alice',
  operation: 'notes › read',
  expects: 'allow',
  partial: false,
  columns: [],
  embeds: [],
  touches: [],
  ...changes,
})

const protectedTable = exampleInventory({ relations: [exampleTable({ policies: [examplePolicy()] })] })
const idsOf = (inventory: Inventory) => wantedUnits(inventory).units.map(({ id }) => id)
const triedBy = (inventory: Inventory, ...trials: Trial[]) =>
  measure(inventory, trials, [])
    .units.filter(({ cells }) => cells > 0)
    .map(({ id }) => id)

describe('the units of an object', () => {
  test('a table whose policies decide asks both sides of users, and of another tenant the denial', () => {
    expect(idsOf(protectedTable)).toEqual([
      'table public.notes › select › authenticated › allow',
      'table public.notes › select › another-tenant › deny',
      'table public.notes › select › anonymous-auth › either',
      'table public.notes › policy "own rows"',
    ])
  })

  test('a project without anonymous sign-ins asks nothing of guests', () => {
    const ids = idsOf({ ...protectedTable, anonymousSignIns: false })
    expect(ids.filter((id) => id.includes('anonymous-auth'))).toEqual([])
  })

  test('an Edge Function asks visitors and users, whether it verifies a JWT or not', () => {
    const edgeFunctions = [{ name: 'mail', verifyJwt: true }]
    expect(idsOf(exampleInventory({ edgeFunctions }))).toEqual([
      'Edge Function mail › invoke › anon › either',
      'Edge Function mail › invoke › authenticated › either',
    ])
    const object = { kind: 'edge function', name: 'mail' } as const
    expect(triedBy(exampleInventory({ edgeFunctions }), trial({ object, commands: ['invoke'] }))).toEqual([
      'Edge Function mail › invoke › authenticated › either',
    ])
  })

  test.each([
    ['for every role asks visitors for the denial alone', ['public'], ['deny']],
    ['that names anon asks visitors for both sides', ['anon', 'authenticated'], ['allow', 'deny']],
  ])('a policy %s', (_, roles, sides) => {
    const table = exampleTable({
      privileges: { anon: ['select'] },
      policies: [examplePolicy({ roles, appliesTo: ['anon', 'authenticated'] })],
    })
    const units = wantedUnits(exampleInventory({ relations: [table] })).units
    expect(units.filter(({ actor }) => actor === 'anon').map(({ side }) => side)).toEqual(sides)
  })

  test('an object that no client reaches has none', () => {
    const tables = [exampleTable({ privileges: {} }), exampleTable({ name: 'b', exposed: false })]
    const functions = [exampleFunction({ execute: [] }), exampleFunction({ uncallable: 'an argument has no name' })]
    expect(idsOf(exampleInventory({ relations: tables, functions }))).toEqual([])
  })

  test('columns that a role lacks are requested by name', () => {
    const columnPrivileges = [
      { column: 'id', privileges: { authenticated: ['select'] } },
      { column: 'owner_id', privileges: {} },
    ]
    const table = exampleTable({ privileges: {}, columnPrivileges, policies: [examplePolicy()] })
    expect(idsOf(exampleInventory({ relations: [table] }))).toContain(
      'table public.notes › column owner_id › select › authenticated › deny',
    )
  })

  test('overloads of a function are one object', () => {
    const functions = [exampleFunction(), exampleFunction({ arguments: 'wanted int', execute: ['anon'] })]
    expect(wantedUnits(exampleInventory({ functions })).objects).toHaveLength(1)
  })

  test('functions of an extension are named and not counted, unless they run as their owner', () => {
    const functions = ['a', 'b'].map((name) => exampleFunction({ name, extension: 'pg_trgm' }))
    const definer = exampleFunction({ name: 'c', extension: 'pg_trgm', definer: true })
    const wanted = wantedUnits(exampleInventory({ functions: [...functions, definer] }))
    expect(wanted.objects.map(({ object }) => object)).toEqual(['function public.c'])
    expect(wanted.leftOut).toEqual(['2 functions of the extension pg_trgm, which run as the caller'])
  })

  test('a published table asks for its changes, a public bucket for its downloads, and a partition only where it is served', () => {
    const partition = exampleTable({ name: 'p', partitionOf: { schema: 'public', name: 'notes' }, rowSecurity: 'off' })
    const inventory = exampleInventory({
      relations: [...protectedTable.relations, partition],
      published: [{ schema: 'public', name: 'notes', columns: ['id'], rowFilter: null, replicaIdentity: 'default' }],
      buckets: [{ id: 'pics', public: true, fileSizeLimit: null, allowedMimeTypes: null }],
    })
    expect(idsOf(inventory)).toEqual(
      expect.arrayContaining([
        'table public.notes › changes › another-tenant › deny',
        'bucket pics › download › anon › either',
        'partition public.p › select › authenticated › either',
      ]),
    )
    expect(idsOf({ ...inventory, servesPartitions: false }).filter((id) => id.startsWith('partition'))).toEqual([])
  })

  test('a policy of storage.objects is about the buckets that it names, or about all', () => {
    const objects = exampleTable({
      ...{ schema: 'storage', name: 'objects', exposed: false },
      policies: [
        examplePolicy({ name: 'of a', using: `(bucket_id = 'a'::text)` }),
        examplePolicy({ name: 'of all', using: '(owner_id = auth.uid())' }),
      ],
    })
    const buckets = ['a', 'b'].map((id) => ({ id, public: false, fileSizeLimit: null, allowedMimeTypes: null }))
    const policies = idsOf(exampleInventory({ relations: [objects], buckets })).filter((id) => id.includes('policy'))
    expect(policies).toEqual(['bucket a › policy "of a"', 'bucket a › policy "of all"', 'bucket b › policy "of all"'])
  })
})

describe('the cells that count as tried', () => {
  const allow = 'table public.notes › select › authenticated › allow'
  const deny = 'table public.notes › select › another-tenant › deny'
  const guest = 'table public.notes › select › anonymous-auth › either'
  const policy = 'table public.notes › policy "own rows"'

  test.each<[string, Partial<Trial>, string[]]>([
    ['an allowed read counts for the side allow', {}, [allow, policy]],
    ['a denied read of a user counts for another tenant', { expects: 'deny' }, [deny, policy]],
    ['a list that must leave rows out counts for both', { partial: true }, [allow, deny, policy]],
    ['a guest counts for guests', { actor: 'anonymous-auth' }, [guest, policy]],
    ['a visitor counts for nothing that visitors are not granted', { actor: 'anon', expects: 'deny' }, []],
    ['another command counts for nothing', { commands: ['delete'] }, []],
    ['another object counts for nothing', { object: { kind: 'relation', name: 'public.other' } }, []],
    ['a function of that name counts for nothing', { object: { kind: 'function', name: 'public.notes' } }, []],
    ['a comparison counts for the policy alone', { expects: 'comparison' }, [policy]],
    ['an undecided read counts for the policy alone', { expects: 'undecided' }, [policy]],
    [
      'an embedded relation is read, and which of its rows came is not known',
      { object: { kind: 'relation', name: 'public.other' }, embeds: ['public.notes'] },
      [policy],
    ],
    [
      'a relation that a function changes is touched and not tried',
      { object: { kind: 'function', name: 'public.f' }, touches: ['public.notes'] },
      [],
    ],
  ])('%s', (_, changes, expected) => {
    expect(triedBy(protectedTable, trial(changes))).toEqual(expected)
  })

  test('where all rows are open, another tenant is a second user of one operation', () => {
    const open = exampleInventory({ relations: [exampleTable({ rowSecurity: 'off' })] })
    const other = 'table public.notes › select › another-tenant › either'
    expect(triedBy(open, trial())).not.toContain(other)
    expect(triedBy(open, trial(), trial({ cell: 'b', user: 'alice' }))).not.toContain(other)
    expect(triedBy(open, trial(), trial({ cell: 'b', user: 'bob', operation: 'other' }))).not.toContain(other)
    expect(triedBy(open, trial(), trial({ cell: 'b', user: 'bob' }))).toContain(other)
  })

  test('a column counts where an operation names it', () => {
    const columnPrivileges = [
      { column: 'id', privileges: { authenticated: ['select'] } },
      { column: 'owner_id', privileges: {} },
    ]
    const inventory = exampleInventory({
      relations: [exampleTable({ privileges: {}, columnPrivileges, policies: [examplePolicy()] })],
    })
    const id = 'table public.notes › column owner_id › select › authenticated › deny'
    expect(triedBy(inventory, trial({ expects: 'deny' }))).not.toContain(id)
    expect(triedBy(inventory, trial({ expects: 'deny', columns: ['owner_id'] }))).toContain(id)
  })

  test('of one permissive policy it is known that it decided, of two it is not, and of a refusal never', () => {
    const decidedBy = (inventory: Inventory, changes: Partial<Trial> = {}) =>
      measure(inventory, [trial(changes)], []).units.flatMap(({ decided }) => (decided === undefined ? [] : decided))
    expect(decidedBy(protectedTable)).toEqual([true])
    expect(decidedBy(protectedTable, { expects: 'deny' })).toEqual([false])
    const policies = [examplePolicy(), examplePolicy({ name: 'b' })]
    expect(decidedBy(exampleInventory({ relations: [exampleTable({ policies })] }))).toEqual([false, false])
  })
})

describe('gaps', () => {
  const inventory = exampleInventory({
    relations: [exampleTable({ policies: [examplePolicy()] }), exampleTable({ name: 'Open Ones', rowSecurity: 'off' })],
    functions: [exampleFunction({ definer: true })],
  })
  const gap = (text: string) => [{ gap: text, owner: 'dana', reason: 'later', until: '2099-01-01' }]

  test('objects that nothing touches are named by kind', () => {
    const coverage = measure(inventory, [trial()], [])
    expect(untriedObjects(coverage).map(({ object }) => object)).toEqual([
      'table public."Open Ones"',
      'function public.find',
    ])
    expect(objectsInWords(untriedObjects(coverage))).toBe('1 table, 1 function')
  })

  test('a command or a policy that no cell meets is named beside an object that is tried', () => {
    const relations = [
      exampleTable({
        privileges: { authenticated: ['select', 'update'] },
        policies: [examplePolicy(), examplePolicy({ name: 'all open', command: 'update', using: 'true' })],
      }),
    ]
    expect(partlyTried(measure(exampleInventory({ relations }), [trial()], []))).toEqual([
      { object: 'table public.notes', commands: ['update'], policies: ['all open'] },
    ])
  })

  test.each([
    [['objects'], 2],
    [['all'], 8],
    [['tried-by-another-tenant'], 3],
    [['tried-by-anon'], 0],
    [[], 0],
  ])('%j requires %i more', (required, missing) => {
    expect(missingFrom(measure(inventory, [trial()], []), required)).toHaveLength(missing)
  })

  test.each([
    ['an object', 'function public.find', 5],
    ['a command of an object', 'table public."Open Ones" › select', 5],
    ['one unit', 'function public.find › call › authenticated › either', 7],
    ['nothing that begins alike', 'function public.fin', 8],
  ])('an accepted gap may name %s', (_, text, missing) => {
    expect(missingFrom(measure(inventory, [trial()], gap(text)), ['all'])).toHaveLength(missing)
  })
})

describe('shards', () => {
  const table = (name: string) =>
    exampleTable({
      name,
      privileges: { anon: [...commands], authenticated: [...commands] },
      policies: [examplePolicy({ command: 'all' })],
    })
  const inventory = exampleInventory({ relations: [table('a'), table('b')], functions: [exampleFunction()] })
  const trials = fc.array(
    fc.record<Trial>({
      cell: fc.stringMatching(/^[a-z]{6}$/),
      object: fc.constantFrom<Trial['object'][]>(
        { kind: 'relation', name: 'public.a' },
        { kind: 'relation', name: 'public.b' },
        { kind: 'function', name: 'public.find' },
      ),
      commands: fc.subarray([...commands, 'call']),
      actor: fc.constantFrom<Trial['actor'][]>('anon', 'authenticated', 'anonymous-auth'),
      user: fc.constantFrom('alice', 'bob'),
      operation: fc.constantFrom('one', 'two'),
      expects: fc.constantFrom<Trial['expects'][]>('allow', 'deny', 'comparison', 'undecided'),
      partial: fc.boolean(),
      columns: fc.constant([]),
      embeds: fc.subarray(['public.a']),
      touches: fc.subarray(['public.b']),
    }),
  )

  test('add up to the coverage of one run', () => {
    fc.assert(
      fc.property(trials, trials, (one, other) => {
        // Every matrix is in one shard alone, and so are its cells and operations.
        const [left, right] = [one, other].map((some, shard) =>
          some.map((each, index) => ({ ...each, cell: `${shard} ${index}`, operation: `${shard} ${each.operation}` })),
        )
        const whole = measure(inventory, [...(left ?? []), ...(right ?? [])], [])
        const merged = mergedCoverage([measure(inventory, left ?? [], []), measure(inventory, right ?? [], [])])
        expect(merged).toEqual(whole)
      }),
    )
  })

  test('have no coverage when one of them has none', () => {
    expect(mergedCoverage([measure(inventory, [], []), undefined])).toBeNull()
  })
})
