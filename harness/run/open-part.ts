import type { LoadedWorkspace } from '../matrix/load.ts'
import { openWitness } from './open-witness.ts'
import { populated } from './populate.ts'
import { type MissingCell, presentPart } from './present-part.ts'
import type { Run, RunParts } from './run.ts'

/** The workspace, the configuration and the target of a partial run. */
export interface PartOptions extends Pick<RunParts, 'root' | 'config' | 'opened' | 'concurrency' | 'onProgress'> {
  /** With the matrices that are to be tried. */
  readonly workspace: LoadedWorkspace
  readonly signal?: AbortSignal | undefined
}

/** A run of the cells whose relations and functions a target has. */
export interface PartialRun extends Run {
  /** The other cells: they are not in the run's workspace. */
  readonly missing: readonly MissingCell[]
}

/**
 * Opens a run on a target that is open already and keeps it open. Cells that the target lacks relations or functions for are left
 * out and named. The caller holds the workspace's lock.
 *
 * @throws TrespassError of the room that found the fault.
 */
export async function openPartOfRun({ signal, ...options }: PartOptions): Promise<PartialRun> {
  const { target } = options.opened
  const witness = await openWitness(target)
  try {
    const [catalog, schema] = await Promise.all([witness.catalog(), witness.schema()])
    const { workspace, missing, unmade } = await presentPart(options.workspace, catalog, target)
    const declared = { workspace, scenarios: [], files: workspace.files }
    const opened = { ...options.opened, close: () => Promise.resolve() }
    const quiet = { onNote: () => undefined, onNamed: () => undefined, rounds: null }
    const parts: RunParts = { ...options, ...quiet, opened, declared, unmade, signal }
    return { ...(await populated(parts, witness, catalog, schema)), missing }
  } catch (error) {
    await witness.close()
    throw error
  }
}
