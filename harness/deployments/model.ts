import type { RunRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import type { RecordedReview } from './reviews.ts'

/** The result of applying a migration, as stated by the person that applied it. */
export const results = ['applied', 'failed-partial', 'corrected'] as const
type Result = (typeof results)[number]

/** A migration as it was committed. */
export interface Migration {
  /** Relative to the workspace: `supabase/migrations/20260202090000_invoices.sql`. */
  readonly file: string
  /** The commit that changed it last. */
  readonly revision: string
  /** SHA-256 of the committed bytes, in lower-case hex. */
  readonly sha256: string
}

/** The statement of a person, each field on one line. */
export interface Statement {
  readonly appliedBy: string
  /** ISO 8601, UTC. */
  readonly appliedAt: string
  readonly method: string
  readonly result: Result
  /** The observations; null if only a follow-up is named. */
  readonly deviations: string | null
  readonly followUp: Migration | null
}

/** A run whose report was verified. */
export interface TestedRun {
  readonly run: RunRecord
  /** SHA-256 of the manifest of its report. */
  readonly digest: string
  /** The number of cells of each access path, sorted by path. */
  readonly paths: readonly { readonly path: string; readonly cells: number }[]
  /** Sorted by id. */
  readonly scenarios: readonly TestedScenario[]
  /** The thumbprint (RFC 7638) of the key that signed the manifest; null if it is not signed. */
  readonly signedBy: string | null
}

/** The fields of a scenario that a record contains. */
export type TestedScenario = Pick<ScenarioRecord, 'id' | 'verdict' | 'notRun'> & {
  readonly overlap: Pick<ScenarioRecord['overlap'], 'asked' | 'reached'>
}

/** A schema fingerprint, with the run that read it. */
export interface KnownSchema {
  readonly run: string
  readonly fingerprint: string
}

/** One side of an application: the run that counts for it, and the newest schema that was known then. */
export interface Side {
  readonly tested: TestedRun | null
  /** From any run on the target: before the application, or at all. Null if no run could read the schema. */
  readonly newest: KnownSchema | null
}

/** The facts that decide whether a check is completed. */
export interface Tested {
  readonly alias: string
  readonly appliedAt: string
  readonly result: Result
  readonly before: Side
  readonly after: Side
}

/** One entry of a deployment record, before it is formatted. */
export interface Deployment extends Tested {
  readonly migration: Migration
  readonly said: Statement
  /** Empty where none was given. */
  readonly reviews: readonly RecordedReview[]
}
