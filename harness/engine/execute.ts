import { setMaxListeners } from 'node:events'
import { messageOf } from '../errors.ts'
import { cellId } from '../matrix/plan/plan.ts'
import type { CellDeclaration, LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import type { Run } from '../run/run.ts'
import { openTools } from '../run/tools.ts'
import { tryMatrix } from '../run/try-matrix.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import type { Shard } from '../workspace/lock.ts'
import { isApart, scenarioRunner } from './scenario.ts'
import { filesOfShard, inOrderOfNames } from './shard-files.ts'
import { type Work, workOfMatrix, workOfScenario } from './work.ts'

/** The callbacks of a run in progress. */
export interface Listener {
  onCell(record: CellRecord): void
  onScenario(result: ScenarioResult): void
  /** A matrix that could not be planned or swept, or another error outside of any cell: then the run is not whole. */
  onFailure(text: string): void
}

/** The cells of an open run that are to be tried. */
export interface Choice {
  /** Only cells whose name, its parts joined by spaces, matches, and scenarios whose name does. */
  readonly pattern?: RegExp
  /** Only cells with one of these ids, and no scenario. */
  readonly named?: ReadonlySet<string>
  readonly shard?: Shard
}

/** A choice of cells, with the listener for their results. */
export interface Execution extends Choice {
  readonly run: Pick<Run, 'context' | 'workspace' | 'scenarios'>
  readonly listener: Listener
  /** Aborted when the user cancels the run: no more requests are sent, and the fixtures of the current matrix are removed. */
  readonly signal?: AbortSignal
}

/** One file of a run, with the chosen cells. */
type Part =
  | { readonly file: string; readonly loaded: LoadedMatrix; readonly chosen: readonly CellDeclaration[] }
  | { readonly file: string; readonly scenario: Scenario }

/**
 * Tries the chosen cells and scenarios of an open run: one file after the other by name, the cells of a matrix concurrently, and
 * beside them, one after the other, the scenarios that run on a target of their own. A file that fails is reported to the
 * listener, and the next one still runs.
 */
export async function execute({
  run,
  listener,
  signal = new AbortController().signal,
  ...choice
}: Execution): Promise<void> {
  const parts = chosenParts(run, choice)
  if (parts.length === 0 || signal.aborted) return
  // Every request of every cell adds a listener.
  setMaxListeners(0, signal)
  const tools = await openTools(run.context)
  const onCell = (record: CellRecord) => listener.onCell(record)
  const tryInTurn = async (some: readonly Part[]): Promise<void> => {
    for (const part of some) {
      if (signal.aborted) return
      try {
        if ('loaded' in part) await tryMatrix({ ...part, run, tools, signal, onCell })
        else {
          const { context } = run
          listener.onScenario(await scenarioRunner(part.scenario, context, tools).run(signal, context.rounds))
        }
      } catch (error) {
        if (signal.aborted && error === signal.reason) return
        listener.onFailure(`${part.file}: ${messageOf(error)}`)
      }
    }
  }
  const apart = parts.filter((part) => 'scenario' in part && isApart(part.scenario))
  const others = parts.filter((part) => !apart.includes(part))
  // Both end before the tools are closed, also when a listener throws.
  const ended = await Promise.allSettled([tryInTurn(others), tryInTurn(apart)])
  await tools.close()
  for (const result of ended) if (result.status === 'rejected') throw result.reason
}

/** @returns the chosen work of a run, in the order in which it is tried. */
export function chosenWork(run: Pick<Run, 'workspace' | 'scenarios' | 'context'>, choice: Choice): readonly Work[] {
  return chosenParts(run, choice).map((part) =>
    'chosen' in part
      ? workOfMatrix(part.loaded.matrix, part.chosen)
      : workOfScenario(part.scenario, run.context.rounds),
  )
}

function chosenParts(
  { workspace, scenarios }: Pick<Run, 'workspace' | 'scenarios'>,
  { pattern, named, shard }: Choice,
): Part[] {
  const matches = (name: string) => pattern?.test(name) ?? true
  const all: Part[] = [
    ...workspace.matrices.map((loaded) => {
      const { name, file, cells } = loaded.matrix
      const chosen = cells.filter(
        ({ actor, operation }) =>
          matches(`${name} ${actor} ${operation}`) && (named?.has(cellId(name, actor, operation)) ?? true),
      )
      return { file, loaded, chosen }
    }),
    ...(named === undefined ? scenarios : []).map(({ scenario }) => ({ file: scenario.file, scenario })),
  ]
  const files = all.map(({ file }) => file)
  const inShard = new Set(shard === undefined ? files : filesOfShard(files, shard))
  return all
    .filter((part) => inShard.has(part.file))
    .filter((part) => ('chosen' in part ? part.chosen.length > 0 : matches(part.scenario.name)))
    .sort((one, other) => inOrderOfNames(one.file, other.file))
}
