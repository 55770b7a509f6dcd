import { expect, test } from 'vitest'
import { type Progress, progressLine, progressStep } from './progress.ts'
import type { TerminalStyle } from './terminal-style.ts'

const style: TerminalStyle = { color: false, unicode: true, width: 100 }
const half: Progress = {
  total: 5000,
  done: 2500,
  held: 2496,
  findings: 3,
  elapsedMs: 2000,
  share: 0.4,
  leftMs: 65_000,
  current: 'documents',
}

test('progress shows the share of the time, the findings, the remaining time and the current cell', () => {
  expect(progressLine(half, style)).toBe(
    '████████░░░░░░░░░░░░  2,500/5,000  2,496 held  3 findings  1 not proven  1:05 left  documents',
  )
  expect(progressLine({ ...half, held: 2500, findings: 0 }, { ...style, unicode: false })).toBe(
    '########............  2,500/5,000  2,500 held  1:05 left  documents',
  )
  const over = { done: 5000, held: 5000, findings: 0, elapsedMs: 61_000, share: 1, leftMs: 0, current: null }
  expect(progressLine({ ...half, ...over }, style)).toBe('████████████████████  5,000/5,000  5,000 held  in 1:01')
})

test('names no time while none is known', () => {
  const line = progressLine({ ...half, done: 0, held: 0, findings: 0, share: 0, leftMs: null }, style)
  expect(line).toBe('░░░░░░░░░░░░░░░░░░░░  0/5,000  0 held  documents')
})

test('drops the least important where the terminal is narrow', () => {
  expect(progressLine(half, { ...style, width: 90 })).not.toContain('documents')
  expect(progressLine(half, { ...style, width: 60 })).toBe('2,500/5,000  2,496 held  3 findings  1 not proven')
  expect(progressLine(half, { ...style, width: 20 })).toBe('2,500/5,000')
})

test('lets no name steer the terminal', () => {
  const line = progressLine({ ...half, current: 'a\u001b[2J\r漢字' }, { ...style, width: 120 })
  expect(line).toContain('a\\u001b[2J\\u000d漢字')
})

test('writes a line for a log at every quarter and after a silence, and at no other time', () => {
  const step = (share: number, before: number, shownAt = 1000) => {
    const done = Math.round(share * 200)
    const progress = { ...half, total: 200, done, held: done, findings: 0, elapsedMs: 1000, share }
    return progressStep(progress, { share: before, elapsedMs: shownAt })
  }
  expect(step(0.24, 0)).toBeNull()
  expect(step(0.25, 0.24)).toBe(' 25%  50/200  50 held  1:05 left')
  expect(step(0.26, 0.25)).toBeNull()
  expect(step(0.55, 0.1)).toBe(' 55%  110/200  110 held  1:05 left')
  expect(step(1, 0.99)).toBe('100%  200/200  200 held  in 0:01')
  expect(step(0.26, 0.25, -28_999)).toBeNull()
  expect(step(0.26, 0.25, -29_000)).toBe(' 26%  52/200  52 held  1:05 left')
  expect(step(1, 1, -29_000)).toBeNull()
  const lines = Array.from({ length: 200 }, (_, n) => step((n + 1) / 200, n / 200)).filter((line) => line !== null)
  expect(lines).toHaveLength(4)
})
