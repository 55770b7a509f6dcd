import { describe, expect, test } from 'vitest'
import { readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { functionOf, mutantOf, schemaOf, tableOf } from '../../test/support/mutable-schema.ts'
import { paths } from '../paths/registry.ts'
import { AffectedCells } from './affected.ts'
import type { Mutant } from './model.ts'
import type { MutableSchema } from './schema.ts'

const row = '  own: { table: public.notes, values: { title: mine } }'

function matrixOf(name: string, resource: string, operations: string, fixtures = row) {
  const { result, problems } = readMatrixText(
    `matrix: ${name}
resource: ${resource}
fixtures:
${fixtures}
operations:
${operations}
expect:
  alice, bob, guest: { "*": allow }
  "*": { "*": deny }
`,
    { file: `matrices/${name}.matrix.yaml` },
  )
  if (result === undefined) throw new Error(JSON.stringify(problems))
  return result
}

const notes = matrixOf(
  'notes',
  '{ table: public.notes }',
  '  read: { select: own }\n  create: { insert: { title: "new $unique" } }\n  change: { update: own, set: { title: new } }',
)
const titles = matrixOf('titles', '{ function: public.titles }', '  call: { call: {} }')

const buckets = ['first', 'second'].map((name) => {
  const operations = '  get: { download: file }'
  return matrixOf(name, `{ bucket: ${name} }`, operations, '  file: { name: a.txt, content: text }')
})

function touched(mutant: Partial<Mutant>, schema: Partial<MutableSchema> = {}, matrices = [notes, titles]) {
  const { result } = readActorsText()
  if (result === undefined) throw new Error('the actors of the tests are wrong')
  const cells = new AffectedCells({ schema: schemaOf(schema), matrices, scenarios: [], roster: result.roster, paths })
  const batches = cells.batchesFor(mutantOf(mutant))
  return batches.map(({ loaded, cells: some }) => [
    loaded.matrix.name,
    some.map(({ actor, operation }) => `${actor} ${operation}`),
  ])
}

const titlesOn = (on: string) => ({ dependencies: [{ object: 'public.titles', on, through: 'body' as const }] })

describe('the cells that a mutant touches', () => {
  test('those that are likely to notice it come first, and broken credentials not at all', () => {
    const batches = touched({ commands: ['select'], direction: 'narrower' })
    expect(batches[0]).toEqual(['notes', ['alice read', 'bob read', 'guest read']])
    expect(batches.flatMap(([, cells]) => cells)).not.toContain('expired read')
  })

  test('a mutant of one command leaves out cells that exercise another one on the same object', () => {
    const cells = touched({ kind: 'policy-true', commands: ['insert'], direction: 'wider' }).flatMap(([, some]) => some)
    expect(cells).toContain('visitor create')
    expect(cells).not.toContain('visitor change')
  })

  test('a mutant of one role leaves out the others', () => {
    const cells = touched({ role: 'anon' }).flatMap(([, some]) => some)
    expect(cells).toContain('visitor read')
    expect(cells).not.toContain('alice read')
  })

  test('a function that reads the object is touched', () => {
    const functions = [functionOf({ name: 'titles', definer: false })]
    const names = touched({}, { functions, ...titlesOn('public.notes') }).map(([name]) => name)
    expect(names).toContain('titles')
    expect(touched({}).map(([name]) => name)).not.toContain('titles')
  })

  test('a definer function is touched by a constraint, and by a policy only where row security is forced', () => {
    const functions = [functionOf({ name: 'titles', definer: true })]
    const names = (kind: Mutant['kind'], forced: boolean) =>
      touched({ kind }, { functions, tables: [tableOf({ forced })], ...titlesOn('public.notes') }).map(([name]) => name)
    expect(names('constraint', false)).toContain('titles')
    expect(names('policy-dropped', false)).not.toContain('titles')
    expect(names('policy-dropped', true)).toContain('titles')
  })

  test('the bucket that a policy names comes before the others', () => {
    const original = "create policy p on storage.objects for select to authenticated using (bucket_id = 'second')"
    const mutant = { original, touches: ['storage.objects'], object: 'table storage.objects' }
    expect(touched(mutant, {}, buckets)[0]?.[0]).toBe('second')
    expect(touched({ ...mutant, original: '' }, {}, buckets)[0]?.[0]).toBe('first')
  })

  test('a mutant of an object that no cell reaches touches none', () => {
    expect(touched({ touches: ['public.others'] })).toEqual([])
  })

  test('an object of another bucket is touched only where an operation names the bucket', () => {
    const mutant = { touches: ['storage.objects'], object: 'table storage.objects', bucket: 'second' }
    expect(new Set(touched(mutant, {}, buckets).map(([name]) => name))).toEqual(new Set(['second']))
    const from = matrixOf(
      'first',
      '{ bucket: first }',
      '  copy: { copy: file, to: "$unique.txt", to_bucket: second }',
      '  file: { name: a.txt, content: text }',
    )
    expect(touched(mutant, {}, [from])).not.toEqual([])
  })

  test('a cell that noticed a mutant of the same sort comes first', () => {
    const { result } = readActorsText()
    if (result === undefined) throw new Error('the actors of the tests are wrong')
    const cells = new AffectedCells({
      schema: schemaOf(),
      matrices: [notes],
      scenarios: [],
      roster: result.roster,
      paths,
    })
    const mutant = mutantOf({ commands: [], direction: 'narrower' })
    const [first] = cells.batchesFor(mutant, ['notes › guest › change'])
    expect(first?.cells.map(({ actor, operation }) => `${actor} ${operation}`)).toEqual(['guest change'])
  })

  test('of the likeliest cells there is one of each operation', () => {
    const [first] = touched({ commands: [], direction: 'narrower' })
    expect(first?.[1]).toEqual(['alice read', 'alice create', 'alice change'])
  })

  test('every cell is tried once', () => {
    const cells = touched({ commands: [] }).flatMap(([name, some]) => [...(some ?? [])].map((one) => `${name} ${one}`))
    expect(new Set(cells).size).toBe(cells.length)
    expect(cells).toHaveLength(12)
  })

  const names = (mutant: Partial<Mutant>, schema: Partial<MutableSchema>) =>
    touched(mutant, schema).map(([name]) => name)
  const ofNotes = { dependencies: [{ object: 'public.titles', on: 'public.notes', through: 'body' as const }] }

  test('a constraint touches no cell that only reads, and a trigger those whose fixtures it may fill in', () => {
    const readers = (kind: Mutant['kind']) =>
      touched({ kind, commands: [] }, {}, [notes]).flatMap(([, cells]) =>
        [...(cells ?? [])].filter((cell) => cell.endsWith(' read')),
      )
    expect(readers('constraint')).toEqual([])
    expect(readers('trigger')).toContain('alice read')
  })

  test('a constraint reaches a function that may write, and none that PostgreSQL lets read alone', () => {
    const defined = (volatility: string) => {
      const definition = `CREATE OR REPLACE FUNCTION public.titles()\n RETURNS void\n LANGUAGE sql\n${volatility} SECURITY DEFINER\nAS $function$ x $function$\n`
      return { functions: [functionOf({ name: 'titles', definition })], tables: [tableOf()], ...ofNotes }
    }
    expect(names({ kind: 'constraint' }, defined(''))).toContain('titles')
    expect(names({ kind: 'constraint' }, defined(' STABLE'))).not.toContain('titles')
    expect(names({ kind: 'row-security' }, defined(' STABLE'))).not.toContain('titles')
  })

  test('a constraint does not reach a table whose policy reads the table', () => {
    const dependencies = [{ object: 'public.notes', on: 'public.members', through: 'policy' as const }]
    const schema = { tables: [tableOf(), tableOf({ name: 'members' })], dependencies }
    expect(names({ kind: 'constraint', touches: ['public.members'] }, schema)).toEqual([])
    expect(names({ touches: ['public.members'] }, schema)).toContain('notes')
  })
})
