import { basename, dirname, join, resolve } from 'node:path'
import { byId } from '../canonical.ts'
import { TrespassError } from '../errors.ts'
import { findReport, reportsOf } from '../evidence/find-report.ts'
import { isOfAnother } from '../evidence/projects.ts'
import { readRun } from '../evidence/read.ts'
import { type Verification, verifyReport } from '../evidence/verify.ts'
import { groupBy } from '../group.ts'
import type { RunRecord } from '../model/record.ts'
import type { KnownSchema, Side, TestedRun } from './model.ts'

/** The criteria for the runs of an entry. */
export interface Choice {
  /** The workspace's folder. */
  readonly root: string
  readonly alias: string
  /** The digest of the project that the alias means now; null if it is not known. */
  readonly project: string | null
  /** ISO 8601, UTC. */
  readonly appliedAt: string
  /** The reports that were named; each counts for the side of the application on which its run lies. */
  readonly named: readonly string[]
}

/**
 * Finds the runs that count for an application, and verifies their reports: those that are named, and otherwise the newest
 * reports of the target before and after. Reports of shards are skipped, since a merged report includes them, and so are those
 * of another project that had the alias before.
 *
 * @throws TrespassError `report-not-sound`, `report-misplaced`, `report-of-another-project`, `too-many-reports`, and the errors
 *   of reading a report.
 */
export async function sidesOf(choice: Choice): Promise<{ readonly before: Side; readonly after: Side }> {
  const { root, alias, project, appliedAt } = choice
  const named = await Promise.all(choice.named.map(async (name) => soundReport(root, await findReport(root, name))))
  for (const { run } of named) if (run.target.alias === alias) refuseOtherProject(run, project)
  const early = named.filter((one) => endedBefore(one.run, appliedAt))
  const late = named.filter((one) => !early.includes(one))
  const [before, after] = [oneOf(early, 'before'), oneOf(late, 'after')]
  const known = await knownRuns(choice)
  return {
    before: { tested: before ?? (await tested(root, known.before)), newest: known.schemaBefore },
    after: { tested: after ?? (await tested(root, known.after)), newest: known.schema },
  }
}

/** The facts about a run that an entry contains, from its verified report. */
export function testedRun({ evidence, digest, signedBy }: Verification): TestedRun {
  const byPath = groupBy(evidence.cells, ({ path }) => path)
  const paths = [...byPath].map(([path, cells]) => ({ path, cells: cells.length }))
  const scenarios = evidence.scenarios.map(
    ({
      record: {
        id,
        verdict,
        notRun,
        overlap: { asked, reached },
      },
    }) => {
      return { id, verdict, ...(notRun === undefined ? {} : { notRun }), overlap: { asked, reached } }
    },
  )
  return {
    run: evidence.run,
    digest,
    paths: paths.sort((a, b) => (a.path < b.path ? -1 : 1)),
    scenarios: byId(scenarios),
    signedBy,
  }
}

/**
 * @param project the digest of the target's project; null if it is not known.
 * @returns the newest schema fingerprint among the runs on the target that had ended by the given time.
 */
export async function newestSchema(
  root: string,
  { alias, project }: Pick<Choice, 'alias' | 'project'>,
  by: string,
): Promise<KnownSchema | null> {
  for (const { folder } of await reportsOf(root, [alias])) {
    const run = await runOf(root, folder)
    if (isOfAnother(run, project)) continue
    if (run.finishedAt <= by && run.schemaFingerprint !== null) return schemaOf(run)
  }
  return null
}

interface Known {
  /** The folder of the newest report that may count for the side. */
  readonly before: string | null
  readonly after: string | null
  readonly schemaBefore: KnownSchema | null
  readonly schema: KnownSchema | null
}

/** Reads reports from the newest on, and only as far back as needed. */
async function knownRuns({ root, alias, project, appliedAt }: Choice): Promise<Known> {
  let before: string | null = null
  let after: string | null = null
  let schemaBefore: KnownSchema | null = null
  let schema: KnownSchema | null = null
  for (const { folder, startedAt } of await reportsOf(root, [alias])) {
    if (before !== null && schemaBefore !== null) break
    const run = await runOf(root, folder)
    if (isOfAnother(run, project)) continue
    const [ended, whole] = [endedBefore(run, appliedAt), run.shard === null]
    schema ??= schemaOf(run)
    if (ended) schemaBefore ??= schemaOf(run)
    if (ended && whole) before ??= folder
    if (startedAt >= appliedAt && whole) after ??= folder
  }
  return { before, after, schemaBefore, schema }
}

function schemaOf({ run, schemaFingerprint }: RunRecord): KnownSchema | null {
  return schemaFingerprint === null ? null : { run, fingerprint: schemaFingerprint }
}

async function tested(root: string, folder: string | null): Promise<TestedRun | null> {
  return folder === null ? null : soundReport(root, folder)
}

async function soundReport(root: string, folder: string): Promise<TestedRun> {
  const verification = await verifyReport(folder)
  const { run } = verification.evidence
  refuseMisplaced(root, folder, run)
  const { problems } = verification
  if (problems.length === 0) return testedRun(verification)
  const shown = problems.slice(0, 5).join('\n  ')
  throw new TrespassError('report-not-sound', `the report of ${run.run} is not as it was written:\n  ${shown}`, {
    hint: 'Fetch the report again from where it was kept. Nothing was written.',
  })
}

async function runOf(root: string, folder: string): Promise<RunRecord> {
  const run = await readRun(folder)
  refuseMisplaced(root, folder, run)
  return run
}

/** Refuses a report of another target in the folder of this one: it was moved by mistake, or tampered with. */
function refuseMisplaced(root: string, folder: string, { run, target }: RunRecord): void {
  const among = dirname(resolve(folder))
  if (dirname(among) !== resolve(join(root, 'reports')) || basename(among) === target.alias) return
  const message = `found the report of ${run} on ${target.alias} among those of ${basename(among)}`
  throw new TrespassError('report-misplaced', `${message}, expected reports/${target.alias}`, {
    hint: 'What one project allows says nothing about another. Nothing was written.',
  })
}

function refuseOtherProject(run: RunRecord, project: string | null): void {
  if (!isOfAnother(run, project)) return
  const { alias } = run.target
  throw new TrespassError('report-of-another-project', `${alias} was another project in ${run.run} than it is now`, {
    hint: 'What one project allows says nothing about another. Nothing was written.',
  })
}

function endedBefore({ finishedAt }: RunRecord, appliedAt: string): boolean {
  return finishedAt <= appliedAt
}

function oneOf(some: readonly TestedRun[], when: 'before' | 'after'): TestedRun | undefined {
  const [first, ...more] = some
  if (more.length === 0) return first
  const ids = some.map(({ run }) => run.run).join(', ')
  throw new TrespassError('too-many-reports', `found ${some.length} reports of runs ${when} the application: ${ids}`, {
    hint: 'One run speaks for the time before and one for the time after: name at most one of each.',
  })
}
