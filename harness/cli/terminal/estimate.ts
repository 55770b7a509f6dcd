import type { Work } from '../../engine/work.ts'

interface Part {
  readonly work: Work
  done: number
}

/** What is known of a run's time at one moment. */
export interface Estimated {
  /** How much of the run's time has passed, from 0 to 1, by what has ended. */
  readonly share: number
  /** Null while too little is known to say. */
  readonly leftMs: number | null
  /** What is being tried; null when nothing is. */
  readonly current: string | null
}

/** The weight that stands for what is expected before anything is known: the speed is not corrected at once. */
const trust = 2000
/** An estimate from less than this would jump about. */
const leastMs = 500

/**
 * Estimates how long a run still takes. Every matrix and every scenario has a weight of its own, and the run's own speed
 * so far says how much longer than its weight a thing takes here. Clock readings are given, not taken.
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
    // What is tried at the moment goes on as expected, until it has taken longer than that: then the run is slower.
    if (sinceEnd <= current * speed) return rest * speed - sinceEnd
    const slower = (now - this.#startedAt + trust) / (this.#done + current + trust)
    return (rest - current) * slower
  }
}
