import type { RunContext } from '../cells/context.ts'
import { historyOf } from '../cuts/history.ts'
import type { OpenTools } from '../run/tools.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import type { OwnTargetRound } from '../scenarios/recipe.ts'
import { interruptedMigration, interruptedMigrationKeys } from '../scenarios/recipes/interrupted-migration.ts'
import { recipes } from '../scenarios/registry.ts'
import { ScenarioRunner } from '../scenarios/scenario-runner.ts'

const roundsOnOwnTarget: ReadonlyMap<string, OwnTargetRound> = new Map([[interruptedMigration.name, cutMigrationShort]])

/** @returns whether a scenario runs on a target of its own, so that nothing else of the run can meet it. */
export function isApart({ recipe }: Pick<Scenario, 'recipe'>): boolean {
  return roundsOnOwnTarget.has(recipe)
}

/** @returns the runner of a scenario with the dependencies of its recipe. */
export function scenarioRunner(scenario: Scenario, context: RunContext, tools: OpenTools): ScenarioRunner {
  const recipe = recipes.find(({ name }) => name === scenario.recipe)
  if (recipe === undefined) throw new Error(`there is no recipe ${scenario.recipe}`)
  return new ScenarioRunner(scenario, recipe, context, tools, roundsOnOwnTarget.get(recipe.name) ?? null)
}

async function cutMigrationShort(
  ...[body, { root, number, signal }]: Parameters<OwnTargetRound>
): ReturnType<OwnTargetRound> {
  // Loaded on demand: PostgreSQL's parser takes a while to load.
  const { cutShortIn } = await import('../migrations/cut-short-in.ts')
  const { migration: file, matrices, cut: ways, applied_by: applier } = interruptedMigrationKeys(body)
  return historyOf(
    await cutShortIn({ root, file, matrices, ways, applier, signal, onProgress: () => undefined }),
    number,
  )
}
