import { type Grid, type GridCell, gridsOf } from '../../evidence/grid.ts'
import { totalsOf } from '../../evidence/totals.ts'
import { groupBy } from '../../group.ts'
import type { CellRecord } from '../../model/record.ts'
import { type Verdict, verdicts } from '../../model/verdict.ts'
import { severity, worstVerdict } from '../../verdict/severity.ts'
import { type Column, columnBlocks } from './columns.ts'
import { flow, legend, type Sign, signOf, verdictMark, verdictStyles } from './signs.ts'
import { paint, type TerminalStyle } from './terminal-style.ts'
import { count, cut, padEnd, plain, widthOf, wrap } from './text.ts'

/** The maximum size of a table; a larger matrix is shown in counts. */
const mostActors = 40
const mostOperations = 60
const mostRows = 40
const widestActor = 28
const widestMatrix = 36

/** The fields of a cell that a table shows, and whether it was tried. */
type TableCell = GridCell & Pick<CellRecord, 'notRun'>

/** The part of each matrix to show: the whole table, or the rows and columns with findings. */
export type Shown = 'all' | 'not held'

/**
 * One table per matrix, with actors as rows and operations as columns, and a legend at the end.
 *
 * @param cells in the order of the rows and columns; records from a report are sorted by name.
 * @param shown with `not held` only matrices with findings, with the actors and operations concerned.
 * @returns the text, with a line end; empty if there is nothing to show.
 */
export function tables(cells: readonly TableCell[], style: TerminalStyle, shown: Shown = 'all'): string {
  const signs = new Map<string, Sign>()
  const grids = gridsOf(cells).filter(({ cells: own }) => shown === 'all' || own.some(isConcerned))
  const parts = grids.map((grid) => {
    const part = shown === 'all' ? grid : concerned(grid)
    return [...heading(grid, style), ...body(part, style, signs), ...leftOut(grid, part, style), ''].join('\n')
  })
  if (parts.length === 0) return ''
  const meanings = legend(signs.values(), style).map((line) => paint(style, 'dim', `  ${line}`))
  return [...parts, ...meanings, ''].join('\n')
}

/** A cell that was tried and did not hold. Cells that the target does not let a run try are counted at the end. */
function isConcerned({ verdict, notRun }: TableCell): boolean {
  return verdict !== 'held' && notRun === undefined
}

/** @returns the actors and operations with a cell that did not hold. */
function concerned(grid: Grid<TableCell>): Grid<TableCell> {
  const found = grid.cells.filter(isConcerned)
  const [actors, operations] = [
    new Set(found.map(({ actor }) => actor)),
    new Set(found.map(({ operation }) => operation)),
  ]
  return {
    ...grid,
    actors: grid.actors.filter((actor) => actors.has(actor)),
    operations: grid.operations.filter((operation) => operations.has(operation)),
  }
}

function leftOut(whole: Grid, part: Grid, style: TerminalStyle): string[] {
  const [actors, operations] = [
    whole.actors.length - part.actors.length,
    whole.operations.length - part.operations.length,
  ]
  const parts = [
    ...(actors > 0 ? [`${count(actors)} ${actors === 1 ? 'actor' : 'actors'}`] : []),
    ...(operations > 0 ? [`${count(operations)} ${operations === 1 ? 'operation' : 'operations'}`] : []),
  ]
  return parts.length === 0 ? [] : [paint(style, 'dim', `  without a finding: ${parts.join(', ')}`)]
}

