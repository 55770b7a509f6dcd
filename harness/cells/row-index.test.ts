import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowIndex } from './row-index.ts'

const rows = [
  { table: 'public.documents', key: { id: 'a' }, name: 'first' },
  { table: 'public.likes', key: { post: 1, user: 'u' }, name: 'like' },
  { table: 'public.documents', key: { id: 'b' }, name: 'second' },
  { table: 'public.documents', key: { id: 'a' }, name: 'the same again' },
]
const index = new RowIndex(rows)
const names = (shown: Readonly<Record<string, string | number | null>>, ...tables: string[]) =>
  index.like(shown, tables).map(({ name }) => name)

describe('RowIndex', () => {
  it.each([
    ['the rows of a key that is shown', { id: 'a', title: 'x' }, ['first', 'the same again']],
    ['no row for a key of none', { id: 'c' }, []],
    ['all rows where the key is not shown', { title: 'x' }, ['first', 'second', 'the same again']],
    ['all rows where the key is shown as null', { id: null }, ['first', 'second', 'the same again']],
  ])('finds %s', (_name, shown, found) => {
    expect(names(shown, 'public.documents')).toEqual(found)
  })

  it('finds rows of several tables in the order in which they were given', () => {
    expect(names({ title: 'x' }, 'public.likes', 'public.documents')).toEqual([
      'first',
      'like',
      'second',
      'the same again',
    ])
  })

  it('distinguishes a number from a text, and uses all columns of a key', () => {
    expect(names({ post: '1', user: 'u' }, 'public.likes')).toEqual([])
    expect(names({ post: 1, user: 'u' }, 'public.likes')).toEqual(['like'])
    expect(names({ post: 1 }, 'public.likes')).toEqual(['like'])
  })

  it('finds every row that has the shown key, for arbitrary values', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
    const key = fc.dictionary(fc.constantFrom('id', 'part'), value)
    fc.assert(
      fc.property(fc.array(key), key, (keys, shown) => {
        const given = keys.map((one) => ({ table: 't', key: one }))
        const like = new RowIndex(given).like(shown, ['t'])
        const equal = given.filter((row) =>
          Object.entries(row.key).every(([column, held]) => shown[column] === held && Object.hasOwn(shown, column)),
        )
        expect(like).toEqual(expect.arrayContaining(equal))
      }),
    )
  })
})
