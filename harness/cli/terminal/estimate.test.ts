import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Work } from '../../engine/work.ts'
import { Estimate } from './estimate.ts'

interface Timed extends Work {
  /** Milliseconds until its first cell ends, and until all have ended. */
  readonly first: number
  readonly took: number
}

/** A measured run of the demo: the engine's weights, and the duration of each kind of part. */
const demo: readonly Timed[] = [
  ...parts('tables', 16, 90, 22, [1000, 1800]),
  ...parts('slow tables', 4, 180, 22, [2100, 5900]),
  ...parts('channels', 4, 55, 132, [1000, 6500]),
  ...parts('tables again', 3, 40, 22, [900, 1900]),
  ...parts('buckets', 5, 122, 66, [3400, 7700]),
  ...parts('workers', 6, 37, 22, [400, 800]),
  ...Array.from({ length: 10 }, (_, n) => scenario(`revoked ${n}`, 1600, 2400)),
  scenario('interrupted', 20_000, 22_200),
  ...Array.from({ length: 7 }, (_, n) => scenario(`contended ${n}`, 1500, 1500)),
]

function parts(name: string, many: number, count: number, cellMs: number, [first, took]: [number, number]): Timed[] {
  const weight = 300 + count * cellMs
  return Array.from({ length: many }, (_, n) => ({ name: `${name} ${n}`, count, weight, first, took }))
}

function scenario(name: string, weight: number, took: number): Timed {
  return { name, count: 1, weight, first: took, took }
}

/** @returns by the share of the time that had passed, the ratio of the estimated remaining time to the true one. */
function played(run: readonly Timed[], slower = 1): readonly (readonly [share: number, ratio: number])[] {
  const estimate = new Estimate()
  estimate.expect(run, 0)
  const all = run.reduce((sum, { took }) => sum + took * slower, 0)
  const ends = run.flatMap(({ name, count, first, took }, index) => {
    const before = run.slice(0, index).reduce((sum, other) => sum + other.took, 0)
    const each = count === 1 ? 0 : (took - first) / (count - 1)
    return Array.from({ length: count }, (_, n) => ({ name, at: (before + first + n * each) * slower }))
  })
  const found: [number, number][] = []
  for (const { name, at } of ends) {
    const { leftMs } = estimate.at(at)
    if (leftMs !== null && all - at > 3000) found.push([at / all, leftMs / (all - at)])
    estimate.ended(name, at)
  }
  return found
}

describe('the time that a run has left', () => {
  test.each([0.5, 1, 3])('is right within a third from a fifth of the demo on, %f times as slow', (slower) => {
    const late = played(demo, slower).filter(([share]) => share >= 0.2)
    expect(late.length).toBeGreaterThan(500)
    expect(late.filter(([, ratio]) => ratio < 2 / 3 || ratio > 4 / 3)).toEqual([])
  })

  test('counts a scenario by its own time, also while nothing ends', () => {
    const estimate = new Estimate()
    const [quick, slow] = [scenario('quick', 2000, 0), scenario('slow', 20_000, 0)]
    estimate.expect([quick, slow], 0)
    estimate.ended('quick', 2000)
    expect(estimate.at(2000)).toEqual({ share: 2 / 22, leftMs: 20_000, current: 'slow' })
    expect(estimate.at(12_000).leftMs).toBe(10_000)
    expect(estimate.at(40_000).leftMs).toBe(0)
    estimate.ended('slow', 40_000)
    expect(estimate.at(40_000)).toEqual({ share: 1, leftMs: 0, current: null })
  })

  test('is unknown at first, never below nothing, and ends with the run', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9000 })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(runs, fc.array(fc.integer({ min: 0, max: 20_000 })), (made, waits) => {
        const estimate = new Estimate()
        estimate.expect(
          made.map(([count, weight], n) => ({ name: String(n), count, weight })),
          0,
        )
        expect(estimate.at(0)).toMatchObject({ share: 0, leftMs: null })
        let now = 0
        for (const [n, [count]] of made.entries()) {
          for (let cell = 0; cell < count; cell += 1) {
            now += waits[cell % Math.max(1, waits.length)] ?? 10
            expect(estimate.at(now).leftMs ?? 0).toBeGreaterThanOrEqual(-0.001)
            estimate.ended(String(n), now)
          }
        }
        expect(estimate.at(now)).toMatchObject({ leftMs: 0, current: null })
        expect(estimate.at(now).share).toBeCloseTo(1)
      }),
      { numRuns: 50 },
    )
  })
})
