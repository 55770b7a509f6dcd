import { madeIn, statementsApplied } from '../migrations/made-in.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'
import { suspectsOf } from '../run/suspects.ts'
import type { Likely } from './terminal/findings.ts'

/** The workspace with its SQL files, and the holes that a run opened. */
export interface Applied {
  readonly root: string
  readonly holes: readonly string[]
}

/**
 * Names the most likely causes of findings, with file and line of the statement that made each. Migrations are parsed only if
 * there is a finding.
 */
export async function likelyCauses(
  cells: readonly CellRecord[],
  facts: readonly SchemaFact[],
  { root, holes }: Applied,
): Promise<Likely> {
  const suspects = new Map(cells.map((cell) => [cell.id, suspectsOf(cell, facts)]))
  const isNeeded = [...suspects.values()].some((some) => some.length > 0)
  const statements = isNeeded ? await statementsApplied(root, holes) : []
  return ({ id }) =>
    (suspects.get(id) ?? []).flatMap(({ text, made }) => {
      const at = madeIn(made, statements)
      return at === null ? [text] : [text, `${at.file}:${at.line}`]
    })
}
