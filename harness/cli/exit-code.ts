import type { RunRecord } from '../evidence/record.ts'
import { allTotals, exitCode } from '../evidence/totals.ts'

/**
 * The exit code of a command that ends with a report. Beside the cells it counts whether the report is whole and whether
 * the run has left anything behind.
 *
 * @param collected how many cells and scenarios the run set out to try.
 */
export function reportCode(run: RunRecord, collected: number): 0 | 1 | 2 | 3 {
  const { complete, cleanup } = run
  const code = exitCode(allTotals(run), collected)
  return code !== 1 && (!complete || cleanup.left.length > 0) ? 2 : code
}
