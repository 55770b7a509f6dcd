import type { Rounds, RunContext } from '../cells/context.ts'
import type { ConcurrencyRange } from '../limits/concurrency-limit.ts'
import type { CleanupRecord, SchemaRecord } from '../model/record.ts'
import type { OpenTarget } from '../model/target.ts'
import type { Config } from '../workspace/config.ts'
import type { Declared } from './load-files.ts'

/** The parts that a run is opened from, once its target is open. */
export interface RunParts {
  readonly root: string
  readonly config: Config
  readonly declared: Declared
  readonly rounds: Rounds | null
  readonly opened: OpenTarget
  readonly concurrency: ConcurrencyRange
  readonly onProgress: (text: string) => void
  readonly onNote: (text: string) => void
  readonly onNamed: (run: string, alias: string) => void
  readonly signal: AbortSignal | undefined
  /** Rows of the world that the target has no place for, by name, each with why. */
  readonly unmade?: RunContext['unmade']
  /** The names of the holes that were opened; left out for none. */
  readonly holes?: readonly string[]
  readonly oldDefaultGrants?: boolean
}

/** A run whose target is open, whose actors are signed in and whose world is made. */
export interface Run extends Declared {
  readonly context: RunContext
  /** Null without a database URL. */
  readonly schema: SchemaRecord | null
  /** True when the sandbox grants new tables to the API roles because a flag of the run asked for it. */
  readonly oldDefaultGrants?: boolean
  /**
   * @returns true when the target still has the schema that the run was opened on; the parts that only the database shows are not
   *   compared where it cannot be read.
   */
  isCurrent(): Promise<boolean>
  /**
   * Sweeps what the run made, then closes the target. The record and the journal name what remains.
   *
   * @param ending `whole` when every cell was tried and none failed in Trespass itself: only then are users as they were, and
   *   those that the target keeps wait for the next run.
   */
  close(ending: 'whole' | 'broken'): Promise<CleanupRecord>
}
