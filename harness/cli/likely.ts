import { suspectsOf } from '../evidence/suspects.ts'
import { madeIn, statementsApplied } from '../migrations/made-in.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'

/** The workspace with its SQL files, and the holes that a run opened. */
export interface Applied {
  readonly root: string
  readonly holes: readonly string[]
}

/**
 * Names the most likely causes of findings, with file and line of the statement that made each. Migrations are parsed only if
 * there is a finding.
 *
 * @returns the same cells in the same order.
 */
export async function withLikelyCauses(
  cells: readonly CellRecord[],
  facts: readonly SchemaFact[],
  { root, holes }: Applied,
): Promise<readonly CellRecord[]> {
  const suspects = new Map(cells.map((cell) => [cell.id, suspectsOf(cell, facts)]))
  const isNeeded = [...suspects.values()].some((some) => some.length > 0)
  const statements = isNeeded ? await statementsApplied(root, holes) : []
  return cells.map((cell) => {
    const likely = (suspects.get(cell.id) ?? []).flatMap(({ text, made }) => {
      const at = madeIn(made, statements)
      return at === null ? [text] : [text, `${at.file}:${at.line}`]
    })
    return likely.length === 0 ? cell : { ...cell, likely }
  })
}
