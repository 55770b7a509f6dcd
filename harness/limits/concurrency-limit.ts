/** The bounds of the concurrency limit. */
export interface ConcurrencyRange {
  readonly start: number
  /** Equal to the start where the limit is configured. */
  readonly most: number
}

/**
 * @param fixed the configured limit; undefined without one.
 * @param kind of the target. A sandbox has this machine to itself, so its limit stays constant.
 * @returns a range that leaves room for the other clients of a project.
 */
export function concurrencyRange(fixed: number | undefined, kind: 'sandbox' | 'local' | 'hosted'): ConcurrencyRange {
  if (fixed !== undefined) return { start: fixed, most: fixed }
  return kind === 'sandbox' ? { start: 8, most: 8 } : { start: 8, most: 32 }
}

/** The measurements of one request. */
export interface RequestMeasurement {
  readonly milliseconds: number
  /** True when the target showed that it is overloaded: 429, 502 to 504, no answer. */
  readonly pushedBack: boolean
  /** True when as many requests were under way as the limit allows: only then the time depends on the limit. */
  readonly busy: boolean
}

/** The fewest answers by which a round is judged. */
const smallestRound = 8
/** The factor over the best round up to which one request more is tried. */
const raiseBelow = 1.25
/** From here on the requests only wait for one another. */
const lowerAbove = 2

/**
 * Finds the concurrency that a target supports: one request more after every round in which answers come as quickly as ever, one
 * less after a round in which they take twice as long, half as many when the target pushes back. It reads no clock and sends
 * nothing.
 */
export class ConcurrencyLimit {
  readonly #most: number
  readonly #fixed: boolean
  #limit: number
  #best = Number.POSITIVE_INFINITY
  #round: number[] = []
  /** Answers to requests that were sent before the limit was halved do not count. */
  #ignored = 0

  constructor({ start, most }: ConcurrencyRange) {
    this.#limit = start
    this.#most = most
    this.#fixed = start === most
  }

  /** How many requests may be under way now. */
  get limit(): number {
    return this.#limit
  }

  /** Records the measurements of a request. */
  record({ milliseconds, pushedBack, busy }: RequestMeasurement): void {
    if (this.#fixed) return
    if (this.#ignored > 0) this.#ignored -= 1
    else if (pushedBack) this.#halve()
    else if (busy) this.#addToRound(milliseconds)
  }

  #halve(): void {
    this.#ignored = this.#limit - 1
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
    this.#round = []
  }

  #addToRound(milliseconds: number): void {
    this.#round.push(milliseconds)
    if (this.#round.length < Math.max(smallestRound, this.#limit)) return
    const mean = this.#round.reduce((sum, one) => sum + one, 0) / this.#round.length
    this.#round = []
    this.#best = Math.min(this.#best, mean)
    if (mean <= this.#best * raiseBelow) this.#limit = Math.min(this.#most, this.#limit + 1)
    else if (mean >= this.#best * lowerAbove) this.#limit = Math.max(1, this.#limit - 1)
  }
}
