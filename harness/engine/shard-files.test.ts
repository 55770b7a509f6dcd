import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filesOfShard } from './shard-files.ts'

test('shards share all files between them, none twice, in any order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), fc.integer({ min: 1, max: 6 }), (files, count) => {
      const shards = Array.from({ length: count }, (_, at) => filesOfShard(files, { index: at + 1, count }))
      expect(shards.flat().toSorted()).toEqual(files.toSorted())
      const reversed = files.toReversed()
      expect(filesOfShard(reversed, { index: 1, count })).toEqual(shards[0])
    }),
  )
})

test('no shard is empty while there are as many files as shards', () => {
  const shards = [1, 2, 3].map((index) => filesOfShard(['c', 'a', 'b', 'd'], { index, count: 3 }))
  expect(shards).toEqual([['a', 'd'], ['b'], ['c']])
})
