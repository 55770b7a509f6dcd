import { describe, expect, test } from 'vitest'
import { nextWait } from './retry-wait.ts'

const now = Date.parse('2026-11-21T08:45:12Z')
const wait = (retryAfter: string | null, times = 1, waitedMs = 0, random = 0) =>
  nextWait({ retryAfter, times, waitedMs }, { longestMs: 60_000, now, random })

describe('how long to wait', () => {
  test.each([
    ['seconds', '7', 7000],
    ['seconds with blanks', ' 7 ', 7000],
    ['a date', 'Sat, 21 Nov 2026 08:45:20 GMT', 8000],
    ['a date that is past', 'Sat, 21 Nov 2026 08:45:10 GMT', 1000],
    ['no time at all', '0', 1000],
    ['something unreadable', 'soon', 1000],
    ['nothing', null, 1000],
  ])('follows Retry-After: %s', (_, header, expected) => {
    expect(wait(header)).toBe(expected)
  })

  test('without it twice as long every time, up to half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((times) => wait(null, times))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ])
  })

  test('is up to a quarter longer, and never shorter than asked', () => {
    expect(wait('8', 1, 0, 1)).toBe(10_000)
    expect(wait('8', 1, 0, 0.5)).toBe(9000)
  })

  test('has an end', () => {
    expect(wait('60')).toBe(60_000)
    expect(wait('61')).toBeNull()
    expect(wait('3600')).toBeNull()
    expect(wait(null, 5, 50_000)).toBeNull()
    expect(wait(null, 1, 59_000)).toBe(1000)
  })
})
