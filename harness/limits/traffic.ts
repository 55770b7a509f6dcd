import { Pace, type PaceRange } from './pace.ts'

/** Lets no more requests be under way at once than the pace allows; the others wait in line. */
export class Traffic {
  readonly #pace: Pace
  readonly #line: (() => void)[] = []
  #underWay = 0

  constructor(range: PaceRange) {
    this.#pace = new Pace(range)
  }

  /** Runs the work as soon as there is room for it. */
  async withRoom<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#pace.limit) await new Promise<void>((resolve) => this.#line.push(resolve))
    else this.#underWay += 1
    try {
      return await work()
    } finally {
      this.#underWay -= 1
      this.#admit()
    }
  }

  /**
   * Times one request that has room, and learns from it.
   *
   * @param pushedBack says of the answer whether the target showed that it has enough.
   */
  async timed<A>(send: () => Promise<A>, pushedBack: (answer: A) => boolean): Promise<A> {
    const busy = this.#underWay >= this.#pace.limit
    const start = performance.now()
    const answer = await send()
    this.#pace.tell({ milliseconds: performance.now() - start, pushedBack: pushedBack(answer), busy })
    return answer
  }

  /** Whoever is admitted is counted here, so that nobody slips in between. */
  #admit(): void {
    while (this.#underWay < this.#pace.limit) {
      const next = this.#line.shift()
      if (next === undefined) return
      this.#underWay += 1
      next()
    }
  }
}
