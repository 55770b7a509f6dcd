import type { Reporter, Vitest } from 'vitest/node'

/**
 * Delays a test run until the previous one has ended. Vitest 4.1 waits for a running test run before it starts another, but not
 * for handlers of `onTestsRerun`: a file that changes while such a handler is awaited starts a second test run concurrently
 * (`scheduleRerun` and `runFiles` in its core).
 */
export class TestRuns implements Reporter {
  static readonly #ofVitest = new WeakMap<Vitest, TestRuns>()
  readonly #vitest: Vitest
  #last: Promise<void> = Promise.resolve()
  #end: () => void = () => undefined

  private constructor(vitest: Vitest) {
    this.#vitest = vitest
  }

  static of(vitest: Vitest): TestRuns {
    const known = TestRuns.#ofVitest.get(vitest)
    if (known !== undefined) return known
    const made = new TestRuns(vitest)
    TestRuns.#ofVitest.set(vitest, made)
    return made
  }

  /** Waits until every earlier test run has ended. A handler of `onTestsRerun` calls it once for each of its calls. */
  async next(): Promise<void> {
    const before = this.#last
    let end: () => void = () => undefined
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    await before
    await this.#vitest.waitForTestRunEnd()
    this.#end = end
  }

  onTestRunEnd(): void {
    this.#end()
  }
}
