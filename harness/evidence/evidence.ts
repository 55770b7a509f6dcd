import type { CoverageRecord } from '../model/coverage.ts'
import type { CellRecord, RunRecord, SchemaFact } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'

/** A run with its cells and scenarios: the contents of a report folder. */
export interface Evidence {
  readonly run: RunRecord
  readonly cells: readonly CellRecord[]
  /** The facts of the schema fingerprint; null if the catalog could not be read. */
  readonly schema: readonly SchemaFact[] | null
  /** Each with its history. */
  readonly scenarios: readonly ScenarioResult[]
  /** The reachable objects with what was tried of them; left out if that was not read, as in a run of chosen cells. */
  readonly coverage?: CoverageRecord
}

/** @returns the run's report folder relative to the workspace, with forward slashes. */
export function reportFolder(run: Pick<RunRecord, 'run' | 'target'>): string {
  return `reports/${run.target.alias}/${run.run}`
}
