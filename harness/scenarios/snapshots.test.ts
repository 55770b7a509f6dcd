import { expect, test } from 'vitest'
import { overlapIn } from './snapshots.ts'

const columns = { table: 'public.bookings', where: {}, transaction: 'made_by', snapshot: 'made_in' }
const row = (made_by: string, made_in: string) => ({ made_by, made_in })

test('a transaction that lists another one as running has met it, and the other way round', () => {
  expect(overlapIn([row('12', '10:14:10,13'), row('13', '10:13:10')], columns)).toEqual({ transactions: 2, met: 2 })
})

test('a transaction that began afterwards was not running', () => {
  expect(overlapIn([row('12', '12:12:'), row('15', '15:15:')], columns)).toEqual({ transactions: 2, met: 0 })
})

test('a running transaction of another session proves nothing', () => {
  expect(overlapIn([row('12', '9:12:9,11'), row('13', '9:13:9')], columns)).toEqual({ transactions: 2, met: 0 })
})

test('several rows of one transaction are one', () => {
  expect(overlapIn([row('12', '12:12:'), row('12', '12:12:')], columns)).toEqual({ transactions: 1, met: 0 })
})

test('rows without snapshots have met no transaction', () => {
  expect(overlapIn([{ made_by: 12, made_in: null }, {}], columns)).toEqual({ transactions: 2, met: 0 })
})
