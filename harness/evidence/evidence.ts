import type { CellRecord, RunRecord, SchemaFact } from './record.ts'

/** A run with its cells: what is written to a report folder and read back from one. */
export interface Evidence {
  readonly run: RunRecord
  readonly cells: readonly CellRecord[]
  /** What the schema fingerprint is made of; null where nobody could read it. */
  readonly schema: readonly SchemaFact[] | null
}

/** @returns the run's report folder relative to the workspace, with forward slashes. */
export function reportFolder(run: Pick<RunRecord, 'run' | 'target'>): string {
  return `reports/${run.target.alias}/${run.run}`
}
