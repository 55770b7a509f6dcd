import type { CellRecord } from '../model/record.ts'
import type { Verdict } from '../model/verdict.ts'
import { severity } from '../verdict/severity.ts'

/**
 * Cells that went wrong in the same way: one operation, one verdict, the same answer and the same effect. Undecided cells of
 * one operation belong together whatever each of them showed.
 */
export interface Cause {
  readonly verdict: Verdict
  /** The cell that is told in full. */
  readonly first: CellRecord
  /** The others: the same story as other actors. */
  readonly others: readonly CellRecord[]
}

/**
 * Groups what did not hold, so that one hole seen by forty actors is told once.
 *
 * @param cells in the order in which they are to be told; cells that held or were not run are left out.
 * @returns worst verdict first, otherwise in the order of their first cells.
 */
export function causesOf(cells: Iterable<CellRecord>): Cause[] {
  const groups = new Map<string, { readonly first: CellRecord; readonly others: CellRecord[] }>()
  for (const cell of cells) {
    if (cell.verdict === 'held' || cell.notRun !== undefined) continue
    const key = causeKey(cell)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: cell, others: [] })
    else group.others.push(cell)
  }
  return [...groups.values()]
    .map((group) => ({ verdict: group.first.verdict, ...group }))
    .sort((a, b) => severity(a.verdict) - severity(b.verdict))
}

/**
 * @returns a text that is equal for cells which went wrong in the same way, in one run and in the next: the actor is left
 *   out, and so is everything that may hold a row's id.
 */
export function causeKey({
  matrix,
  operation,
  verdict,
  denial,
  expected,
  outcome,
  effect,
  control,
}: CellRecord): string {
  if (verdict === 'undecided') return undecidedKey(matrix, operation)
  return JSON.stringify([
    matrix,
    operation,
    verdict,
    denial,
    expected.decision,
    outcome?.status,
    outcome?.code,
    outcome?.face,
    outcome?.meaning.kind,
    outcome?.reading?.seen?.length,
    effect?.kind,
    control?.by,
    control?.outcome.status,
    control?.outcome.code,
    control?.effect.kind,
  ])
}

/** The text that versions wrote which did not try undecided cells, so that a report is compared with older ones. */
function undecidedKey(matrix: string, operation: string): string {
  return JSON.stringify([matrix, operation, 'undecided', null, 'define', ...Array(10).fill(null)])
}
