import { expect, test } from 'vitest'
import { duration, milliseconds } from './duration.ts'

test.each([
  ['500ms', 500],
  ['2s', 2000],
  ['1.5min', 90_000],
])('%s is %d ms', (stated, expected) => {
  expect(duration.parse(stated)).toBe(stated)
  expect(milliseconds(stated)).toBe(expected)
})

test.each(['2', '2 s', '-1s', '1h', ''])('%j is no time', (stated) => {
  expect(duration.safeParse(stated).success).toBe(false)
})
