import { relative, resolve } from 'node:path'
import type { RunRecords } from '../engine/run-records.ts'
import { type Evidence, reportFolder } from '../evidence/evidence.ts'
import { notHeldIn } from '../evidence/not-held.ts'
import type { Sign } from '../evidence/signature.ts'
import { writeEvidence } from '../evidence/write.ts'
import { coverageTotals } from '../model/coverage.ts'
import type { CellRecord, CleanupRecord, RunRecord, SchemaRecord } from '../model/record.ts'
import { redactor, type Secret } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import type { OpenedRun } from '../run/open-run.ts'
import { runRecord } from '../run/run-record.ts'
import { isWithoutGrant, likelyCause, missingDefaultGrants } from '../run/schema-causes.ts'
import { gitState } from '../workspace/git.ts'
import { inDeclaredOrder } from './declared.ts'
import { reportCode } from './exit-code.ts'
import { reportToGitHub } from './github/step.ts'
import { withLikelyCauses } from './likely.ts'
import type { Output } from './output.ts'
import { explain, print, printCommand, printError, printErrorCommand } from './print.ts'
import { type CoverageWanted, coverageOfRun } from './run-coverage.ts'
import { runResult } from './run-result.ts'
import { closing } from './terminal/closing.ts'
import { resultText } from './terminal/results.ts'
import { version } from './usage.ts'

/** The outcome of a run. */
export interface Outcome {
  readonly root: string
  readonly startedAt: Date
  readonly holes: readonly string[]
  readonly shard: string | null
  readonly chosen: readonly string[]
  /** The signer of the report, and the secrets of its key. */
  readonly sign: Sign | null
  readonly secrets: readonly Secret[]
  readonly opened: OpenedRun
  readonly coverage: CoverageWanted
  readonly output: Output
  readonly records: RunRecords
  /** The number of cells and scenarios that the run was to try. */
  readonly collected: number
  readonly cleanup: CleanupRecord
  /** The exit code of the signal that cancelled the run; null if none did. */
  readonly interrupted: number | null
}

/**
 * Prints the findings of a run, and writes its evidence.
 *
 * @returns the exit code.
 */
export async function report(outcome: Outcome): Promise<number> {
  const { root, opened, records, collected, interrupted } = outcome
  const redact = redactor([...opened.context.secrets, ...outcome.secrets])
  const failures = redact([...records.failures])
  const facts = opened.schema?.facts ?? []
  const schema = opened.schema === null ? null : redact(facts)
  const cells = await withLikelyCauses(
    inDeclaredOrder(records.cells, opened).map((cell) => withCause(cell, facts)),
    schema ?? [],
    { root, holes: outcome.holes },
  )
  const scenarios = records.scenarios.toSorted((one, other) => (one.record.id < other.record.id ? -1 : 1))
  const tried = cells.length + scenarios.length > 0
  const { required, gaps, expired } = outcome.coverage
  const measured = redact(coverageOfRun(opened, cells, gaps))
  const coverage = measured !== null && 'record' in measured ? measured.record : null
  const record: RunRecord = redact(
    runRecord({
      ...outcome,
      coverage: coverage === null ? null : coverageTotals(coverage, required),
      complete: interrupted === null && failures.length === 0,
      git: await gitState(root),
      version: version(),
      cells,
      scenarios: scenarios.map(({ record }) => record),
    }),
  )
  const { output } = outcome
  const written = tried
    ? await whyNotWritten(
        root,
        { run: record, cells, schema, scenarios, ...(coverage === null ? {} : { coverage }) },
        outcome.sign,
      )
    : null
  const missing = missingDefaultGrants(facts, opened.context.target.kind)
  const locked = missing === null ? [] : cells.filter(isWithoutGrant)
  const results = {
    cells,
    scenarios,
    run: record,
    detail: output.detail,
    ...(missing === null ? {} : { explained: { cells: locked, cause: missing } }),
  }
  output.say(resultText(results, output.style))
  for (const text of failures) printError(`trespass: ${text}`)
  // The findings are printed even if the report could not be written.
  const failed = written === null ? null : explain(redactedError(written, redact))
  const folder = relative(process.cwd(), resolve(root, reportFolder(record))) || '.'
  const code = interrupted ?? failed ?? reportCode(record, collected)
  const wrote = tried && failed === null
  const told = wrote ? resolve(root, reportFolder(record)) : null
  // A common cause is printed once, before the findings.
  const limits = record.limits.filter((limit) => locked.length === 0 || limit !== missing)
  const notHeld = notHeldIn({ cells, scenarios })
  const command = output.json ? printErrorCommand : printCommand
  await reportToGitHub({ root, notHeld, report: told, environment: process.env, command })
  const about = { run: { ...record, limits }, collected, code, report: wrote ? folder : null }
  output.say(closing({ ...about, coverage: measured, expired, detail: output.detail }, output.style))
  if (output.json) print(JSON.stringify(redact(runResult({ ...about, notHeld, failures })), null, 2))
  return code
}

function withCause(cell: CellRecord, facts: SchemaRecord['facts']): CellRecord {
  const cause = likelyCause(cell, facts)
  return cause === null ? cell : { ...cell, cause }
}

/** @returns the error of writing the evidence; null if it was written. */
function whyNotWritten(root: string, evidence: Evidence, sign: Sign | null): Promise<unknown> {
  return writeEvidence(root, evidence, sign).then(
    () => null,
    (error: unknown) => error,
  )
}
