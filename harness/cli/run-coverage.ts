import { measure } from '../coverage/measure.ts'
import { attemptedCells, trialsOf } from '../coverage/trials.ts'
import { readAcceptedGaps } from '../evidence/accepted.ts'
import type { AcceptedGapRecord, CoverageRecord, Requirement } from '../model/coverage.ts'
import type { CellRecord } from '../model/record.ts'
import { paths } from '../paths/registry.ts'
import type { OpenedRun } from '../run/open-run.ts'

/** The requirements on a run's coverage. */
export interface CoverageWanted {
  readonly required: readonly Requirement[]
  readonly gaps: readonly AcceptedGapRecord[]
  /** Gaps whose day has passed; they count again. */
  readonly expired: readonly AcceptedGapRecord[]
}

/** The coverage of a run, or why it is not known. */
export type RunCoverage = { readonly record: CoverageRecord } | { readonly unknown: string }

/** @throws TrespassError `accepted-broken` */
export async function coverageWanted(root: string, required: readonly Requirement[]): Promise<CoverageWanted> {
  const { valid, expired } = await readAcceptedGaps(root, new Date().toISOString().slice(0, 10))
  return { required, gaps: valid, expired }
}

/** @param cells the cells that the run tried. @returns null if only some cells were chosen. */
export function coverageOfRun(
  { inventory, workspace }: Pick<OpenedRun, 'inventory' | 'workspace'>,
  cells: readonly CellRecord[],
  gaps: readonly AcceptedGapRecord[],
): RunCoverage | null {
  if (inventory === null) return null
  if ('failure' in inventory) return { unknown: inventory.failure }
  const matrices = workspace.matrices.map(({ matrix }) => matrix)
  const attempted = attemptedCells(cells)
  const trials = trialsOf(matrices, workspace.roster, paths, (cell) => attempted.has(cell))
  return { record: measure(inventory, trials, gaps) }
}
