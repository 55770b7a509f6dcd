import { setMaxListeners } from 'node:events'
import type { CellRecord, CleanupRecord } from '../model/record.ts'
import { openPartOfRun, type PartialRun, type PartOptions } from '../run/open-part.ts'
import type { MissingCell } from '../run/present-part.ts'
import { openTools } from '../run/tools.ts'
import { tryMatrix } from '../run/try-matrix.ts'

/** The results of matrices on one target. */
export interface Tried {
  /** The run as it was opened; it is closed now. */
  readonly run: PartialRun
  readonly cells: readonly CellRecord[]
  /** Cells that cannot be tried on the target, because their table or column is missing. */
  readonly missing: readonly MissingCell[]
  readonly cleanup: CleanupRecord
}

/**
 * Tries every cell of a workspace's matrices on an open target, through the real paths, and sweeps the objects that it made.
 * The target stays open, and the caller holds the workspace's lock.
 *
 * @throws the signal's reason if it is aborted; the objects are swept in that case too.
 */
export async function tryMatrices(options: PartOptions): Promise<Tried> {
  const run = await openPartOfRun(options)
  let ending: 'whole' | 'broken' = 'broken'
  const cells: CellRecord[] = []
  const signal = options.signal ?? new AbortController().signal
  // Every request of every cell adds a listener.
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
