import { type Cause, causesOf } from '../../evidence/causes.ts'
import { facts, place } from '../../evidence/cell-facts.ts'
import { type UndecidedOperation, undecidedOperation } from '../../evidence/undecided.ts'
import type { CellRecord, RunRecord } from '../../model/record.ts'
import { type Look, paint } from './look.ts'
import { verdictStyles } from './signs.ts'
import { count, plain, wrap } from './text.ts'

const toldInFull = 20
const toldInOneLine = 200
const namedActors = 8
const labelWidth = 12

/** What the command that repeats a cell depends on. */
export type RunToRepeat = Pick<RunRecord, 'target' | 'holes' | 'oldDefaultGrants'>

/**
 * What did not hold, in plain words and worst first. Cells that went wrong in the same way are told once.
 *
 * @returns the text, with a line end; empty when every cell held.
 */
export function findings(cells: readonly CellRecord[], run: RunToRepeat, look: Look): string {
  const causes = causesOf(cells)
  const full = causes.slice(0, toldInFull).flatMap((cause) => [...inFull(cause, run, look), ''])
  const brief = causes.slice(toldInFull, toldInFull + toldInOneLine).map((cause) => inOneLine(cause, look))
  const silent = causes.slice(toldInFull + toldInOneLine).reduce((sum, cause) => sum + 1 + cause.others.length, 0)
  const lines = [...full, ...brief]
  if (silent > 0) lines.push(`and ${count(silent)} more cells: all of them are in cells.jsonl`)
  if (brief.length > 0) lines.push('')
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** @returns the command that tries this one cell again, with the same target and the same holes. */
export function commandFor(id: string, run: RunToRepeat): string {
  const target = run.target.kind === 'sandbox' ? [] : ['--target', quoted(run.target.alias)]
  const holes = run.holes.flatMap((hole) => ['--with-hole', quoted(hole)])
  const grants = run.oldDefaultGrants === true ? ['--old-default-grants'] : []
  return ['trespass run', ...target, ...holes, ...grants, '--cell', quoted(id)].join(' ')
}

function inFull(cause: Cause, run: RunToRepeat, look: Look): string[] {
  const { verdict, first, others } = cause
  const undecided = undecidedOperation(cause, namedActors)
  if (undecided !== null) {
    const command = `  ${paint(look, 'dim', 'decide'.padEnd(labelWidth))}${plain(undecided.decide)}`
    return [...undecidedLines(undecided, look), command]
  }
  const lines = [title(verdict, look, paint(look, 'bold', plain(first.id))), ...indented(first.because, 2, look)]
  for (const { label, text } of facts(first)) lines.push(...labelled(label, text, look))
  if (others.length > 0) lines.push(...labelled('also as', alsoAs(others), look))
  // A command is never wrapped: it has to survive being copied.
  lines.push(`  ${paint(look, 'dim', 'repeat'.padEnd(labelWidth))}${plain(commandFor(first.id, run))}`)
  return lines
}

/** @returns a block about the undecided cells of one operation, without the command that decides them. */
export function undecidedLines({ title: name, because, facts: known }: UndecidedOperation, look: Look): string[] {
  return [
    title('undecided', look, paint(look, 'bold', plain(name))),
    ...indented(because, 2, look),
    ...known.flatMap(({ label, text }) => labelled(label, text, look)),
  ]
}

function inOneLine(cause: Cause, look: Look): string {
  const { verdict, first, others } = cause
  const undecided = undecidedOperation(cause, namedActors)
  if (undecided !== null) return `${title(verdict, look, plain(undecided.title))}: ${plain(undecided.because)}`
  const more = others.length > 0 ? ` and ${count(others.length)} more like it` : ''
  return `${title(verdict, look, plain(first.id))}${more}: ${plain(first.because)}  ${plain(place(first.at))}`
}

function title(verdict: Cause['verdict'], look: Look, id: string): string {
  return `${paint(look, verdictStyles[verdict], verdict.toUpperCase())}  ${id}`
}

function alsoAs(others: readonly CellRecord[]): string {
  const names = others.slice(0, namedActors).map((cell) => cell.actor)
  const more = others.length - names.length
  return more > 0 ? `${names.join(', ')} and ${count(more)} more` : names.join(', ')
}

function labelled(label: string, text: string, look: Look): string[] {
  const [head = '', ...rest] = wrap(plain(text), Math.max(20, look.width - labelWidth - 2))
  const under = ' '.repeat(labelWidth + 2)
  return [`  ${paint(look, 'dim', label.padEnd(labelWidth))}${head}`, ...rest.map((line) => `${under}${line}`)]
}

function indented(text: string, by: number, look: Look): string[] {
  return wrap(plain(text), look.width - by).map((line) => ' '.repeat(by) + line)
}

/** Double quotes where a shell leaves the text alone in them, else single ones. */
function quoted(text: string): string {
  if (/^[\w./:-]+$/.test(text)) return text
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`
}
