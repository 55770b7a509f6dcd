import type { Estimated } from './estimate.ts'
import { type Look, paint } from './look.ts'
import { count, cut, plain, widthOf } from './text.ts'

/** How far a run has come. */
export interface Progress extends Estimated {
  readonly total: number
  readonly done: number
  readonly held: number
  /** Cells that need a decision or a repair: breach, lockout, wrong-layer, undecided. */
  readonly findings: number
  /** Since the first cell began. */
  readonly elapsedMs: number
}

const barWidth = 20
const widestName = 32
/** A line for every so many percent of the time. */
const step = 25
/** Milliseconds after which a log hears of a run in any case: CI systems end what says nothing. */
const longestSilence = 30_000
const inALog: Look = { color: false, unicode: false, width: 100 }

/** @returns the line that a terminal shows while cells run; the caller writes it over the one before. */
export function progressLine(progress: Progress, look: Look): string {
  const done = `${count(progress.done)}/${count(progress.total)}`
  const found = verdictsSoFar(progress, look)
  const time = timeLeft(progress)
  const { current } = progress
  const name = current === null ? [] : [paint(look, 'dim', cut(plain(current), widestName, look.unicode))]
  const start = [bar(progress, look), done, ...found]
  // A line that the terminal breaks cannot be written over, so on a narrow one the least important goes first.
  const lines = [[...start, ...time, ...name], [...start, ...time], [done, ...found], [done]]
  const fitting = lines.map((parts) => parts.join('  ')).find((line) => widthOf(line) < look.width)
  return fitting ?? done
}

/** What a log has shown last. */
export interface Shown {
  /** As in {@link Progress}. */
  readonly share: number
  /** As in {@link Progress}. */
  readonly elapsedMs: number
}

/**
 * For logs, where nothing can be written over.
 *
 * @returns a line when another quarter of the time has passed, and when the log has been silent for a while; else null.
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

function bar({ share }: Progress, look: Look): string {
  const filled = Math.floor(share * barWidth)
  const [full, empty] = look.unicode ? ['█', '░'] : ['#', '.']
  return paint(look, 'cyan', full.repeat(filled)) + paint(look, 'dim', empty.repeat(barWidth - filled))
}

function verdictsSoFar({ done, held, findings }: Progress, look: Look): string[] {
  const unproven = done - held - findings
  const found = `${count(findings)} ${findings === 1 ? 'finding' : 'findings'}`
  return [
    `${count(held)} held`,
    ...(findings > 0 ? [paint(look, ['red', 'bold'], found)] : []),
    ...(unproven > 0 ? [paint(look, 'yellow', `${count(unproven)} not proven`)] : []),
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
