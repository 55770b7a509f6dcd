import { expect, test } from 'vitest'
import { collidingKeys, keysOf } from './keys.ts'

const relation = { primaryKey: [], uniqueKeys: [['code']], partialKeys: [{ columns: ['owner_id'] }] }

test('by the key of some rows no row is found, and two rows may collide in it', () => {
  expect(keysOf(relation)).toEqual([['code']])
  expect(collidingKeys(relation)).toEqual([['code'], ['owner_id']])
})
