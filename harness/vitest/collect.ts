import { readFile } from 'node:fs/promises'
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
import { isPrintable, printableName, withPrintableErrors } from './printable.ts'
import './provided.ts'

/** One per worker and run, for all of its matrices. */
let opened: { readonly run: string; readonly tools: Promise<OpenTools> } | undefined

/**
 * Makes tests from a matrix: a suite per matrix, a suite per actor, a test per cell.
 *
 * @param file absolute path of the matrix.
 * @param definition the default export of a TypeScript matrix.
 */
export function collectMatrix(file: string, definition?: unknown): Promise<void> {
  return withPrintableErrors(() => collectCells(file, definition))
}

async function collectCells(file: string, definition: unknown): Promise<void> {
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
  const place = await placeIn(file, name)
  describe.concurrent(printableName(plan.matrix.name), () => {
    // biome-ignore lint/correctness/noEmptyPattern: Vitest refuses a first argument that is no pattern.
    beforeAll(({}, suite) => withPrintableErrors(() => runner.prepare(selected(suite, plan.cells))))
    afterAll(() => withPrintableErrors(() => runner.finish()))
    for (const actor of new Set(plan.cells.map((cell) => cell.actor.name))) {
      describe.concurrent(printableName(actor), () => {
        for (const cell of plan.cells.filter((candidate) => candidate.actor.name === actor)) {
          test(printableName(cell.operation.name), ({ task, signal }) =>
            withPrintableErrors(async () => {
              const record = await runner.run(cell, signal)
              task.meta.trespass = record
              const { verdict, because, actor, at } = record
              if (verdict !== 'held') throw new Failure(verdict, because, place(actor, at))
            }),
          )
        }
      })
    }
  })
}

/**
 * Makes a test from a scenario.
 *
 * @param file absolute path of the scenario.
 * @param definition the default export of a TypeScript scenario.
 */
export function collectScenario(file: string, definition?: unknown): Promise<void> {
  return withPrintableErrors(() => collectRounds(file, definition))
}

async function collectRounds(file: string, definition: unknown): Promise<void> {
  const context = currentContext()
  const { root, roster, rounds } = context
  const name = relative(root, file).split(sep).join('/')
  const importModule = async () => ({ default: definition })
  const { scenario } = await loadScenarioFile({ root, roster, paths, importModule }, name)
  const runner = scenarioRunner(scenario, context, await toolsOf(context))
  const place = await placeIn(file, name)
  test(printableName(scenario.name), ({ task, signal }) =>
    withPrintableErrors(async () => {
      const result = await runner.run(signal, rounds)
      task.meta.scenario = result
      const { verdict, because, at, id } = result.record
      if (verdict !== 'held') throw new Failure(verdict, because, place(id, at))
    }),
  )
}

/** The error of a cell or scenario that did not hold. It points Vitest to the line of the matrix with the expectation. */
class Failure extends Error {
  constructor(verdict: Verdict, because: string, { inMessage, inStack }: Place) {
    super(`${verdict}: ${printableName(because)}${inMessage}`)
    this.name = verdict
    // The message is one line: Vitest parses any further line that looks like a stack frame as one.
    this.stack = `${this.name}: ${this.message}${inStack}`
  }
}

/** The position of a cell's or scenario's declaration, in the two forms that a failure can show. */
interface Place {
  readonly inMessage: string
  readonly inStack: string
}

/**
 * Vitest prints the source lines at a stack frame. For a file with unprintable characters, the position is in the message
 * instead, in a form that Vitest does not look up.
 */
async function placeIn(file: string, name: string): Promise<(who: string, at: Position) => Place> {
  const shown = isPrintable(await readFile(file, 'utf8'))
  return (who, { file: at, line, column }) =>
    shown && at === name
      ? { inMessage: '', inStack: `\n    at ${printableName(who)} (${file}:${line}:${column})` }
      : { inMessage: ` (${printableName(at)}, line ${line}, column ${column})`, inStack: '' }
}

/** @returns the open run. @throws Error if none is open, so that no result is about an older schema. */
function currentContext(): RunContext {
  const problem = inject('trespassProblem')
  if (problem !== null) throw new Error(problem)
  return inject('trespass')
}

/** In watch mode a worker may serve several runs. */
async function toolsOf(context: RunContext): Promise<OpenTools> {
  const last = opened
  if (last?.run === context.runId) return await last.tools
  opened = { run: context.runId, tools: openTools(context) }
  await last?.tools.then((tools) => tools.close()).catch(() => undefined)
  return await opened.tools
}

/** Only the cells that `-t` selects are prepared. */
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
  return cells.filter(({ actor, operation }) =>
    names.has(`${printableName(actor.name)} › ${printableName(operation.name)}`),
  )
}
