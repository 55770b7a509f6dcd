import type { Rounds } from '../cells/context.ts'
import type { CellDeclaration, Matrix } from '../model/matrix.ts'
import { paths } from '../paths/registry.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { recipes } from '../scenarios/registry.ts'

/** One file of a run: what of it is tried, and how long that takes beside the other files. */
export interface Work {
  /** The name of the matrix or of the scenario. */
  readonly name: string
  /** Cells of a matrix; 1 for a scenario. */
  readonly count: number
  /** Milliseconds on a quiet sandbox: only the proportions matter, since a run corrects them by its own speed. */
  readonly weight: number
}

/** Of a cell of the Data API, with its share of making fixtures and of controls. */
const cellMs = 22
/** Planning a matrix, and making and sweeping what all of its cells share. */
const matrixMs = 300

/** @returns the work of one matrix, of which some cells were chosen. */
export function workOfMatrix({ name, operations }: Matrix, chosen: readonly CellDeclaration[]): Work {
  const slowness = new Map(
    operations.map(({ name: operation, path }) => [
      operation,
      paths.find((candidate) => candidate.name === path)?.slowness ?? 1,
    ]),
  )
  const cells = chosen.reduce((sum, { operation }) => sum + (slowness.get(operation) ?? 1) * cellMs, 0)
  return { name, count: chosen.length, weight: matrixMs + cells }
}

/** @param rounds those that the run was asked for; null for as many as the scenario says. */
export function workOfScenario({ name, recipe, rounds }: Scenario, chosen: Rounds | null): Work {
  const { roundMs = 1000 } = recipes.find((candidate) => candidate.name === recipe) ?? {}
  const many = chosen === null ? rounds : 'only' in chosen ? 1 : chosen.count
  return { name, count: 1, weight: roundMs * many }
}
