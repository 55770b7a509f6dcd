import { relative, sep } from 'node:path'
import { afterAll, beforeAll, describe, inject, type RunnerTestSuite, test } from 'vitest'
import type { RunContext } from '../cells/context.ts'
import { MatrixRunner } from '../cells/runner.ts'
import { scenarioRunner } from '../engine/scenario.ts'
import type { Position } from '../errors.ts'
import { loadMatrixFile } from '../matrix/load.ts'
import { type CellPlan, planMatrix } from '../matrix/plan/plan.ts'
import type { Verdict } from '../model/verdict.ts'
import { paths } from '../paths/registry.ts'
import { type OpenTools, openTools } from '../run/tools.ts'
import { loadScenarioFile } from '../scenarios/load.ts'
import './provided.ts'

/** One per worker and run, however many matrices it runs. */
let opened: { readonly run: string; readonly tools: Promise<OpenTools> } | undefined

/**
 * Turns a matrix into tests: a suite per matrix, a suite per actor, a test per cell.
 *
 * @param file absolute path of the matrix.
 * @param definition what a TypeScript matrix exports by default.
 */
export async function collectMatrix(file: string, definition?: unknown): Promise<void> {
  const context = currentContext()
  const name = relative(context.root, file).split(sep).join('/')
  const loaded = await loadMatrixFile({
    root: context.root,
    file: name,
    roster: context.roster,
    groups: context.groups,
    paths,
    importModule: async () => ({ default: definition }),
  })
  const absent = new Set(Object.keys(context.absent))
  const plan = planMatrix(loaded.matrix, context.roster, context.catalog, paths, absent)
  const runner = new MatrixRunner(plan, context, await toolsOf(context))
  describe.concurrent(plan.matrix.name, () => {
    // biome-ignore lint/correctness/noEmptyPattern: Vitest refuses a first argument that is no pattern.
    beforeAll(({}, suite) => runner.prepare(selected(suite, plan.cells)))
    afterAll(() => runner.finish())
    for (const actor of new Set(plan.cells.map((cell) => cell.actor.name))) {
      describe.concurrent(actor, () => {
        for (const cell of plan.cells.filter((candidate) => candidate.actor.name === actor)) {
          test(cell.operation.name, async ({ task, signal }) => {
            const record = await runner.run(cell, signal)
            task.meta.trespass = record
            const { verdict, because, actor, at } = record
            if (verdict !== 'held') throw new Failure(verdict, because, actor, context.root, at)
          })
        }
      })
    }
  })
}

/**
 * Turns a scenario into a test.
 *
 * @param file absolute path of the scenario.
 * @param definition what a TypeScript scenario exports by default.
 */
export async function collectScenario(file: string, definition?: unknown): Promise<void> {
  const context = currentContext()
  const { root, roster, rounds } = context
  const name = relative(root, file).split(sep).join('/')
  const importModule = async () => ({ default: definition })
  const { scenario } = await loadScenarioFile({ root, roster, paths, importModule }, name)
  const runner = scenarioRunner(scenario, context, await toolsOf(context))
  test(scenario.name, async ({ task, signal }) => {
    const result = await runner.run(signal, rounds)
    task.meta.scenario = result
    const { verdict, because, at, id } = result.record
    if (verdict !== 'held') throw new Failure(verdict, because, id, root, at)
  })
}

/** What is not held, as Vitest shows it: with the line of the matrix that expects something else. */
class Failure extends Error {
  constructor(verdict: Verdict, because: string, who: string, root: string, { file, line, column }: Position) {
    super(`${verdict}: ${because}`)
    this.name = verdict
    this.stack = `${this.name}: ${this.message}\n    at ${who} (${root}/${file}:${line}:${column})`
  }
}

/** @returns the run that is open now. @throws Error when none is, so that no result is about an older schema. */
function currentContext(): RunContext {
  const problem = inject('trespassProblem')
  if (problem !== null) throw new Error(problem)
  return inject('trespass')
}

/** In watch mode a worker may outlive a run. */
async function toolsOf(context: RunContext): Promise<OpenTools> {
  const last = opened
  if (last?.run === context.runId) return await last.tools
  opened = { run: context.runId, tools: openTools(context) }
  await last?.tools.then((tools) => tools.close()).catch(() => undefined)
  return await opened.tools
}

/** Only what `-t` leaves is made ready. */
function selected(suite: Readonly<RunnerTestSuite>, cells: readonly CellPlan[]): readonly CellPlan[] {
  const names = new Set(
    suite.tasks.flatMap((actor) =>
      actor.type === 'suite'
        ? actor.tasks.flatMap((task) =>
            task.mode === 'run' || task.mode === 'queued' ? [`${actor.name} › ${task.name}`] : [],
          )
        : [],
    ),
  )
  return cells.filter((cell) => names.has(`${cell.actor.name} › ${cell.operation.name}`))
}
