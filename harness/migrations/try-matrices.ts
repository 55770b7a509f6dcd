import { setMaxListeners } from 'node:events'
import type { CellRecord, CleanupRecord } from '../model/record.ts'
import { openPartOfRun, type PartialRun, type PartOptions } from '../run/open-part.ts'
import type { MissingCell } from '../run/present-part.ts'
import { openTools } from '../run/tools.ts'
import { tryMatrix } from '../run/try-matrix.ts'

/** What became of matrices on one target. */
export interface Tried {
  /** The run as it was opened; it is closed now. */
  readonly run: PartialRun
  readonly cells: readonly CellRecord[]
  /** Cells that the target has no place for. */
  readonly missing: readonly MissingCell[]
  readonly cleanup: CleanupRecord
}

/**
 * Tries every cell of a workspace's matrices on a target that is open already, through the real paths, and sweeps what
 * it made. The target stays open, the workspace's lock is the caller's.
 *
 * @throws the signal's reason when it is aborted; what was made is swept then too.
 */
export async function tryMatrices(options: PartOptions): Promise<Tried> {
  const run = await openPartOfRun(options)
  let ending: 'whole' | 'broken' = 'broken'
  const cells: CellRecord[] = []
  const signal = options.signal ?? new AbortController().signal
  // Every request of every cell listens.
  setMaxListeners(0, signal)
  try {
    cells.push(...(await runCells(run, signal)))
    ending = 'whole'
  } catch (error) {
    await run.close(ending)
    throw error
  }
  return { run, cells, missing: run.missing, cleanup: await run.close(ending) }
}

async function runCells(run: PartialRun, signal: AbortSignal): Promise<readonly CellRecord[]> {
  const tools = await openTools(run.context)
  const cells: CellRecord[] = []
  try {
    for (const loaded of run.workspace.matrices) {
      signal.throwIfAborted()
      const chosen = loaded.matrix.cells
      await tryMatrix({ run, tools, loaded, chosen, signal, onCell: (record) => cells.push(record) })
    }
    signal.throwIfAborted()
    return cells
  } finally {
    await tools.close()
  }
}
