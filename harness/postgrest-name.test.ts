import { expect, test } from 'vitest'
import { columnInQuery, isBareColumn } from './postgrest-name.ts'

test.each([
  ['title', 'title'],
  ['_Id2', '_Id2'],
  ['Order No', '"Order No"'],
  ['owner.id', '"owner.id"'],
  ['größe', '"größe"'],
  ['first-name', '"first-name"'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say \\"hi\\""'],
  ['order', '"order"'],
  ['select', '"select"'],
  ['or', '"or"'],
])('the column %s stands in a query as %s', (name, written) => {
  expect(columnInQuery(name)).toBe(written)
})

test.each(['title', 'Order No', 'owner.id', 'größe', 'first-name'])('%s is a column and nothing else', (item) => {
  expect(isBareColumn(item)).toBe(true)
})

test.each(['*', 'a:b', 'a::text', 'a->b', 'a->>b', 'other(id)', '...other(id)', 'count()', '"a b"', 'other!inner(id)'])(
  '%s is more than a column',
  (item) => {
    expect(isBareColumn(item)).toBe(false)
  },
)
