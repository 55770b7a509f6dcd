import type { CellRecord } from '../model/record.ts'
import type { Verdict } from '../model/verdict.ts'
import { severity } from '../verdict/severity.ts'

/**
 * Cells that went wrong in the same way: one operation, one verdict, the same answer and the same effect. Undecided cells of
 * one operation belong together, whatever their results.
 */
export interface Cause {
  readonly verdict: Verdict
  /** The cell that reports show in full. */
  readonly first: CellRecord
  /** The other cells: the same cause with other actors. */
  readonly others: readonly CellRecord[]
}

/**
 * Groups cells that did not hold by their cause, so that reports show one hole once, however many actors can use it.
 *
 * @param cells in the order of the report; cells that held or were not run are left out.
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
 * @returns a key that is equal for cells that went wrong in the same way, within a run and between runs. It leaves out the
 *   actor and every value that may hold a row's id.
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

/** The key that older versions, which did not try undecided cells, wrote. Keeping it makes their reports comparable. */
function undecidedKey(matrix: string, operation: string): string {
  return JSON.stringify([matrix, operation, 'undecided', null, 'define', ...Array(10).fill(null)])
}
