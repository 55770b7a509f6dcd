import { type Look, paint } from './look.ts'
import { count, widthOf } from './text.ts'

/** How far a run has come. */
export interface Progress {
  readonly total: number
  readonly done: number
  readonly held: number
  /** Since the first cell began. */
  readonly elapsedMs: number
}

const barWidth = 20
/** A rate from less than this is a guess that would jump about. */
const leastForARate = 500
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

/**
 * For logs, where nothing can be written over.
 *
 * @param before how many cells were done at the last call.
 * @param every the size of a step, in percent of all cells.
 * @returns a line when a further step is complete, else null.
 */
export function progressStep(progress: Progress, before: number, every = 10): string | null {
  const percent = percentOf(progress.done, progress.total)
  if (Math.floor(percent / every) <= Math.floor(percentOf(before, progress.total) / every)) return null
  const done = `${count(progress.done)}/${count(progress.total)}`
  const parts = [`${Math.floor(percent)}%`.padStart(4), done, ...verdictsSoFar(progress, inALog), ...pace(progress)]
  return parts.join('  ')
}

function bar({ done, total }: Progress, look: Look): string {
  const filled = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * barWidth)
  const [full, empty] = look.unicode ? ['█', '░'] : ['#', '.']
  return paint(look, 'cyan', full.repeat(filled)) + paint(look, 'dim', empty.repeat(barWidth - filled))
}

function verdictsSoFar({ done, held }: Progress, look: Look): string[] {
  const rest = done - held
  return [`${count(held)} held`, ...(rest > 0 ? [paint(look, ['red', 'bold'], `${count(rest)} not held`)] : [])]
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
