import { constants } from 'node:os'
import { describeLeftovers, type RunLeftovers } from './leftovers.ts'
import { printError } from './print.ts'

/**
 * Handles SIGINT and SIGTERM. The first signal aborts the run, and its objects are swept before the command ends. The second
 * ends the process at once; the journal then names the leftover objects for `trespass cleanup`.
 */
export class Interruption {
  readonly #controller = new AbortController()
  #code: number | null = null
  #run: RunLeftovers | null = null

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.#interrupt(constants.signals[name]))
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Sets the run that the second signal would leave unswept. */
  about(run: RunLeftovers): void {
    this.#run = run
  }

  /** The exit code that shells use for the received signal; null if there was none. */
  get code(): number | null {
    return this.#code
  }

  #interrupt(number: number): void {
    if (this.#code !== null) {
      printError(
        `Broken off, and not swept. ${this.#run === null ? 'Nothing was made yet.' : describeLeftovers(this.#run)}`,
      )
      process.exit(this.#code)
    }
    this.#code = 128 + number
    printError('\nStopping: what was made is swept first. Press Ctrl-C again to leave at once.')
    this.#controller.abort()
  }
}
