import { TrespassError } from '../errors.ts'
import type { RunRecord } from '../model/record.ts'
import type { AnyChange } from './accepted.ts'
import { isWhole } from './baseline.ts'
import { changesBetween } from './diff.ts'
import type { Evidence } from './evidence.ts'
import { type Found, reportsOf } from './find-report.ts'
import { projectsDiffer } from './projects.ts'
import { readEvidence, readRun } from './read.ts'
import { scenarioChangesBetween } from './scenario-diff.ts'

/** What the page shows of one run among others. */
export type PastRun = Pick<
  RunRecord,
  'run' | 'startedAt' | 'totals' | 'scenarios' | 'complete' | 'shard' | 'chosen' | 'holes'
>

/** The runs before one on the same target, and what has changed since. */
export interface Past {
  /** Oldest first, without the run itself. */
  readonly runs: readonly PastRun[]
  /** Null where no older run can be compared; a sentence where the report of one cannot be read. */
  readonly since: Since | string | null
}

export interface Since {
  readonly run: PastRun
  readonly changes: readonly AnyChange[]
}

/** The run itself is the thirtieth. */
const runsBefore = 29

/**
 * Reads the older reports of a target. A run is compared with the newest that tried everything and opened the same holes;
 * one that opened holes is compared with a run without any where there is none with the same.
 *
 * @param workspace the workspace's folder.
 */
export async function pastOf(
  workspace: string,
  { run, cells, scenarios }: Pick<Evidence, 'run' | 'cells' | 'scenarios'>,
): Promise<Past> {
  const older = await runsOlderThan(run, await reportsOf(workspace, [run.target.alias]))
  const runs = older.slice(0, runsBefore).map((one) => one.run)
  const found = run.shard === null ? comparable(run, older) : undefined
  return {
    runs: runs.toReversed(),
    since: found === undefined ? null : await compared(found, { run, cells, scenarios }),
  }
}

interface Older {
  readonly folder: string
  readonly run: RunRecord
}

/** A report that cannot be read is left out: `verify` names it. */
async function runsOlderThan(run: RunRecord, reports: readonly Found[]): Promise<readonly Older[]> {
  const older: Older[] = []
  for (const { folder, startedAt } of reports) {
    if (startedAt >= run.startedAt) continue
    const read = await readRun(folder).catch(unreadable)
    if (read !== null && read.target.alias === run.target.alias && !projectsDiffer(read, run)) {
      older.push({ folder, run: read })
    }
    if (older.length >= runsBefore && comparable(run, older) !== undefined) break
  }
  return older
}

function unreadable(error: unknown): null {
  if (error instanceof TrespassError) return null
  throw error
}

function comparable(run: RunRecord, older: readonly Older[]): Older | undefined {
  const whole = older.filter((one) => isWhole(one.run))
  const same = whole.find((one) => one.run.holes.join() === run.holes.join())
  return same ?? (run.holes.length > 0 ? whole.find((one) => one.run.holes.length === 0) : undefined)
}

async function compared(
  { folder, run: older }: Older,
  { run, cells, scenarios }: Pick<Evidence, 'run' | 'cells' | 'scenarios'>,
): Promise<Since | string> {
  try {
    const before = await readEvidence(folder)
    const records = (all: Evidence['scenarios']) => all.map(({ record }) => record)
    const changes = [
      ...changesBetween(before.cells, cells),
      ...scenarioChangesBetween(records(before.scenarios), records(scenarios)),
    ]
    // A run of chosen cells, or one that was interrupted, has not lost the others.
    return { run: older, changes: isWhole(run) ? changes : changes.filter(({ newer }) => newer !== null) }
  } catch (error) {
    if (error instanceof TrespassError) return error.message
    throw error
  }
}
