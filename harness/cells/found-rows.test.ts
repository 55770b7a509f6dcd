import { describe, expect, it } from 'vitest'
import { catalog } from '../../test/support/example-catalog.ts'
import { reachRow, type Tables, witnessOf } from '../../test/support/example-tables.ts'
import { matrixText, readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'
import type { MadeRow } from '../fixtures/make.ts'
import type { JsonObject } from '../json.ts'
import { planMatrix } from '../matrix/plan/plan.ts'
import { paths } from '../paths/registry.ts'
import type { ResolvedWrite } from './effects.ts'
import { FoundRows } from './found-rows.ts'

const table = 'public.documents'
const first = { id: 1, owner_id: 'a', title: 'first', slug: 'one', words: 1 }
const second = { id: 2, owner_id: 'b', title: 'second', slug: 'two', words: 1 }

function found(name: string, row: JsonObject, key: JsonObject = { id: row.id ?? null }): MadeRow {
  return { name, table, key, values: {}, row, found: true }
}

/** Found rows over tables in memory. @param keep columns that a trigger does not let go back. */
function foundRows(tables: Tables, operation = 'update: own, set: { title: x }', keep: readonly string[] = []) {
  const text = matrixText({
    fixtures: 'fixtures: { own: { find: { owner_id: $actor.id } }, made: { owner_id: $bob.id } }',
    operations: `operations: { go: { ${operation} } }`,
  })
  const { result } = readMatrixText(text)
  const roster = readActorsText().result?.roster
  if (result === undefined || roster === undefined) throw new Error('the matrix of the tests is wrong')
  const reader = witnessOf(tables)
  const witness = {
    ...reader,
    restore: async (row: { readonly table: string; readonly key: JsonObject }, values: JsonObject) => {
      const current = await reader.read(row)
      const back = Object.entries(values).filter(([column]) => !keep.includes(column))
      const restored = { ...current, ...Object.fromEntries(back) }
      tables[row.table] = (tables[row.table] ?? []).map((one) => (one === current ? restored : one))
      return restored
    },
  }
  const rows = [found('own', first), found('other', second), found('same', second, { owner_id: 'b' })]
  const made = { ...found('made', { ...first, id: 3 }) }
  const { found: _, ...private_ } = made
  const sets = new Map([['one', new Map([...rows, private_].map((row) => [row.name, row]))]])
  return new FoundRows(planMatrix(result.matrix, roster, catalog, paths), catalog, witness, sets)
}

const change = (set: JsonObject, row: JsonObject = first): ResolvedWrite[] => [
  { kind: 'change', row: reachRow('own', row, { table }), set },
]

describe('an attempt', () => {
  it('takes turns for the found rows that it names, one for a row of two names', () => {
    const rows = foundRows({})
    expect(rows.touched([found('own', first), { table, key: { id: 3 }, row: { ...first, id: 3 } }], true)).toHaveLength(
      1,
    )
    const both = [found('other', second), found('same', second, { owner_id: 'b' })]
    expect(rows.touched(both, false)).toEqual([rows.nameOf(found('other', second))])
  })

  it('may reach any of them when it names none and may write', () => {
    expect(foundRows({}).touched([], true)).toHaveLength(2)
    expect(foundRows({}).touched([], false)).toEqual([])
  })

  it('waits for nothing where no operation changes a found row', () => {
    const rows = foundRows({}, 'update: made, set: { title: x }')
    expect(rows.touched([found('own', first)], true)).toEqual([])
    expect(rows.has(found('own', first))).toBe(false)
  })
})

describe('the changes of an attempt', () => {
  async function restored(after: JsonObject[], writes: readonly ResolvedWrite[], keep: readonly string[] = []) {
    const tables: Tables = { [table]: [first, second] }
    const rows = foundRows(tables, undefined, keep)
    const before = await rows.read(rows.touched([], true))
    tables[table] = after
    await rows.restore(before, writes)
    return tables[table]
  }

  it('goes back, also in rows that it did not name, and its key with it', async () => {
    const defaced = { ...second, title: 'defaced' }
    expect(await restored([{ ...first, title: 'x' }, defaced], change({ title: 'x' }))).toEqual([first, second])
    const moved = { ...first, id: 9, title: 'x' }
    expect(await restored([moved, second], change({ id: 9 }))).toEqual([first, second])
  })

  it('are left to the database in a computed column, and to a trigger in a column that the attempt does not set', async () => {
    const after = { ...first, title: 'x', words: 2, slug: 'trigger' }
    expect(await restored([after, second], change({ title: 'x' }), ['slug'])).toEqual([
      { ...first, words: 2, slug: 'trigger' },
      second,
    ])
  })

  it('is an error where it cannot go back', async () => {
    const stuck = restored([{ ...first, title: 'x' }, second], change({ title: 'x' }), ['title'])
    await expect(stuck).rejects.toMatchObject({
      code: 'row-not-restored',
      message: 'a found row of public.documents is not as it was: a trigger keeps what the attempt made of title',
    })
    await expect(restored([second], [])).rejects.toMatchObject({
      code: 'row-not-restored',
      message: 'a found row of public.documents is not as it was: the attempt removed it',
    })
  })
})
