import { type Cause, causesOf } from '../../evidence/causes.ts'
import { facts, place } from '../../evidence/cell-facts.ts'
import { type UndecidedOperation, undecidedOperation } from '../../evidence/undecided.ts'
import { groupBy } from '../../group.ts'
import { commandFor, commandLine, type RunToRepeat } from '../../model/command-line.ts'
import type { CellRecord } from '../../model/record.ts'
import type { Verdict } from '../../model/verdict.ts'
import { verdictStyles } from './signs.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { count, plain, wrap } from './text.ts'

const shownInFull = 20
const shownInOneLine = 200
const namedActors = 8
const namedCells = 10
const labelWidth = 12

/**
 * The findings in plain words, worst first. Cells with one cause are one block.
 *
 * @returns the text, with a line end; empty if every cell held.
 */
export function findings(cells: readonly CellRecord[], run: RunToRepeat, style: TerminalStyle): string {
  const blocks = blocksOf(cells)
  const full = blocks.slice(0, shownInFull).flatMap((block) => [...inFull(block, run, style), ''])
  const brief = blocks.slice(shownInFull, shownInFull + shownInOneLine).map((block) => inOneLine(block, style))
  const silent = blocks.slice(shownInFull + shownInOneLine).reduce((sum, block) => sum + 1 + othersOf(block).length, 0)
  const lines = [...full, ...brief]
  if (silent > 0) lines.push(`and ${count(silent)} more cells: all of them are in cells.jsonl`)
  if (brief.length > 0) lines.push('')
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function othersOf({ cause, others }: Block): readonly CellRecord[] {
  return [...cause.others, ...others]
}

function inFull(block: Block, run: RunToRepeat, style: TerminalStyle): string[] {
  const { cause, others } = block
  const { verdict, first } = cause
  const undecided = undecidedOperation(cause, namedActors)
  if (undecided !== null) {
    return [
      ...undecidedLines(undecided, style),
      ...command('decide', commandLine('decide', [first.matrix], run), style),
    ]
  }
  const lines = [title(verdict, style, paint(style, 'bold', plain(first.id))), ...indented(first.because, 2, style)]
  for (const { label, text } of facts(first)) {
    // Skips an effect that the sentence of the verdict contains.
    if (label !== 'effect' || !first.because.includes(text)) lines.push(...labelled(label, text, style))
  }
  for (const [index, text] of (first.likely ?? []).entries())
    lines.push(...labelled(index === 0 ? 'likely' : '', text, style))
  if (cause.others.length > 0) lines.push(...labelled('also as', alsoAs(cause.others), style))
  lines.push(...alsoCells(others, style), ...command('repeat', commandFor(first.id, run), style))
  return lines
}

/** A command is never wrapped, so that it can be copied. */
function command(label: string, text: string, style: TerminalStyle): string[] {
  return [`  ${paint(style, 'dim', label.padEnd(labelWidth))}${plain(text)}`]
}

/** @returns a block about the undecided cells of one operation, without the command that decides them. */
export function undecidedLines(
  { title: name, because, facts: known }: UndecidedOperation,
  style: TerminalStyle,
): string[] {
  return [
    title('undecided', style, paint(style, 'bold', plain(name))),
    ...indented(because, 2, style),
    ...known.flatMap(({ label, text }) => labelled(label, text, style)),
  ]
}

function inOneLine(block: Block, style: TerminalStyle): string {
  const { verdict, first } = block.cause
  const undecided = undecidedOperation(block.cause, namedActors)
  if (undecided !== null) return `${title(verdict, style, plain(undecided.title))}: ${plain(undecided.because)}`
  const others = othersOf(block)
  const more = others.length > 0 ? ` and ${count(others.length)} more like it` : ''
  return `${title(verdict, style, plain(first.id))}${more}: ${plain(first.because)}  ${plain(place(first.at))}`
}

function title(verdict: Verdict, style: TerminalStyle, id: string): string {
  return `${paint(style, verdictStyles[verdict], verdict.toUpperCase())}  ${id}`
}

function alsoAs(others: readonly CellRecord[]): string {
  const names = others.slice(0, namedActors).map((cell) => cell.actor)
  const more = others.length - names.length
  return more > 0 ? `${names.join(', ')} and ${count(more)} more` : names.join(', ')
}

/** One name a line, so that each can be copied behind `--cell`. */
function alsoCells(others: readonly CellRecord[], style: TerminalStyle): string[] {
  const more = others.length - namedCells
  return [
    ...others.slice(0, namedCells).flatMap(({ id }, index) => labelled(index === 0 ? 'also' : '', id, style)),
    ...(more > 0 ? labelled('', `and ${count(more)} more`, style) : []),
  ]
}

function labelled(label: string, text: string, style: TerminalStyle): string[] {
  const [head = '', ...rest] = wrap(plain(text), Math.max(20, style.width - labelWidth - 2))
  const under = ' '.repeat(labelWidth + 2)
  return [`  ${paint(style, 'dim', label.padEnd(labelWidth))}${head}`, ...rest.map((line) => `${under}${line}`)]
}

function indented(text: string, by: number, style: TerminalStyle): string[] {
  return wrap(plain(text), style.width - by).map((line) => ' '.repeat(by) + line)
}

/** Findings with most likely one cause: the first is shown in full, the others by name. */
interface Block {
  readonly cause: Cause
  /** Further cells of the block, without those of the first one's own cause. */
  readonly others: readonly CellRecord[]
}

/**
 * Groups findings by their most likely cause, so that one policy that breaks ten operations is one block.
 *
 * @param cells in the order of the output.
 * @returns worst verdict first, otherwise in the order of their first cells.
 */
function blocksOf(cells: Iterable<CellRecord>): readonly Block[] {
  const groups = groupBy(causesOf(cells), ({ verdict, first }) => JSON.stringify([verdict, ...likelyOne(first)]))
  return [...groups.values()].flatMap(([cause, ...more]) =>
    cause === undefined ? [] : [{ cause, others: more.flatMap(({ first, others }) => [first, ...others]) }],
  )
}

/** A key for the most likely cause of a cell's verdict. */
function likelyOne(cell: CellRecord): readonly string[] {
  const { matrix, operation, verdict, because, cause, actor, credential, resource, path, outcome } = cell
  if (verdict === 'undecided') return ['operation', matrix, operation]
  // Cells that were not proven, and errors of Trespass, have one cause if they have one reason.
  if (verdict === 'inconclusive' || verdict === 'error') return ['reason', because]
  if (cause !== undefined) return ['cause', cause]
  // If a broken token works, the fault is in the check of tokens and not in the table.
  if (verdict === 'breach' && credential === 'attacked') return ['credential', actor]
  return ['resource', path, resource, outcome?.method ?? operation]
}
