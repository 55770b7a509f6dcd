import { type Parts, populated, type Run } from './open-run.ts'
import { openWitness } from './open-witness.ts'
import { type MissingCell, presentPart } from './present-part.ts'

/** A run of what a target has a place for. */
export interface PartialRun extends Run {
  /** What it has no place for: those cells are not in the run's workspace. */
  readonly missing: readonly MissingCell[]
}

/**
 * Opens a run on a target that is open already and keeps it open: what the target has no place for is left out and
 * named. The workspace's lock is the caller's.
 *
 * @throws TrespassError of the room that found what is wrong.
 */
export async function openPartOfRun(parts: Parts): Promise<PartialRun> {
  const { target } = parts.opened
  const witness = await openWitness(target)
  try {
    const [catalog, schema] = await Promise.all([witness.catalog(), witness.schema()])
    const { workspace, missing, unmade } = await presentPart(parts.workspace, catalog, target)
    const opened = { ...parts.opened, close: () => Promise.resolve() }
    return { ...(await populated({ ...parts, opened, workspace, unmade }, witness, catalog, schema)), missing }
  } catch (error) {
    await witness.close()
    throw error
  }
}
