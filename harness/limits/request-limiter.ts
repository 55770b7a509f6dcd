import { ConcurrencyLimit, type ConcurrencyRange } from './concurrency-limit.ts'

/** Limits the requests that are under way at once; the others wait in a queue. */
export class RequestLimiter {
  readonly #concurrency: ConcurrencyLimit
  readonly #queue: (() => void)[] = []
  #underWay = 0

  constructor(range: ConcurrencyRange) {
    this.#concurrency = new ConcurrencyLimit(range)
  }

  /** Runs the work as soon as the limit allows. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#concurrency.limit) await new Promise<void>((resolve) => this.#queue.push(resolve))
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
  async measure<A>(send: () => Promise<A>, pushedBack: (answer: A) => boolean): Promise<A> {
    const busy = this.#underWay >= this.#concurrency.limit
    const start = performance.now()
    const answer = await send()
    this.#concurrency.record({ milliseconds: performance.now() - start, pushedBack: pushedBack(answer), busy })
    return answer
  }

  /** A request is counted in the step that admits it, so that no other one exceeds the limit. */
  #admit(): void {
    while (this.#underWay < this.#concurrency.limit) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#underWay += 1
      next()
    }
  }
}
