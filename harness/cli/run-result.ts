import { TrespassError, WorkspaceProblems } from '../errors.ts'
import type { NotHeld } from '../evidence/not-held.ts'
import { commandFor, scenarioCommand } from '../model/command-line.ts'
import type { RunRecord } from '../model/record.ts'

const schema = 'trespass/result@1'

/** The output of `trespass run --json` for a run that was opened. */
export interface RunResult {
  readonly schema: typeof schema
  /** The exit code of the command. */
  readonly exit: number
  /** The folder of the report, relative to the working directory; null if none was written. */
  readonly report: string | null
  /** The number of cells and scenarios that the run was to try. */
  readonly collected: number
  /** As in `run.json`. */
  readonly run: RunRecord
  /** Every cell and scenario that did not hold, including those that were not run. */
  readonly findings: readonly (Pick<NotHeld, 'kind' | 'id' | 'verdict' | 'because' | 'notRun' | 'at'> & {
    readonly repeat: string
  })[]
  /** Matrices that could not be planned or swept, and errors outside of any cell. */
  readonly failures: readonly string[]
}

export function runResult(ended: {
  readonly run: RunRecord
  readonly collected: number
  readonly code: number
  readonly report: string | null
  readonly notHeld: readonly NotHeld[]
  readonly failures: readonly string[]
}): RunResult {
  const { run, collected, code, report, notHeld, failures } = ended
  const findings = notHeld.map(({ kind, id, verdict, because, notRun, at }) => ({
    kind,
    id,
    verdict,
    because,
    ...(notRun === undefined ? {} : { notRun }),
    at,
    repeat: kind === 'cell' ? commandFor(id, run) : scenarioCommand(id, null, run),
  }))
  return { schema, exit: code, report, collected, run, findings, failures }
}

/** The output of `trespass run --json` if no run was opened. */
export interface FailedResult {
  readonly schema: typeof schema
  readonly exit: number
  readonly error: {
    /** Stable; null for a bug of Trespass. */
    readonly code: string | null
    readonly message: string
    readonly hint?: string
    readonly problems?: WorkspaceProblems['problems']
  }
}

/** @param error without secrets. */
export function failedResult(error: unknown, exit: number): FailedResult {
  if (!(error instanceof TrespassError)) {
    const message = error instanceof Error ? error.message : String(error)
    return { schema, exit, error: { code: null, message } }
  }
  const { code, message, hint } = error
  const problems = error instanceof WorkspaceProblems ? { problems: error.problems } : {}
  return { schema, exit, error: { code, message, ...(hint === undefined ? {} : { hint }), ...problems } }
}
