import { describe, expect, test } from 'vitest'
import { ConcurrencyLimit, concurrencyRange } from './concurrency-limit.ts'

const range = { start: 4, most: 6 }
/** Records so many answers. */
function tell(
  pace: ConcurrencyLimit,
  count: number,
  milliseconds: number,
  more: { pushedBack?: boolean; busy?: boolean } = {},
) {
  for (let n = 0; n < count; n += 1) pace.record({ milliseconds, pushedBack: false, busy: true, ...more })
  return pace.limit
}

describe('a pace', () => {
  test('begins at its start', () => {
    expect(new ConcurrencyLimit(range).limit).toBe(4)
  })

  test('grows by one after each round of answers that come as quickly as ever, up to the most', () => {
    const pace = new ConcurrencyLimit(range)
    expect(tell(pace, 7, 80)).toBe(4)
    expect(tell(pace, 1, 80)).toBe(5)
    expect(tell(pace, 8, 100)).toBe(6)
    expect(tell(pace, 80, 80)).toBe(6)
  })

  test('stays when answers take a little longer, and shrinks when they take twice as long', () => {
    const pace = new ConcurrencyLimit(range)
    tell(pace, 8, 80)
    expect(tell(pace, 8, 120)).toBe(5)
    expect(tell(pace, 8, 160)).toBe(4)
    expect(tell(pace, 80, 1000)).toBe(1)
    expect(tell(pace, 8, 81)).toBe(2)
  })

  test('is halved when the target pushes back, once for all that were under way', () => {
    const pace = new ConcurrencyLimit({ start: 16, most: 32 })
    expect(tell(pace, 1, 80, { pushedBack: true })).toBe(8)
    expect(tell(pace, 15, 80, { pushedBack: true })).toBe(8)
    expect(tell(pace, 1, 80, { pushedBack: true })).toBe(4)
    expect(tell(pace, 100, 80, { pushedBack: true })).toBe(1)
  })

  test('learns nothing from answers when fewer requests were under way than it allows', () => {
    const pace = new ConcurrencyLimit(range)
    expect(tell(pace, 100, 80, { busy: false })).toBe(4)
    expect(tell(pace, 1, 80, { busy: false, pushedBack: true })).toBe(2)
  })

  test('does not change when it is configured', () => {
    const pace = new ConcurrencyLimit({ start: 8, most: 8 })
    expect(tell(pace, 100, 80)).toBe(8)
    expect(tell(pace, 100, 80, { pushedBack: true })).toBe(8)
  })
})

test('a configured limit is fixed, and that of a sandbox is constant', () => {
  expect(concurrencyRange(3, 'hosted')).toEqual({ start: 3, most: 3 })
  expect(concurrencyRange(undefined, 'sandbox')).toEqual({ start: 8, most: 8 })
  expect(concurrencyRange(undefined, 'hosted')).toEqual({ start: 8, most: 32 })
})
