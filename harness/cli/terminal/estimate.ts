import type { Work } from '../../engine/work.ts'

interface Part {
  readonly work: Work
  done: number
}

/** An estimate of a run's progress at one clock reading. */
export interface Estimated {
  /** The share of the run's time that has passed, from 0 to 1, estimated from the cells and scenarios that have ended. */
  readonly share: number
  /** Null until enough is known for an estimate. */
  readonly leftMs: number | null
  /** The name of the current matrix or scenario; null for none. */
  readonly current: string | null
}

/** The weight of the prior expectation, so that the speed is not corrected too quickly. */
const trust = 2000
/** The minimum elapsed time for an estimate. A shorter one makes it unstable. */
const leastMs = 500

/**
 * Estimates the remaining time of a run. Every matrix and every scenario has a weight, and the run's own speed so far scales
 * the weights. The caller passes clock readings.
 */
export class Estimate {
  readonly #parts = new Map<string, Part>()
  #startedAt = 0
  #endedAt = 0
  #expected = 0
  #done = 0

  /** @param work in the order in which it is tried. */
  expect(work: readonly Work[], now: number): void {
    if (this.#parts.size === 0) {
      this.#startedAt = now
      this.#endedAt = now
    }
    for (const one of work) {
      this.#parts.set(one.name, { work: one, done: 0 })
      this.#expected += one.weight
    }
  }

  /** A cell of a matrix, or a scenario, has ended. */
  ended(name: string, now: number): void {
    const part = this.#parts.get(name)
    if (part === undefined || part.done >= part.work.count) return
    part.done += 1
    this.#done += part.work.weight / part.work.count
    this.#endedAt = now
  }

  at(now: number): Estimated {
    const part = [...this.#parts.values()].find(({ work, done }) => done < work.count)
    const share = this.#expected === 0 ? 0 : Math.min(1, this.#done / this.#expected)
    if (part === undefined) return { share, leftMs: 0, current: null }
    const { name, weight, count } = part.work
    const leftMs =
      now - this.#startedAt < leastMs || this.#done === 0 ? null : this.#left(now, weight, count, part.done)
    return { share, leftMs, current: name }
  }

  #left(now: number, weight: number, count: number, done: number): number {
    const rest = this.#expected - this.#done
    const current = weight * (1 - done / count)
    const sinceEnd = now - this.#endedAt
    const speed = (this.#endedAt - this.#startedAt + trust) / (this.#done + trust)
    // The current part is assumed to take its expected time until it has taken longer: then the run is slower than expected.
    if (sinceEnd <= current * speed) return rest * speed - sinceEnd
    const slower = (now - this.#startedAt + trust) / (this.#done + current + trust)
    return (rest - current) * slower
  }
}
