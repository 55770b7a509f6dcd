import { cellId } from '../matrix/plan/plan.ts'
import type { CellRecord } from '../model/record.ts'
import type { Run } from '../run/run.ts'

/** Sorts records as the matrix declares their cells. Cells end in any order. */
export function inDeclaredOrder(records: readonly CellRecord[], { workspace }: Run): readonly CellRecord[] {
  const places = new Map<string, number>()
  for (const { matrix } of workspace.matrices) {
    for (const { actor, operation } of matrix.cells) places.set(cellId(matrix.name, actor, operation), places.size)
  }
  const placeOf = (record: CellRecord): number => places.get(record.id) ?? places.size
  return [...records].sort((one, other) => placeOf(one) - placeOf(other))
}