/** A line for each matrix: its name, its number of cells, and its findings. */
export function matrixList(cells: readonly TableCell[], style: TerminalStyle): string {
  const grids = gridsOf(cells)
  const lines = grids.map((grid) => ({
    ...grid,
    name: cut(plain(grid.matrix), Math.min(widestMatrix, style.width - 24), style.unicode),
    number: count(grid.cells.length),
  }))
  const names = Math.max(0, ...lines.map(({ name }) => widthOf(name)))
  const numbers = Math.max(0, ...lines.map(({ number }) => number.length))
  const rows = lines.map(({ name, number, resource, cells: own }) => {
    const mark = verdictMark(worstVerdict(own.map(verdictOf)) ?? 'held', style)
    const unit = own.length === 1 ? 'cell ' : 'cells'
    const start = `  ${mark} ${padEnd(name, names)}  ${number.padStart(numbers)} ${unit}  `
    const rest = own.every(({ verdict }) => verdict === 'held')
      ? paint(style, 'dim', cut(plain(resource), Math.max(1, style.width - widthOf(start)), style.unicode))
      : tally(own, style)
    return `${start}${rest}`
  })
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`
}

/** @returns `1 breach, 308 held`: the verdicts that occur, worst first. */
function tally(cells: Iterable<GridCell>, style: TerminalStyle): string {
  const totals = totalsOf(cells)
  return verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => paint(style, verdictStyles[verdict], `${count(totals[verdict])} ${verdict}`))
    .join(', ')
}

function heading(grid: Grid, style: TerminalStyle): string[] {
  const cells = `${count(grid.cells.length)} ${grid.cells.length === 1 ? 'cell' : 'cells'}`
  const name = `${paint(style, 'bold', plain(grid.matrix))}  ${paint(style, 'dim', plain(grid.resource))}`
  const numbers = `${cells}: ${tally(grid.cells, style)}`
  const line = `${name}  ${numbers}`
  return widthOf(line) <= style.width ? [line] : [name, ...wrap(numbers, style.width - 2).map((part) => `  ${part}`)]
}

function body(grid: Grid, style: TerminalStyle, signs: Map<string, Sign>): string[] {
  if (grid.actors.length > mostActors || grid.operations.length > mostOperations) return counts(grid, style)
  const actorWidth = Math.min(widestActor, Math.max(...grid.actors.map((actor) => widthOf(plain(actor)))))
  const columns = grid.operations.map((operation) => {
    const own = grid.actors.map((actor) => signOf(grid.cell(actor, operation), style))
    for (const sign of own) signs.set(sign.text, sign)
    return { name: plain(operation), widestSign: Math.max(...own.map((sign) => widthOf(sign.text))) }
  })
  const { gap, numbered, blocks } = columnBlocks(columns, style.width - actorWidth - 2)
  const names = numbered ? columns.map(({ name }, index) => `${index + 1} ${name}`) : []
  const frame: Frame = { actorWidth, gap, style }
  return [
    ...flow(names, style.width - 2).map((line) => paint(style, 'dim', `  ${line}`)),
    ...blocks.flatMap((block, index) => [
      ...(index > 0 ? [''] : []),
      ...headerLines(block, frame),
      ...grid.actors.map((actor) => row(grid, actor, block, frame)),
    ]),
  ]
}

interface Frame {
  readonly actorWidth: number
  readonly gap: number
  readonly style: TerminalStyle
}

function headerLines(block: readonly Column[], { actorWidth, gap, style }: Frame): string[] {
  const height = Math.max(...block.map(({ header }) => header.length))
  return Array.from({ length: height }, (_, line) => {
    const words = block.map(({ header, width }) => ' '.repeat(gap) + padEnd(header[line] ?? '', width))
    return paint(style, 'dim', `  ${' '.repeat(actorWidth)}${words.join('')}`.trimEnd())
  })
}

function row(grid: Grid, actor: string, block: readonly Column[], { actorWidth, gap, style }: Frame): string {
  const name = padEnd(cut(plain(actor), actorWidth, style.unicode), actorWidth)
  const cells = block.map(({ index, width }, place) => {
    const sign = signOf(grid.cell(actor, grid.operations[index] ?? ''), style)
    const space = place === block.length - 1 ? 0 : width - widthOf(sign.text)
    return ' '.repeat(gap) + paint(style, sign.style, sign.text) + ' '.repeat(space)
  })
  return `  ${name}${cells.join('')}`
}

/** A matrix that is too large for a screen: only the actors with findings, the worst first, in numbers. */
function counts(grid: Grid, style: TerminalStyle): string[] {
  const rows = [...groupBy(grid.cells, (cell) => cell.actor)]
    .map(([actor, cells]) => ({ actor, cells, worst: worstVerdict(cells.map(verdictOf)) ?? 'held' }))
    .filter(({ worst }) => worst !== 'held')
    .sort((a, b) => severity(a.worst) - severity(b.worst))
  const shown = rows.slice(0, mostRows)
  const width = Math.min(widestActor, Math.max(0, ...shown.map(({ actor }) => widthOf(plain(actor)))))
  const held = grid.actors.length - rows.length
  return [
    `  ${count(grid.actors.length)} actors by ${count(grid.operations.length)} operations, in numbers`,
    ...shown.map(({ actor, cells }) => {
      const name = padEnd(cut(plain(actor), width, style.unicode), width)
      return `  ${name}  ${tally(cells, style)}`
    }),
    ...(rows.length > shown.length ? [`  and ${count(rows.length - shown.length)} more actors with findings`] : []),
    ...(held > 0 ? [paint(style, 'dim', `  ${count(held)} actors: every cell held`)] : []),
  ]
}

function verdictOf(cell: GridCell): Verdict {
  return cell.verdict
}
