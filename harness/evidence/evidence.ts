import type { CoverageRecord } from '../model/coverage.ts'
import type { CellRecord, RunRecord, SchemaFact } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'

/** A run with its cells and scenarios: what is written to a report folder and read back from one. */
export interface Evidence {
  readonly run: RunRecord
  readonly cells: readonly CellRecord[]
  /** What the schema fingerprint is made of; null where nobody could read it. */
  readonly schema: readonly SchemaFact[] | null
  /** Each with everything that happened in it. */
  readonly scenarios: readonly ScenarioResult[]
  /** What of everything reachable was tried; left out where that was not read, as in a run of chosen cells. */
  readonly coverage?: CoverageRecord
}

/** @returns the run's report folder relative to the workspace, with forward slashes. */
export function reportFolder(run: Pick<RunRecord, 'run' | 'target'>): string {
  return `reports/${run.target.alias}/${run.run}`
}
