import type { RunRecord } from '../model/record.ts'
import { reportsOf } from './find-report.ts'
import { type NotHeld, notHeldIn } from './not-held.ts'
import { projectsDiffer } from './projects.ts'
import { readNotHeld, readRun } from './read.ts'

/** What a run is compared with: the newest older run on the same target that tried all there was to try. */
export interface Baseline {
  readonly run: string
  /** What did not hold then. */
  readonly notHeld: readonly NotHeld[]
}

/** @returns true for a run that set out to try everything and came to its end. */
export function isWhole({ complete, shard, chosen }: Pick<RunRecord, 'complete' | 'shard' | 'chosen'>): boolean {
  return complete && shard === null && chosen === undefined
}

/**
 * @param workspace the workspace's folder.
 * @param run the run that is compared. A shard has nothing to be compared with.
 * @returns null where there is none to compare with.
 * @throws TrespassError of {@link readNotHeld} when the one there is cannot be read or was changed.
 */
export async function baselineOf(workspace: string, run: RunRecord): Promise<Baseline | null> {
  if (run.shard !== null) return null
  for (const { folder, startedAt } of await reportsOf(workspace, [run.target.alias])) {
    if (startedAt >= run.startedAt) continue
    const older = await readRun(folder)
    if (older.target.alias !== run.target.alias || projectsDiffer(older, run)) continue
    if (!isWhole(older) || older.holes.join() !== run.holes.join()) continue
    return { run: older.run, notHeld: notHeldIn(await readNotHeld(folder)) }
  }
  return null
}
