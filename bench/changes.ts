import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { openRun } from '../harness/run/open-run.ts'
import { median } from './against-bare.ts'

/** Runs of each kind, in turn, so that a slower machine slows both. */
const repetitions = 3

/** The cost of reading all changes of attempts, and of comparing their fixtures. Medians, in milliseconds. */
export interface ChangeCosts {
  readonly whole: number
  readonly fixtures: number
}

/** Tries the same cells with the write-ahead log and without. */
export async function changesRun(root: string, cells: number): Promise<ChangeCosts> {
  const took = { whole: [] as number[], fixtures: [] as number[] }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    took.whole.push(await timed(root, cells, true))
    took.fixtures.push(await timed(root, cells, false))
  }
  return { whole: median(took.whole), fixtures: median(took.fixtures) }
}

async function timed(root: string, cells: number, isWhole: boolean): Promise<number> {
  const opened = await openRun({ root, onProgress: () => undefined })
  const run = isWhole ? opened : { ...opened, context: { ...opened.context, marked: [] } }
  const listener = new RunRecords()
  const started = performance.now()
  await execute({ run, listener })
  const took = performance.now() - started
  await opened.close('whole')
  const held = listener.cells.filter(({ verdict }) => verdict === 'held').length
  if (held !== cells) throw new Error(`${held} of ${cells} cells held: the bench measures something else than it says`)
  return took
}
