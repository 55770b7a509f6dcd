import type { Work } from '../engine/work.ts'
import { withoutCommands } from '../log-lines.ts'
import type { Verdict } from '../model/verdict.ts'
import { Estimate } from './terminal/estimate.ts'
import { type Progress, progressLine, progressStep, type Shown } from './terminal/progress.ts'
import { type TerminalStyle, terminalStyleOf } from './terminal/terminal-style.ts'
import { plain } from './terminal/text.ts'

/** Minimum time between two updates of the line, in milliseconds. */
const drawEvery = 80
/** Milliseconds after which the line is updated even if no cell has ended, because the time changes. */
const tickEvery = 1000

const noFinding: ReadonlySet<Verdict> = new Set<Verdict>(['held', 'inconclusive', 'error'])

/** The output of a display: standard error, or a test's own. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Writes nothing: for `--quiet`. */
export const silentScreen: Screen = { write: () => undefined }

/** Shows the progress of a run on standard error: one line that is overwritten on a terminal, plain lines in a log. */
export class ProgressDisplay {
  readonly #screen: Screen
  readonly #look: TerminalStyle
  readonly #terminal: boolean
  #total = 0
  #done = 0
  #held = 0
  #findings = 0
  #startedAt: number | null = null
  #drawnAt = 0
  readonly #estimate = new Estimate()
  #shown: Shown = { share: 0, elapsedMs: 0 }
  #clock: NodeJS.Timeout | undefined

  constructor(screen: Screen = process.stderr) {
    this.#screen = screen
    this.#look = terminalStyleOf(process.env, screen)
    this.#terminal = screen.isTTY === true
  }

  /** Shows a step before or after the cells. */
  step(text: string): void {
    this.#stopClock()
    const line = withoutCommands(plain(text))
    if (this.#terminal) this.#screen.write(`\r\x1b[K${line}…`)
    else this.#screen.write(`${line}\n`)
  }

  /** Prints a line that is not overwritten. */
  note(text: string): void {
    this.clear()
    this.#screen.write(`${withoutCommands(text)}\n`)
  }

  /** @param work the coming work, in its order. */
  expect(work: readonly Work[]): void {
    this.#total += work.reduce((sum, { count }) => sum + count, 0)
    this.#startedAt ??= performance.now()
    this.#estimate.expect(work, performance.now())
    this.#clock ??= setInterval(() => this.#draw(), tickEvery).unref()
  }

  /** @param name of the matrix of a cell that has ended, or of a scenario. */
  ended(name: string, verdict: Verdict): void {
    this.#done += 1
    this.#estimate.ended(name, performance.now())
    if (verdict === 'held') this.#held += 1
    if (!noFinding.has(verdict)) this.#findings += 1
    const due = performance.now() - this.#drawnAt > drawEvery || this.#done === this.#total
    if (!this.#terminal || due) this.#draw()
  }

  /** Clears the line. */
  clear(): void {
    this.#stopClock()
    if (this.#terminal) this.#screen.write('\r\x1b[K')
  }

  #draw(): void {
    const now = performance.now()
    const progress: Progress = {
      ...this.#estimate.at(now),
      total: this.#total,
      done: this.#done,
      held: this.#held,
      findings: this.#findings,
      elapsedMs: now - (this.#startedAt ?? now),
    }
    if (this.#terminal) {
      this.#drawnAt = now
      this.#screen.write(`\r\x1b[K${progressLine(progress, this.#look)}`)
      return
    }
    const line = progressStep(progress, this.#shown)
    if (line === null) return
    this.#shown = progress
    this.#screen.write(`${line}\n`)
  }

  #stopClock(): void {
    clearInterval(this.#clock)
    this.#clock = undefined
  }
}
