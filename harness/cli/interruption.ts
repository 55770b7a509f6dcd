import { constants } from 'node:os'
import { aside } from './print.ts'

/**
 * Ctrl-C, or a request to end: what was made is swept before the command ends. The second time it ends at once, and the
 * journal tells `trespass cleanup` what is left.
 */
export class Interruption {
  readonly #controller = new AbortController()
  #code: number | null = null

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.#interrupt(constants.signals[name]))
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The exit code that shells know for the signal that came; null when none did. */
  get code(): number | null {
    return this.#code
  }

  #interrupt(number: number): void {
    if (this.#code !== null) {
      aside('Broken off. `trespass cleanup` sweeps what is left.')
      process.exit(this.#code)
    }
    this.#code = 128 + number
    aside('\nStopping: what was made is swept first. Press Ctrl-C again to leave at once.')
    this.#controller.abort()
  }
}
