import { constants } from 'node:os'
import { type LeftRun, leftInWords } from './left-behind.ts'
import { aside } from './print.ts'

/**
 * Ctrl-C, or a request to end: what was made is swept before the command ends. The second time it ends at once, and the
 * journal tells `trespass cleanup` what is left.
 */
export class Interruption {
  readonly #controller = new AbortController()
  #code: number | null = null
  #run: LeftRun | null = null

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.#interrupt(constants.signals[name]))
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Names the run that would be left where it stands. */
  about(run: LeftRun): void {
    this.#run = run
  }

  /** The exit code that shells know for the signal that came; null when none did. */
  get code(): number | null {
    return this.#code
  }

  #interrupt(number: number): void {
    if (this.#code !== null) {
      aside(`Broken off, and not swept. ${this.#run === null ? 'Nothing was made yet.' : leftInWords(this.#run)}`)
      process.exit(this.#code)
    }
    this.#code = 128 + number
    aside('\nStopping: what was made is swept first. Press Ctrl-C again to leave at once.')
    this.#controller.abort()
  }
}
