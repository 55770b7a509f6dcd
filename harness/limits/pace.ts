/** Between which numbers of requests at once a pace is found. */
export interface PaceRange {
  readonly start: number
  /** The same as the start where somebody has fixed it. */
  readonly most: number
}

/**
 * @param fixed what somebody has asked for; undefined when nobody has.
 * @param kind of the target. A sandbox has this machine to itself and is not felt for.
 * @returns a range that is polite to a project which others use too.
 */
export function paceRange(fixed: number | undefined, kind: 'sandbox' | 'local' | 'hosted'): PaceRange {
  if (fixed !== undefined) return { start: fixed, most: fixed }
  return kind === 'sandbox' ? { start: 8, most: 8 } : { start: 8, most: 32 }
}

/** How one request went. */
export interface Signs {
  readonly milliseconds: number
  /** True when the target showed that it has enough: 429, 502 to 504, no answer. */
  readonly pushedBack: boolean
  /** True when as many requests were under way as the pace allows: only then does the time tell anything about it. */
  readonly busy: boolean
}

/** A round is judged by at least so many answers. */
const leastInARound = 8
/** Answers may take so much longer than in the best round, and one request more is still tried. */
const asQuick = 1.25
/** From here on the requests only wait for one another. */
const tooSlow = 2

/**
 * Finds out how many requests a target takes at once: one more after every round in which answers come as quickly as
 * ever, one less after a round in which they take twice as long, half as many when the target pushes back. It reads no
 * clock and sends nothing.
 */
export class Pace {
  readonly #most: number
  readonly #fixed: boolean
  #limit: number
  #best = Number.POSITIVE_INFINITY
  #round: number[] = []
  /** Answers to requests that were under way when the pace was halved say nothing new. */
  #deaf = 0

  constructor({ start, most }: PaceRange) {
    this.#limit = start
    this.#most = most
    this.#fixed = start === most
  }

  /** How many requests may be under way now. */
  get limit(): number {
    return this.#limit
  }

  /** Hears of an answer. */
  tell({ milliseconds, pushedBack, busy }: Signs): void {
    if (this.#fixed) return
    if (this.#deaf > 0) this.#deaf -= 1
    else if (pushedBack) this.#halve()
    else if (busy) this.#weigh(milliseconds)
  }

  #halve(): void {
    this.#deaf = this.#limit - 1
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
    this.#round = []
  }

  #weigh(milliseconds: number): void {
    this.#round.push(milliseconds)
    if (this.#round.length < Math.max(leastInARound, this.#limit)) return
    const mean = this.#round.reduce((sum, one) => sum + one, 0) / this.#round.length
    this.#round = []
    this.#best = Math.min(this.#best, mean)
    if (mean <= this.#best * asQuick) this.#limit = Math.min(this.#most, this.#limit + 1)
    else if (mean >= this.#best * tooSlow) this.#limit = Math.max(1, this.#limit - 1)
  }
}
