import type { RunRecord } from '../model/record.ts'
import { reportsOf } from './find-report.ts'
import { type NotHeld, notHeldIn } from './not-held.ts'
import { projectsDiffer } from './projects.ts'
import { readNotHeld, readRun } from './read.ts'

/** The newest older run on the same target that tried all cells and scenarios. A run is compared with it. */
export interface Baseline {
  readonly run: string
  /** The findings of that run. */
  readonly notHeld: readonly NotHeld[]
}

/** @returns true for a run of all cells and scenarios that completed. */
export function isWhole({ complete, shard, chosen }: Pick<RunRecord, 'complete' | 'shard' | 'chosen'>): boolean {
  return complete && shard === null && chosen === undefined
}

/**
 * @param workspace the workspace's folder.
 * @param run the run to compare. A shard has no baseline.
 * @returns null if there is no baseline.
 * @throws TrespassError of {@link readNotHeld} if the baseline cannot be read or was changed.
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
