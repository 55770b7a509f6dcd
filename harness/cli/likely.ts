import { madeIn, statementsApplied } from '../migrations/made-in.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'
import { suspectsOf } from '../run/suspects.ts'
import type { Likely } from './terminal/findings.ts'

/** Where the SQL of a workspace lies, and what of it a run applied. */
export interface Applied {
  readonly root: string
  readonly holes: readonly string[]
}

/**
 * Names what most likely let cells go wrong, with file and line of the statement that made it. Migrations are parsed only
 * where there is something to name.
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
