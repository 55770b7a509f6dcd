import { expect, test } from 'vitest'
import { newRunId } from './run-id.ts'

const now = new Date('2026-11-21T08:45:12.999Z')

test('a run id is the time in UTC and four characters', () => {
  expect(newRunId(now, new Uint8Array([0, 1, 30, 31]))).toBe('20261121-084512-ab89')
})

test('every random byte gives a lower case letter or a digit', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    expect(newRunId(now, new Uint8Array(4).fill(byte))).toMatch(/^20261121-084512-([a-z0-9])\1{3}$/)
  }
})

test('ids of later runs sort behind', () => {
  const random = new Uint8Array([31, 31, 31, 31])
  expect(newRunId(now, random) < newRunId(new Date('2026-11-21T08:45:13Z'), new Uint8Array(4))).toBe(true)
})
