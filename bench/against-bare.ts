import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { writeEvidence } from '../harness/evidence/write.ts'
import { openJournal } from '../harness/fixtures/journal.ts'
import { openRun, type RunOptions } from '../harness/run/open-run.ts'
import { openWitness } from '../harness/run/open-witness.ts'
import type { Run } from '../harness/run/run.ts'
import { runRecord } from '../harness/run/run-record.ts'
import { bareRequests, restoreRows } from './bare.ts'
import { type Part, type ProcessorTime, processorTime } from './processor.ts'

/** The costs of a run: milliseconds of wall-clock time, and of processor time. */
interface Costs {
  readonly wall: number
  readonly processor: ProcessorTime
}

const parts: readonly Part[] = ['engine', 'gateway', 'PostgreSQL', 'PostgREST']

/** Medians of the passes. */
export interface Comparison {
  readonly judged: Costs
  readonly bare: Costs
  /** Milliseconds until the run is open, with its users signed in. */
  readonly opening: number
  /** The peak memory of this process, in megabytes. */
  readonly memory: number
}

/**
 * Runs the same cells several times, and after each pass the bare requests of that pass, so that a slower machine slows both. A
 * run is timed from its first cell to its end: fixtures, judgement, report and sweep. Signing in is needed by both sides and
 * counts for neither.
 *
 * @param cells the expected number of cells, all held.
 */
export async function againstBare(options: RunOptions, cells: number, passes = 5): Promise<Comparison> {
  const judged: Costs[] = []
  const bare: Costs[] = []
  const openings: number[] = []
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now()
    const run = await openRun(options)
    openings.push(performance.now() - start)
    const listener = new RunRecords()
    const whole = await timed(() => judgedRun(options.root, run, listener))
    const held = listener.cells.filter(({ verdict }) => verdict === 'held').length
    if (held !== cells)
      throw new Error(`${held} of ${cells} cells held: the bench measures something else than it says`)
    bare.push(await bareCosts(options.root, run, listener))
    const closing = await timed(() => run.close('whole'))
    judged.push({
      wall: whole.wall + closing.wall,
      processor: times((part) => whole.processor[part] + closing.processor[part]),
    })
  }
  return {
    judged: medianCosts(judged),
    bare: medianCosts(bare),
    opening: median(openings),
    memory: process.resourceUsage().maxRSS / 1024,
  }
}

async function judgedRun(root: string, run: Run, listener: RunRecords): Promise<void> {
  await execute({ run, listener })
  const { cells } = listener
  const record = runRecord({
    opened: run,
    startedAt: new Date(),
    complete: true,
    git: null,
    version: 'bench',
    shard: null,
    chosen: [],
    holes: [],
    cells,
    scenarios: [],
    cleanup: { made: 0, swept: 0, left: [] },
  })
  await writeEvidence(root, { run: record, cells, schema: run.schema?.facts ?? null, scenarios: [] })
}

async function bareCosts(root: string, run: Run, { cells }: RunRecords): Promise<Costs> {
  const witness = await openWitness(run.context.target)
  const journal = openJournal({ workspace: root, run: run.context.runId, alias: run.context.target.alias })
  await restoreRows(run.context, witness, journal, cells)
  const costs = await timed(() => bareRequests(run.context, cells))
  await witness.close()
  journal.close()
  return costs
}

async function timed(work: () => Promise<unknown>): Promise<Costs> {
  const start = performance.now()
  const before = processorTime()
  await work()
  const after = processorTime()
  return { wall: performance.now() - start, processor: times((part) => after[part] - before[part]) }
}

function medianCosts(passes: readonly Costs[]): Costs {
  return {
    wall: median(passes.map(({ wall }) => wall)),
    processor: times((part) => median(passes.map(({ processor }) => processor[part]))),
  }
}

function times(of: (part: Part) => number): ProcessorTime {
  const [engine = 0, gateway = 0, PostgreSQL = 0, PostgREST = 0] = parts.map(of)
  return { engine, gateway, PostgreSQL, PostgREST }
}

/** @returns the processor time of all processes. */
export function total(time: ProcessorTime): number {
  return parts.reduce((sum, part) => sum + time[part], 0)
}

/** @returns where the processor time went: `engine 12.9 s, gateway 3.9 s, …`. */
export function inParts(time: ProcessorTime): string {
  return parts.map((part) => `${part} ${(time[part] / 1000).toFixed(2)} s`).join(', ')
}

/** @param values an odd number of them. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
