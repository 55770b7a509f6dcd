import { groupBy } from '../group.ts'
import type { Mutant, MutantResult } from './model.ts'
import type { MutantTrials, UnsoundCell } from './try-mutants.ts'

/** The results of the mutants that were tried. */
export interface AllTried {
  /** In the order of the mutants. */
  readonly results: readonly MutantResult[]
  readonly unsound: readonly UnsoundCell[]
}

/** Opens and closes the sandbox of one worker. */
export interface Worker {
  readonly trials: MutantTrials
  /** @throws TrespassError `mutant-not-undone` when the schema is not as it was. */
  close(): Promise<void>
}

/** Mutants of one object that a worker tries together. */
const groupSize = 12

/**
 * Divides mutants into groups that workers try. Which mutants share a group depends on nothing but the mutants, so that the
 * same cells notice them however many workers there are.
 *
 * @param isCut true when a time budget may end the trials: each mutant is then a group, so that what was tried is a sample.
 */
export function groupsOf(mutants: readonly Mutant[], isCut: boolean): readonly (readonly Mutant[])[] {
  if (isCut) return mutants.map((mutant) => [mutant])
  return [...groupBy(mutants, ({ object }) => object).values()].flatMap((some) =>
    Array.from({ length: Math.ceil(some.length / groupSize) }, (_, index) =>
      some.slice(index * groupSize, (index + 1) * groupSize),
    ),
  )
}

/**
 * Tries groups of mutants side by side, each worker in a sandbox of its own.
 *
 * @param isOver called before each mutant: true when no further one may begin.
 * @throws what the first worker that failed has thrown, after all of them have ended.
 */
export async function tryWithWorkers(
  workers: readonly (() => Promise<Worker>)[],
  groups: readonly (readonly Mutant[])[],
  isOver: () => boolean,
): Promise<AllTried> {
  const queue = [...groups]
  const results = new Map<string, MutantResult>()
  const unsound = new Map<string, UnsoundCell>()
  let hasFailed = false
  const work = async (open: () => Promise<Worker>) => {
    const worker = await open()
    try {
      for (let group = queue.shift(); group !== undefined && !hasFailed; group = queue.shift()) {
        for (const result of await worker.trials.tryGroup(group, () => hasFailed || isOver())) {
          results.set(result.mutant.id, result)
        }
      }
      for (const one of worker.trials.unsound) unsound.set(one.cell, one)
    } finally {
      await worker.close()
    }
  }
  const ended = await Promise.allSettled(
    workers.map((open) =>
      work(open).catch((error: unknown) => {
        hasFailed = true
        throw error
      }),
    ),
  )
  for (const result of ended) if (result.status === 'rejected') throw result.reason
  const ids = groups.flat().map(({ id }) => id)
  return { results: ids.flatMap((id) => results.get(id) ?? []), unsound: [...unsound.values()].sort(byCell) }
}

function byCell({ cell: one }: UnsoundCell, { cell: other }: UnsoundCell): number {
  return one < other ? -1 : 1
}
