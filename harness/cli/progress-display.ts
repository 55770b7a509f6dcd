import type { Verdict } from '../verdict/model.ts'
import { type Look, lookOf } from './terminal/look.ts'
import { progressLine, progressStep } from './terminal/progress.ts'

/** Milliseconds between two drawings of the line. */
const drawEvery = 80

/** Shows on the terminal's error stream how far a run has come: one line written over, or plain lines in a log. */
export class ProgressDisplay {
  readonly #look: Look = lookOf(process.env, process.stderr)
  readonly #terminal = process.stderr.isTTY === true
  #total = 0
  #done = 0
  #held = 0
  #startedAt: number | null = null
  #drawnAt = 0

  /** Says what is being done before and after the cells. */
  step(text: string): void {
    if (this.#terminal) this.#write(`\r\x1b[K${text}…`)
    else this.#write(`${text}\n`)
  }

  /** Says something that stays to be read. */
  note(text: string): void {
    this.clear()
    this.#write(`${text}\n`)
  }

  /** @param cells how many more cells are known of. */
  expect(cells: number): void {
    this.#total += cells
    this.#startedAt ??= performance.now()
  }

  cell(verdict: Verdict): void {
    const before = this.#done
    this.#done += 1
    if (verdict === 'held') this.#held += 1
    const now = performance.now()
    const progress = {
      total: this.#total,
      done: this.#done,
      held: this.#held,
      elapsedMs: now - (this.#startedAt ?? now),
    }
    if (!this.#terminal) {
      const line = progressStep(progress, before)
      if (line !== null) this.#write(`${line}\n`)
    } else if (now - this.#drawnAt > drawEvery || this.#done === this.#total) {
      this.#drawnAt = now
      this.#write(`\r\x1b[K${progressLine(progress, this.#look)}`)
    }
  }

  /** Leaves the terminal as it was. */
  clear(): void {
    if (this.#terminal) this.#write('\r\x1b[K')
  }

  #write(text: string): void {
    process.stderr.write(text)
  }
}
