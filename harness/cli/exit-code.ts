import { allTotals, exitCode } from '../evidence/totals.ts'
import type { RunRecord } from '../model/record.ts'

/**
 * The exit code of a command that ends with a report. In addition to the cells it considers whether the report is whole,
 * whether leftover objects remain, and whether the required coverage was reached.
 *
 * @param collected the number of cells and scenarios that the run was to try.
 */
export function reportCode(run: RunRecord, collected: number): 0 | 1 | 2 | 3 {
  const { complete, cleanup, shard } = run
  const code = exitCode(allTotals(run), collected)
  // Missing coverage of a cancelled run or a shard says nothing about the matrices.
  if (complete && shard === null && code !== 2 && (run.coverage?.missing ?? 0) > 0) return 1
  return code !== 1 && (!complete || cleanup.left.length > 0) ? 2 : code
}
