import { describe, expect, test } from 'vitest'
import { checkRow, checkRows, expectedInWords, isRows, isWithin } from './state.ts'

test('rows of a table are distinguished from columns of a row by their keys', () => {
  expect(isRows({ table: 'public.seats', where: { team_id: '$team.id' }, count: 3 })).toBe(true)
  expect(isRows({ status: 'approved' })).toBe(false)
})

describe('a row', () => {
  test('is compared column by column, and by no other column', () => {
    expect(checkRow('request', { status: 'approved', note: null }, { status: 'pending', note: null, id: 1 })).toEqual([
      { name: 'request.status', expected: 'approved', found: 'pending', holds: false },
      { name: 'request.note', expected: null, found: null, holds: true },
    ])
  })

  test('is reported as missing', () => {
    expect(checkRow('request', { status: 'approved' }, null)).toEqual([
      { name: 'request', expected: { status: 'approved' }, found: 'no such row', holds: false },
    ])
  })
})

describe('rows', () => {
  const rows = [
    { amount: 100, kind: 'fee' },
    { amount: 50, kind: 'fee' },
  ]

  test('are counted', () => {
    expect(checkRows('receipts', { count: 1 }, {}, rows)).toEqual([
      { name: 'rows of receipts', expected: 1, found: 2, holds: false },
    ])
  })

  test('add up by column', () => {
    expect(checkRows('receipts', { sum: { amount: { at_most: 150 } } }, {}, rows)).toEqual([
      { name: 'the sum of receipts.amount', expected: { at_most: 150 }, found: 150, holds: true },
    ])
  })

  test('are compared each, and the first other value is reported', () => {
    const checks = checkRows('receipts', {}, { kind: 'fee', amount: 100 }, rows)
    expect(checks).toEqual([
      { name: 'every receipts.kind', expected: 'fee', found: 'fee', holds: true },
      { name: 'every receipts.amount', expected: 100, found: 50, holds: false },
    ])
  })
})

test.each([
  [3, 3, true],
  [3, 4, false],
  [{ at_most: 3 }, 3, true],
  [{ at_most: 3 }, 4, false],
  [{ at_least: 3 }, 3, true],
  [{ at_least: 3 }, 2, false],
] as const)('%j against %j: %j', (bound, found, expected) => {
  expect(isWithin(bound, found)).toBe(expected)
})

test.each([
  [1, '1'],
  [{ at_most: 3 }, 'at most 3'],
  [{ at_least: 1 }, 'at least 1'],
  ['paid', '"paid"'],
])('%j is described as %s', (expected, words) => {
  expect(expectedInWords(expected)).toBe(words)
})

test('a statement about all of no rows is false, unless there may be none', () => {
  const holds = (count?: number) =>
    checkRows('seats', count === undefined ? {} : { count }, { taken: true }, []).map((check) => check.holds)
  expect(holds()).toEqual([false])
  expect(holds(1)).toEqual([false, false])
  expect(holds(0)).toEqual([true, true])
})
