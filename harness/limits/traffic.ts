import { Pace, type PaceRange } from './pace.ts'

/** Limits the requests that are under way at once; the others wait in a queue. */
export class Traffic {
  readonly #pace: Pace
  readonly #line: (() => void)[] = []
  #underWay = 0

  constructor(range: PaceRange) {
    this.#pace = new Pace(range)
  }

  /** Runs the work as soon as the limit allows. */
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
   * Measures one request that is under way, and adjusts the limit.
   *
   * @param pushedBack true for an answer that shows an overloaded target.
   */
  async timed<A>(send: () => Promise<A>, pushedBack: (answer: A) => boolean): Promise<A> {
    const busy = this.#underWay >= this.#pace.limit
    const start = performance.now()
    const answer = await send()
    this.#pace.tell({ milliseconds: performance.now() - start, pushedBack: pushedBack(answer), busy })
    return answer
  }

  /** A request is counted in the step that admits it, so that no other one exceeds the limit. */
  #admit(): void {
    while (this.#underWay < this.#pace.limit) {
      const next = this.#line.shift()
      if (next === undefined) return
      this.#underWay += 1
      next()
    }
  }
}
