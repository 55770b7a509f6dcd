import type { Rounds } from '../cells/context.ts'
import type { CellDeclaration, Matrix } from '../model/matrix.ts'
import { paths } from '../paths/registry.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { recipes } from '../scenarios/registry.ts'

/** One file of a run, with its chosen work and its share of the duration. */
export interface Work {
  /** The name of the matrix or of the scenario. */
  readonly name: string
  /** Cells of a matrix; 1 for a scenario. */
  readonly count: number
  /** Milliseconds on an idle sandbox: only the proportions matter, since a run corrects them by its own speed. */
  readonly weight: number
}

/** The duration of a cell of the Data API, with its share of fixtures and controls. */
const cellMs = 22
/** The duration of planning a matrix, and of making and sweeping its shared fixtures. */
const matrixMs = 300

/** @returns the work of one matrix with the chosen cells. */
export function workOfMatrix({ name, operations }: Matrix, chosen: readonly CellDeclaration[]): Work {
  const slowness = new Map(
    operations.map(({ name: operation, path }) => [
      operation,
      paths.find((candidate) => candidate.name === path)?.durationFactor ?? 1,
    ]),
  )
  const cells = chosen.reduce((sum, { operation }) => sum + (slowness.get(operation) ?? 1) * cellMs, 0)
  return { name, count: chosen.length, weight: matrixMs + cells }
}

/** @param rounds the number of rounds that the run was started with; null for the scenario's own. */
export function workOfScenario({ name, recipe, rounds }: Scenario, chosen: Rounds | null): Work {
  const { roundMs = 1000 } = recipes.find((candidate) => candidate.name === recipe) ?? {}
  const many = chosen === null ? rounds : 'only' in chosen ? 1 : chosen.count
  return { name, count: 1, weight: roundMs * many }
}
