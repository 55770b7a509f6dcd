import { describe, expect, test } from 'vitest'
import { readActorsText, readMatrixText } from '../matrix/test-support.ts'
import { paths } from '../paths/registry.ts'
import { AffectedCells } from './affected.ts'
import type { Mutant } from './model.ts'
import type { MutableSchema } from './schema.ts'
import { functionOf, mutantOf, schemaOf, tableOf } from './test-support.ts'

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
  const cells = new AffectedCells(schemaOf(schema), matrices, result.roster, paths)
  const batches = cells.batchesFor(mutantOf(mutant))
  return batches.map(({ loaded, cells: some }) => [
    loaded.matrix.name,
    some.map(({ actor, operation }) => `${actor} ${operation}`),
  ])
}

const titlesOn = (on: string) => ({ dependencies: [{ object: 'public.titles', on }] })

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
})
