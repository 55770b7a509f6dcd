import type { HistoryEvent, Mark } from '../model/scenario.ts'

/** The events of one round, recorded as they happen, on one clock. */
export class RoundHistory {
  /** From 1. */
  readonly round: number
  readonly events: HistoryEvent[] = []
  readonly #startedAt = performance.now()

  constructor(round: number) {
    this.round = round
  }

  /** @returns milliseconds since the round began, on a clock that never goes back. */
  now(): number {
    return Math.round((performance.now() - this.#startedAt) * 1000) / 1000
  }

  /** Records that something was done or observed. */
  mark(what: Mark['what'], text: string, sessions: readonly string[] = []): void {
    this.events.push({ kind: 'mark', round: this.round, at: this.now(), what, text, sessions })
  }
}
