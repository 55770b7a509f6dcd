import { expect, test } from 'vitest'
import { mutantOf } from '../../test/support/mutable-schema.ts'
import { groupsOf } from './workers.ts'

const some = (object: string, count: number) =>
  Array.from({ length: count }, (_, index) => mutantOf({ object, id: `${object} ${index}` }))

test('mutants of one object are tried together, so many at most', () => {
  const groups = groupsOf([...some('a', 1), ...some('b', 14), ...some('a', 1)], false)
  expect(groups.map((group) => [group[0]?.object, group.length])).toEqual([
    ['a', 2],
    ['b', 12],
    ['b', 2],
  ])
})

test('under a time budget they keep the order in which they were drawn', () => {
  const drawn = [...some('a', 1), ...some('b', 2), ...some('a', 1)]
  expect(groupsOf(drawn, true)).toEqual(drawn.map((mutant) => [mutant]))
})
