import type { CellRecord, Layout } from '../../model/record.ts'
import { severity } from '../../verdict/severity.ts'
import { type Grid, gridsOf } from '../grid.ts'

/** The cells of a report in the order of the page. */
export interface Arrangement {
  /** Those with findings first, the worst before the others; then as their files are ordered. */
  readonly grids: readonly Grid<CellRecord>[]
  readonly cells: readonly CellRecord[]
  /** The place of each cell in `cells`, by its id. */
  readonly numbers: ReadonlyMap<string, number>
}

/** @param layout without it, the order of the cells stays. */
export function arrange(cells: readonly CellRecord[], layout: Layout | undefined): Arrangement {
  const grids = gridsOf(layout === undefined ? cells : inLayout(cells, layout))
    .map((grid) => withOperations(grid, layout))
    .toSorted((one, other) => worstOf(one) - worstOf(other))
  const arranged = grids.flatMap((grid) => grid.cells)
  return { grids, cells: arranged, numbers: new Map(arranged.map(({ id }, number) => [id, number])) }
}

function inLayout(cells: readonly CellRecord[], { actors, matrices }: Layout): readonly CellRecord[] {
  const matrixOf = orderOf(matrices.map(({ matrix }) => matrix))
  const actorOf = orderOf(actors)
  const operationsOf = new Map(matrices.map(({ matrix, operations }) => [matrix, orderOf(operations)]))
  const operationOf = ({ matrix, operation }: CellRecord) => operationsOf.get(matrix)?.(operation) ?? 0
  return cells.toSorted(
    (a, b) =>
      matrixOf(a.matrix) - matrixOf(b.matrix) || actorOf(a.actor) - actorOf(b.actor) || operationOf(a) - operationOf(b),
  )
}

/** A row has gaps where a combination is `n/a`, so the rows alone do not show the order of the columns. */
function withOperations(grid: Grid<CellRecord>, layout: Layout | undefined): Grid<CellRecord> {
  const declared = layout?.matrices.find(({ matrix }) => matrix === grid.matrix)?.operations
  if (declared === undefined) return grid
  const place = orderOf(declared)
  return { ...grid, operations: grid.operations.toSorted((a, b) => place(a) - place(b)) }
}

/** Names that are not among them come last. */
function orderOf(names: readonly string[]): (name: string) => number {
  const places = new Map(names.map((name, index) => [name, index]))
  return (name) => places.get(name) ?? names.length
}

function worstOf({ cells }: Grid<CellRecord>): number {
  return Math.min(...cells.map(({ verdict }) => severity(verdict)))
}
