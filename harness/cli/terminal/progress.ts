import type { Estimated } from './estimate.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { count, cut, plain, widthOf } from './text.ts'

/** The progress of a run. */
export interface Progress extends Estimated {
  readonly total: number
  readonly done: number
  readonly held: number
  /** The number of cells that need a decision or a repair: breach, lockout, wrong-layer, undecided. */
  readonly findings: number
  /** Milliseconds since the first cell began. */
  readonly elapsedMs: number
}

const barWidth = 20
const widestName = 32
/** The interval between two lines of a log, in percent of the time. */
const step = 25
/** Milliseconds after which a log gets a line in any case: CI systems cancel a job that prints nothing. */
const longestSilence = 30_000
const inALog: TerminalStyle = { color: false, unicode: false, width: 100 }

/** @returns the line that a terminal shows while cells run; the caller overwrites the previous one with it. */
export function progressLine(progress: Progress, style: TerminalStyle): string {
  const done = `${count(progress.done)}/${count(progress.total)}`
  const found = verdictsSoFar(progress, style)
  const time = timeLeft(progress)
  const { current } = progress
  const name = current === null ? [] : [paint(style, 'dim', cut(plain(current), widestName, style.unicode))]
  const start = [bar(progress, style), done, ...found]
  // A line that the terminal wraps cannot be overwritten, so a narrow terminal omits the least important parts.
  const lines = [[...start, ...time, ...name], [...start, ...time], [done, ...found], [done]]
  const fitting = lines.map((parts) => parts.join('  ')).find((line) => widthOf(line) < style.width)
  return fitting ?? done
}

/** The state of the last line in a log. */
export interface Shown {
  /** As in {@link Progress}. */
  readonly share: number
  /** As in {@link Progress}. */
  readonly elapsedMs: number
}

/**
 * The progress for logs, where no line can be overwritten.
 *
 * @returns a line if another quarter of the time has passed, or if the log has had none for a while; else null.
 */
export function progressStep(progress: Progress, shown: Shown): string | null {
  const { done, total, elapsedMs } = progress
  const percent = Math.round(progress.share * 1000) / 10
  const further = Math.floor(percent / step) > Math.floor(Math.round(shown.share * 1000) / 10 / step)
  const silent = done < total && elapsedMs - shown.elapsedMs >= longestSilence
  if (!further && !silent) return null
  const parts = [`${Math.floor(percent)}%`.padStart(4), `${count(done)}/${count(total)}`]
  return [...parts, ...verdictsSoFar(progress, inALog), ...timeLeft(progress)].join('  ')
}

function bar({ share }: Progress, style: TerminalStyle): string {
  const filled = Math.floor(share * barWidth)
  const [full, empty] = style.unicode ? ['█', '░'] : ['#', '.']
  return paint(style, 'cyan', full.repeat(filled)) + paint(style, 'dim', empty.repeat(barWidth - filled))
}

function verdictsSoFar({ done, held, findings }: Progress, style: TerminalStyle): string[] {
  const unproven = done - held - findings
  const found = `${count(findings)} ${findings === 1 ? 'finding' : 'findings'}`
  return [
    `${count(held)} held`,
    ...(findings > 0 ? [paint(style, ['red', 'bold'], found)] : []),
    ...(unproven > 0 ? [paint(style, 'yellow', `${count(unproven)} not proven`)] : []),
  ]
}

function timeLeft({ total, done, elapsedMs, leftMs }: Progress): string[] {
  if (done >= total) return [`in ${clock(elapsedMs)}`]
  return leftMs === null ? [] : [`${clock(leftMs)} left`]
}

/** @returns minutes and seconds: `2:05`. */
export function clock(milliseconds: number): string {
  const whole = Math.ceil(milliseconds / 1000)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
