import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Verdict } from '../model/verdict.ts'
import { ProgressDisplay } from './progress-display.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
  vi.stubEnv('NO_COLOR', '1')
  vi.stubEnv('LANG', 'en_GB.UTF-8')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

/** A display of a run with one matrix, on a screen that records its output. */
function display(isTTY: boolean) {
  const written: string[] = []
  const shown = new ProgressDisplay({ isTTY, columns: 120, write: (text) => written.push(text) })
  const expects = (count: number) => shown.expect([{ name: 'notes', count, weight: count * 20 }])
  const cells = (verdict: Verdict, count: number) => {
    for (let n = 0; n < count; n += 1) shown.ended('notes', verdict)
  }
  return { shown, expects, cells, written, last: () => written.at(-1) }
}

describe('a terminal', () => {
  test('has one line, written over, with the cells held, the findings and the remaining time', () => {
    const { shown, expects, cells, last } = display(true)
    expects(100)
    vi.advanceTimersByTime(999)
    cells('held', 40)
    cells('breach', 2)
    cells('lockout', 1)
    cells('inconclusive', 6)
    vi.advanceTimersByTime(1)
    expect(last()).toBe('\r\x1b[K█████████░░░░░░░░░░░  49/100  40 held  3 findings  6 not proven  0:02 left  notes')
    shown.clear()
  })

  test('goes on to show the time while a cell takes long, and stops when the cells are over', () => {
    const { shown, expects, cells, written, last } = display(true)
    expects(1000)
    vi.advanceTimersByTime(1000)
    cells('held', 500)
    vi.advanceTimersByTime(1000)
    const soon = last()
    vi.advanceTimersByTime(1000)
    expect(last()).toMatch(/\d:\d\d left/)
    expect(last()).not.toBe(soon)
    shown.step('sweeping')
    expect(last()).toBe('\r\x1b[Ksweeping…')
    const before = written.length
    vi.advanceTimersByTime(60_000)
    expect(written).toHaveLength(before)
    shown.clear()
    expect(last()).toBe('\r\x1b[K')
  })

  test('keeps a note above the line', () => {
    const { shown, written } = display(true)
    shown.step('signing the actors in')
    shown.note('sign-ins: none needed')
    expect(written.join('')).toBe('\r\x1b[Ksigning the actors in…\r\x1b[Ksign-ins: none needed\n')
  })
})

describe('a log', () => {
  test('has a plain line for every quarter, and nothing that writes over', () => {
    const { shown, expects, cells, written } = display(false)
    shown.step('reaching staging')
    shown.note('sign-ins: none needed')
    expects(50)
    vi.advanceTimersByTime(1000)
    cells('held', 49)
    cells('wrong-layer', 1)
    shown.clear()
    expect(written.slice(0, 2)).toEqual(['reaching staging\n', 'sign-ins: none needed\n'])
    expect(written.slice(2)).toHaveLength(4)
    expect(written.at(-1)).toBe('100%  50/50  49 held  1 finding  in 0:01\n')
    for (const control of ['\x1b', '\r']) expect(written.join('')).not.toContain(control)
  })

  test('gets a line after a while in which nothing has ended', () => {
    const { shown, expects, cells, written } = display(false)
    expects(1000)
    vi.advanceTimersByTime(1000)
    cells('held', 20)
    expect(written).toEqual([])
    vi.advanceTimersByTime(29_000)
    expect(written).toEqual([expect.stringMatching(/^ {2}2% {2}20\/1,000 {2}20 held {2}\d+:\d\d left\n$/)])
    vi.advanceTimersByTime(29_000)
    expect(written).toHaveLength(1)
    vi.advanceTimersByTime(1000)
    expect(written).toHaveLength(2)
    shown.clear()
  })
})
