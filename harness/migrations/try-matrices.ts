import { setMaxListeners } from 'node:events'
import { MatrixRunner } from '../cells/runner.ts'
import type { CellRecord, CleanupRecord } from '../evidence/record.ts'
import { openJournal } from '../fixtures/journal.ts'
import { planMatrix } from '../matrix/plan/plan.ts'
import { paths } from '../paths/registry.ts'
import { openChangeReading } from '../run/change-reading.ts'
import { openPartOfRun, type PartialRun, type PartOptions } from '../run/open-part.ts'
import { openWitness } from '../run/open-witness.ts'
import type { MissingCell } from '../run/present-part.ts'

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
 * it made. No test runner is involved. The target stays open, the workspace's lock is the caller's.
 *
 * @throws the signal's reason when it is aborted; what was made is swept then too.
 */
export async function tryMatrices(options: PartOptions): Promise<Tried> {
  const run = await openPartOfRun(options)
  let ending: 'whole' | 'broken' = 'broken'
  const cells: CellRecord[] = []
  const signal = options.signal ?? new AbortController().signal
  // Every cell listens.
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

async function runCells({ context, workspace }: PartialRun, signal: AbortSignal): Promise<readonly CellRecord[]> {
  const witness = await openWitness(context.target)
  const journal = openJournal({ workspace: context.root, run: context.runId, alias: context.target.alias })
  const absent = new Set(Object.keys(context.absent))
  const traffic = new Map()
  const changes = await openChangeReading(context)
  const cells: CellRecord[] = []
  try {
    for (const { matrix } of workspace.matrices) {
      signal.throwIfAborted()
      const plan = planMatrix(matrix, workspace.roster, context.catalog, paths, absent)
      const runner = new MatrixRunner(plan, context, { witness, journal, traffic, changes })
      await runner.prepare(plan.cells)
      const tried = await Promise.allSettled(plan.cells.map((cell) => runner.run(cell, signal)))
      await runner.finish()
      signal.throwIfAborted()
      cells.push(...tried.map(settled))
    }
    return cells
  } finally {
    journal.close()
    await Promise.all([witness.close(), changes.log?.close()])
  }
}

function settled(result: PromiseSettledResult<CellRecord>): CellRecord {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
