import { type Look, paint } from './look.ts'
import { count, widthOf } from './text.ts'

/** How far a run has come. */
export interface Progress {
  readonly total: number
  readonly done: number
  readonly held: number
  /** Cells that need a decision or a repair: breach, lockout, wrong-layer, undecided. */
  readonly findings: number
  /** Since the first cell began. */
  readonly elapsedMs: number
}

const barWidth = 20
/** A rate from less than this is a guess that would jump about. */
const leastForARate = 500
/** A line for every so many percent of the cells. */
const step = 10
/** Milliseconds after which a log hears of a run in any case: CI systems end what says nothing. */
const longestSilence = 15_000
const inALog: Look = { color: false, unicode: false, width: 100 }

/** @returns the line that a terminal shows while cells run; the caller writes it over the one before. */
export function progressLine(progress: Progress, look: Look): string {
  const done = `${count(progress.done)}/${count(progress.total)}`
  const found = verdictsSoFar(progress, look)
  const lines = [[bar(progress, look), done, ...found, ...pace(progress)], [done, ...found], [done]]
  // A line that the terminal breaks cannot be written over, so on a narrow one the least important goes first.
  const fitting = lines.map((parts) => parts.join('  ')).find((line) => widthOf(line) < look.width)
  return fitting ?? done
}

/** What a log was told last. */
export interface Told {
  /** How many cells were done then. */
  readonly done: number
  /** As in {@link Progress}. */
  readonly elapsedMs: number
}

/**
 * For logs, where nothing can be written over.
 *
 * @returns a line when another tenth of the cells is done, and when the log has been silent for a while; else null.
 */
export function progressStep(progress: Progress, told: Told): string | null {
  const percent = percentOf(progress.done, progress.total)
  const further = Math.floor(percent / step) > Math.floor(percentOf(told.done, progress.total) / step)
  const silent = progress.done < progress.total && progress.elapsedMs - told.elapsedMs >= longestSilence
  if (!further && !silent) return null
  const done = `${count(progress.done)}/${count(progress.total)}`
  const parts = [`${Math.floor(percent)}%`.padStart(4), done, ...verdictsSoFar(progress, inALog), ...pace(progress)]
  return parts.join('  ')
}

function bar({ done, total }: Progress, look: Look): string {
  const filled = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * barWidth)
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

function pace({ total, done, elapsedMs }: Progress): string[] {
  if (elapsedMs < leastForARate || done === 0) return []
  const perSecond = (done / elapsedMs) * 1000
  const rate = `${perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}/s`
  return done < total ? [rate, `${clock((total - done) / perSecond)} left`] : [rate, `in ${clock(elapsedMs / 1000)}`]
}

function percentOf(done: number, total: number): number {
  return total === 0 ? 0 : (done / total) * 100
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
