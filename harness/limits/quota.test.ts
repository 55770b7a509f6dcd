import { expect, test } from 'vitest'
import { afterCalls, quotaNow, waitFor } from './quota.ts'

const rate = { burst: 30, perSecond: 0.5 }

test('all of it is there at first', () => {
  expect(quotaNow(undefined, rate, 1000)).toEqual({ left: 30, at: 1000 })
})

test('fills up again with time, and not beyond', () => {
  const empty = { left: 0, at: 0 }
  expect(quotaNow(empty, rate, 10_000)).toEqual({ left: 5, at: 10_000 })
  expect(quotaNow(empty, rate, 3_600_000)).toEqual({ left: 30, at: 3_600_000 })
  expect(quotaNow({ left: -5, at: 0 }, rate, 10_000).left).toBe(0)
})

test('a clock that was put back makes no debt', () => {
  expect(quotaNow({ left: 2, at: 5000 }, rate, 1000)).toEqual({ left: 30, at: 1000 })
})

test.each([
  [12, 30, 0],
  [30, 30, 0],
  [31, 30, 2000],
  [40, 30, 20_000],
  [1, 0.5, 1000],
  [1, -3, 8000],
  [0, 0, 0],
])('of %i with %d left the last waits %i ms', (count, left, expected) => {
  expect(waitFor(count, { left, at: 0 }, rate)).toBe(expected)
})

test('requests that were sent use up the quota', () => {
  expect(afterCalls(12, { left: 30, at: 7 })).toEqual({ left: 18, at: 7 })
})
