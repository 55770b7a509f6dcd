import { expect, test } from 'vitest'
import type { Look } from './look.ts'
import { progressLine, progressStep } from './progress.ts'

const look: Look = { color: false, unicode: true, width: 100 }
const half = { total: 5000, done: 2500, held: 2496, findings: 3, elapsedMs: 2000 }

test('shows how far, what was found, how fast and how long still', () => {
  expect(progressLine(half, look)).toBe(
    '██████████░░░░░░░░░░  2,500/5,000  2,496 held  3 findings  1 not proven  1,250/s  0:02 left',
  )
  expect(progressLine({ ...half, held: 2500, findings: 0 }, { ...look, unicode: false })).toBe(
    '##########..........  2,500/5,000  2,500 held  1,250/s  0:02 left',
  )
  expect(progressLine({ ...half, done: 5000, held: 5000, findings: 0, elapsedMs: 61_000 }, look)).toBe(
    '████████████████████  5,000/5,000  5,000 held  82/s  in 1:01',
  )
})

test('guesses no rate from nothing', () => {
  expect(progressLine({ total: 10, done: 0, held: 0, findings: 0, elapsedMs: 9000 }, look)).toBe(
    '░░░░░░░░░░░░░░░░░░░░  0/10  0 held',
  )
  expect(progressLine({ total: 10, done: 5, held: 5, findings: 0, elapsedMs: 80 }, look)).toBe(
    '██████████░░░░░░░░░░  5/10  5 held',
  )
  expect(progressLine({ total: 10, done: 5, held: 5, findings: 0, elapsedMs: 2000 }, look)).toContain(
    '2.5/s  0:02 left',
  )
})

test('drops the least important where the terminal is narrow', () => {
  expect(progressLine(half, { ...look, width: 60 })).toBe('2,500/5,000  2,496 held  3 findings  1 not proven')
  expect(progressLine(half, { ...look, width: 20 })).toBe('2,500/5,000')
})

test('writes a line for a log at every tenth and after a silence, and at no other time', () => {
  const step = (done: number, before: number, toldAt = 1000) =>
    progressStep({ total: 200, done, held: done, findings: 0, elapsedMs: 1000 }, { done: before, elapsedMs: toldAt })
  expect(step(19, 0)).toBeNull()
  expect(step(20, 19)).toBe(' 10%  20/200  20 held  20/s  0:09 left')
  expect(step(21, 20)).toBeNull()
  expect(step(75, 39)).toBe(' 37%  75/200  75 held  75/s  0:02 left')
  expect(step(200, 199)).toBe('100%  200/200  200 held  200/s  in 0:01')
  expect(step(21, 20, -13_999)).toBeNull()
  expect(step(21, 20, -14_000)).toBe(' 10%  21/200  21 held  21/s  0:09 left')
  expect(step(200, 200, -14_000)).toBeNull()
  const nothing = { total: 0, done: 0, held: 0, findings: 0, elapsedMs: 0 }
  expect(progressStep(nothing, { done: 0, elapsedMs: 0 })).toBeNull()
  const lines = Array.from({ length: 200 }, (_, done) => step(done + 1, done)).filter((line) => line !== null)
  expect(lines).toHaveLength(10)
})
