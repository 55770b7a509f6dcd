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

/** A display on a screen that remembers what was written. */
function display(isTTY: boolean) {
  const written: string[] = []
  const shown = new ProgressDisplay({ isTTY, columns: 120, write: (text) => written.push(text) })
  const cells = (verdict: Verdict, count: number) => {
    for (let n = 0; n < count; n += 1) shown.cell(verdict)
  }
  return { shown, cells, written, last: () => written.at(-1) }
}

describe('a terminal', () => {
  test('has one line, written over, with what held, what was found and how long it still takes', () => {
    const { shown, cells, last } = display(true)
    shown.expect(100)
    vi.advanceTimersByTime(999)
    cells('held', 40)
    cells('breach', 2)
    cells('lockout', 1)
    cells('inconclusive', 6)
    vi.advanceTimersByTime(1)
    expect(last()).toBe('\r\x1b[K█████████░░░░░░░░░░░  49/100  40 held  3 findings  6 not proven  49/s  0:02 left')
    shown.clear()
  })

  test('goes on to tell the time while a cell takes long, and stops when the cells are over', () => {
    const { shown, cells, written, last } = display(true)
    shown.expect(2)
    vi.advanceTimersByTime(1000)
    cells('held', 1)
    vi.advanceTimersByTime(9000)
    expect(last()).toContain('0.1/s  0:10 left')
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
  test('has a plain line for every tenth, and nothing that writes over', () => {
    const { shown, cells, written } = display(false)
    shown.step('reaching staging')
    shown.note('sign-ins: none needed')
    shown.expect(50)
    vi.advanceTimersByTime(1000)
    cells('held', 49)
    cells('wrong-layer', 1)
    shown.clear()
    expect(written.slice(0, 2)).toEqual(['reaching staging\n', 'sign-ins: none needed\n'])
    expect(written.slice(2)).toHaveLength(10)
    expect(written.at(-1)).toBe('100%  50/50  49 held  1 finding  50/s  in 0:01\n')
    for (const control of ['\x1b', '\r']) expect(written.join('')).not.toContain(control)
  })

  test('is told after a while that nothing has ended', () => {
    const { shown, cells, written } = display(false)
    shown.expect(1000)
    vi.advanceTimersByTime(1000)
    cells('held', 20)
    expect(written).toEqual([])
    vi.advanceTimersByTime(14_000)
    expect(written).toEqual(['  2%  20/1,000  20 held  1.3/s  12:15 left\n'])
    vi.advanceTimersByTime(14_000)
    expect(written).toHaveLength(1)
    vi.advanceTimersByTime(1000)
    expect(written).toHaveLength(2)
    shown.clear()
  })
})
