import { MatrixRunner } from '../cells/runner.ts'
import { type CellPlan, type MatrixPlan, planMatrix } from '../matrix/plan/plan.ts'
import type { CellDeclaration, LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import { paths } from '../paths/registry.ts'
import type { Run } from './run.ts'
import type { OpenTools } from './tools.ts'

/** A matrix, its chosen cells, and the services that try them. */
export interface MatrixTrial {
  readonly run: Pick<Run, 'context' | 'workspace'>
  readonly tools: OpenTools
  readonly loaded: LoadedMatrix
  /** Of the whole matrix, where the caller tries it several times; made here when left out. */
  readonly plan?: MatrixPlan
  /** Cells of the matrix that are tried. */
  readonly chosen: readonly CellDeclaration[]
  /** Aborted when the run is interrupted: nothing more is sent, and the fixtures of the matrix are removed. */
  readonly signal: AbortSignal
  onCell(record: CellRecord): void
}

/** Plans every cell of a matrix on the target of a run. */
export function planOf({ context, workspace }: MatrixTrial['run'], { matrix }: LoadedMatrix): MatrixPlan {
  const absent = new Set(Object.keys(context.absent))
  return planMatrix(matrix, workspace.roster, context.catalog, paths, absent)
}

/** Tries cells of one matrix concurrently. @throws the error that kept the matrix from being planned or swept. */
export async function tryMatrix({ run, tools, loaded, plan, chosen, signal, onCell }: MatrixTrial): Promise<void> {
  const whole = plan ?? planOf(run, loaded)
  const runner = new MatrixRunner(whole, run.context, tools)
  const names = new Set(chosen.map(({ actor, operation }) => JSON.stringify([actor, operation])))
  const cells = whole.cells.filter(({ actor, operation }) => names.has(JSON.stringify([actor.name, operation.name])))
  const tryCell = async (cell: CellPlan): Promise<void> => {
    try {
      onCell(await runner.run(cell, signal))
    } catch (error) {
      // A cell that was broken off has no record.
      if (!signal.aborted) throw error
    }
  }
  try {
    await runner.prepare(cells)
    const ended = await Promise.allSettled(cells.map(tryCell))
    for (const result of ended) if (result.status === 'rejected') throw result.reason
  } finally {
    await runner.finish()
  }
}
