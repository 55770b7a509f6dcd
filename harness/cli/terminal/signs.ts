import type { CellRecord } from '../../model/record.ts'
import type { Verdict } from '../../model/verdict.ts'
import { type Paint, paint, type TerminalStyle } from './terminal-style.ts'
import { widthOf, wrap } from './text.ts'

/** The sign of a cell in a table. Signs differ in their shape; colour is only an aid. */
export interface Sign {
  readonly text: string
  readonly style: Paint
  readonly meaning: string
}

/** The style of a verdict's name. */
export const verdictStyles: Readonly<Record<Verdict, Paint>> = {
  breach: ['red', 'bold'],
  lockout: ['magenta', 'bold'],
  'wrong-layer': ['yellow', 'bold'],
  undecided: ['yellow', 'bold'],
  error: ['red', 'inverse'],
  inconclusive: ['yellow'],
  held: ['green'],
}

const findingSigns: Readonly<Record<Exclude<Verdict, 'held'>, Sign>> = {
  breach: { text: 'BREACH', style: verdictStyles.breach, meaning: 'a denial was expected, it happened' },
  lockout: { text: 'LOCKOUT', style: verdictStyles.lockout, meaning: 'allowed was expected, it was refused' },
  'wrong-layer': { text: 'LAYER', style: verdictStyles['wrong-layer'], meaning: 'refused, but by another layer' },
  undecided: { text: '?', style: verdictStyles.undecided, meaning: 'not decided yet' },
  error: { text: 'ERROR', style: verdictStyles.error, meaning: 'Trespass itself failed' },
  inconclusive: { text: '~', style: verdictStyles.inconclusive, meaning: 'not proven' },
}

/** @returns the mark before a matrix or a scenario in a list. */
export function verdictMark(verdict: Verdict, style: TerminalStyle): string {
  const [held, failed] = style.unicode ? ['✓', '✗'] : ['+', 'x']
  return paint(style, verdictStyles[verdict], verdict === 'held' ? held : verdict === 'inconclusive' ? '~' : failed)
}

/** @returns the sign of a cell, or of a position in the table without a cell. */
export function signOf(cell: Pick<CellRecord, 'verdict' | 'expected'> | undefined, style: TerminalStyle): Sign {
  if (cell === undefined) return { text: style.unicode ? '·' : '.', style: 'gray', meaning: 'n/a or not run' }
  if (cell.verdict !== 'held') return findingSigns[cell.verdict]
  return cell.expected.decision === 'allow'
    ? { text: style.unicode ? '✓' : '+', style: 'green', meaning: 'allowed, and it works' }
    : { text: style.unicode ? '–' : '-', style: 'cyan', meaning: 'denied, and it holds' }
}

/** @returns the meaning of every sign among these cells, in a fixed order, as lines that fit the width. */
export function legend(signs: Iterable<Sign>, style: TerminalStyle): string[] {
  const used = new Map<string, Sign>()
  for (const sign of signs) used.set(sign.text, sign)
  const order = [
    signOf({ verdict: 'held', expected: { decision: 'allow' } }, style),
    signOf({ verdict: 'held', expected: { decision: 'deny', layers: [] } }, style),
    ...Object.values(findingSigns),
    signOf(undefined, style),
  ]
  const entries = order.filter(({ text }) => used.has(text)).map(({ text, meaning }) => `${text} ${meaning}`)
  return flow(entries, style.width - 2)
}

/** @returns the entries side by side, three spaces apart, as many to a line as fit. */
export function flow(entries: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const entry of entries.flatMap((long) => wrap(long, width))) {
    const last = lines.at(-1)
    const joined = last === undefined ? entry : `${last}   ${entry}`
    if (last === undefined || widthOf(joined) > width) lines.push(entry)
    else lines[lines.length - 1] = joined
  }
  return lines
}
