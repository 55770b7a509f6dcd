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
import { tellGitHub } from './github/step.ts'
import { aside, explain, say } from './print.ts'
import { type CoverageWanted, coverageOfRun } from './run-coverage.ts'
import { closing } from './terminal/closing.ts'
import { findings } from './terminal/findings.ts'
import { lookOf } from './terminal/look.ts'
import { scenarioTable } from './terminal/scenarios.ts'
import { tables } from './terminal/table.ts'
import { version } from './usage.ts'

/** What a run has come to. */
export interface Outcome {
  readonly root: string
  readonly startedAt: Date
  readonly holes: readonly string[]
  readonly shard: string | null
  readonly chosen: readonly string[]
  /** What signs the report, and what must not be shown of its key. */
  readonly sign: Sign | null
  readonly secrets: readonly Secret[]
  readonly opened: OpenedRun
  readonly coverage: CoverageWanted
  readonly records: RunRecords
  /** How many cells and scenarios the run set out to try. */
  readonly collected: number
  readonly cleanup: CleanupRecord
  /** The exit code of the signal that broke the run off, else null. */
  readonly interrupted: number | null
}

/**
 * Prints what a run has found, and writes its evidence.
 *
 * @returns the exit code.
 */
export async function report(outcome: Outcome): Promise<number> {
  const { root, opened, records, collected, interrupted } = outcome
  const redact = redactor([...opened.context.secrets, ...outcome.secrets])
  const failures = redact([...records.failures])
  const facts = opened.schema?.facts ?? []
  const cells = inDeclaredOrder(records.cells, opened).map((cell) => withCause(cell, facts))
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
  const schema = opened.schema === null ? null : redact(opened.schema.facts)
  const look = lookOf(process.env, process.stdout)
  const written = tried
    ? await whyNotWritten(
        root,
        { run: record, cells, schema, scenarios, ...(coverage === null ? {} : { coverage }) },
        outcome.sign,
      )
    : null
  if (cells.length > 0) say(tables(cells, look))
  if (scenarios.length > 0) say(scenarioTable(scenarios, look))
  const missing = missingDefaultGrants(facts, opened.context.target.kind)
  const locked = missing === null ? [] : cells.filter(isWithoutGrant)
  if (locked.length > 0)
    say(`${locked.length} ${locked.length === 1 ? 'finding has' : 'findings have'} one cause: ${missing}\n`)
  const found = findings(
    cells.filter((cell) => !locked.includes(cell)),
    record,
    look,
  )
  if (found !== '') say(found)
  for (const text of failures) aside(`trespass: ${text}`)
  // What was found is said also where it could not be written down.
  const failed = written === null ? null : explain(redactedError(written, redact))
  const folder = relative(process.cwd(), resolve(root, reportFolder(record))) || '.'
  const code = interrupted ?? failed ?? reportCode(record, collected)
  const wrote = tried && failed === null
  const told = wrote ? resolve(root, reportFolder(record)) : null
  // The cause is printed once, before the findings.
  const limits = record.limits.filter((limit) => locked.length === 0 || limit !== missing)
  await tellGitHub({ root, notHeld: notHeldIn({ cells, scenarios }), report: told, environment: process.env })
  say(
    closing(
      { run: { ...record, limits }, collected, code, report: wrote ? folder : null, coverage: measured, expired },
      look,
    ),
  )
  return code
}

function withCause(cell: CellRecord, facts: SchemaRecord['facts']): CellRecord {
  const cause = likelyCause(cell, facts)
  return cause === null ? cell : { ...cell, cause }
}

/** @returns null when the evidence is on the disk, whole. */
function whyNotWritten(root: string, evidence: Evidence, sign: Sign | null): Promise<unknown> {
  return writeEvidence(root, evidence, sign).then(
    () => null,
    (error: unknown) => error,
  )
}
