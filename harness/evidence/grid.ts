import { groupBy } from '../group.ts'
import type { CellRecord } from '../model/record.ts'

/** The fields of a cell that a table needs. */
export type GridCell = Pick<CellRecord, 'matrix' | 'resource' | 'actor' | 'operation' | 'expected' | 'verdict'>

/** The cells of one matrix by actor and operation. */
export interface Grid<Cell extends GridCell = GridCell> {
  readonly matrix: string
  readonly resource: string
  readonly actors: readonly string[]
  readonly operations: readonly string[]
  readonly cells: readonly Cell[]
  cell(actor: string, operation: string): Cell | undefined
}

/** @returns one grid per matrix; matrices, actors and operations in the order in which the cells name them. */
export function gridsOf<Cell extends GridCell>(cells: readonly Cell[]): Grid<Cell>[] {
  const byMatrix = groupBy(cells, (cell) => cell.matrix)
  return [...byMatrix].map(([matrix, own]) => gridOf(matrix, own))
}

function gridOf<Cell extends GridCell>(matrix: string, cells: readonly Cell[]): Grid<Cell> {
  const rows = new Map<string, Map<string, Cell>>()
  for (const cell of cells) {
    const row = rows.get(cell.actor) ?? new Map<string, Cell>()
    rows.set(cell.actor, row.set(cell.operation, cell))
  }
  return {
    matrix,
    resource: cells[0]?.resource ?? '',
    actors: [...rows.keys()],
    operations: mergedOrder([...rows.values()].map((row) => [...row.keys()])),
    cells,
    cell: (actor, operation) => rows.get(actor)?.get(operation),
  }
}

/**
 * Merges the columns of rows that may have gaps (`n/a`) into one order. The row with the most columns begins; a column that
 * another row adds goes behind its left neighbour in that row, or before the next known column.
 */
function mergedOrder(rows: readonly (readonly string[])[]): string[] {
  const order: string[] = []
  const known = new Set<string>()
  for (const row of rows.toSorted((a, b) => b.length - a.length)) {
    if (row.every((name) => known.has(name))) continue
    let position = 0
    for (const [index, name] of row.entries()) {
      if (known.has(name)) {
        position = order.indexOf(name) + 1
        continue
      }
      if (index === 0) {
        const next = row.find((later) => known.has(later))
        position = next === undefined ? order.length : order.indexOf(next)
      }
      order.splice(position, 0, name)
      known.add(name)
      position += 1
    }
  }
  return order
}
