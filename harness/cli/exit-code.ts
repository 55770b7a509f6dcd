import { allTotals, exitCode } from '../evidence/totals.ts'
import type { RunRecord } from '../model/record.ts'

/**
 * The exit code of a command that ends with a report. Beside the cells it counts whether the report is whole and whether
 * the run has left anything behind, and whether it tried what it was required to.
 *
 * @param collected how many cells and scenarios the run set out to try.
 */
export function reportCode(run: RunRecord, collected: number): 0 | 1 | 2 | 3 {
  const { complete, cleanup, shard } = run
  const code = exitCode(allTotals(run), collected)
  // What a broken run or a shard did not try says nothing about the matrices.
  if (complete && shard === null && code !== 2 && (run.coverage?.missing ?? 0) > 0) return 1
  return code !== 1 && (!complete || cleanup.left.length > 0) ? 2 : code
}
