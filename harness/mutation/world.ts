import { setMaxListeners } from 'node:events'
import { type Json, sameJson } from '../json.ts'
import type { MatrixPlan } from '../matrix/plan/plan.ts'
import type { CellDeclaration, LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import { openPartOfRun, type PartialRun, type PartOptions } from '../run/open-part.ts'
import { type OpenTools, openTools } from '../run/tools.ts'
import { planOf, tryMatrix } from '../run/try-matrix.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { recipes } from '../scenarios/registry.ts'
import { ScenarioRunner } from '../scenarios/scenario-runner.ts'

/** Actors that are signed in and their rows, with which cells of any matrix are tried any number of times. */
export class PreparedWorld {
  readonly #run: PartialRun
  readonly #tools: OpenTools
  readonly #signal: AbortSignal
  /** A matrix is tried with many mutants, and its plan depends on none of them. */
  readonly #plans = new Map<LoadedMatrix, MatrixPlan>()
  #rows: Json = null
  #closed: Promise<readonly string[]> | null = null

  private constructor(run: PartialRun, tools: OpenTools, signal: AbortSignal) {
    this.#run = run
    this.#tools = tools
    this.#signal = signal
  }

  /** Signs the actors in and makes the world, on a target that is open and stays open. */
  static async open(options: PartOptions & { readonly signal: AbortSignal }): Promise<PreparedWorld> {
    // Every request of every cell listens.
    setMaxListeners(0, options.signal)
    const run = await openPartOfRun(options)
    try {
      const world = new PreparedWorld(run, await openTools(run.context), options.signal)
      world.#rows = await world.#read()
      return world
    } catch (error) {
      await run.close('broken')
      throw error
    }
  }

  get runId(): string {
    return this.#run.context.runId
  }

  get secrets(): PartialRun['context']['secrets'] {
    return this.#run.context.secrets
  }

  /** Cells of matrices that the schema has no place for. */
  get missing(): PartialRun['missing'] {
    return this.#run.missing
  }

  /** Tries cells of one matrix. @throws the error that kept them from being planned or swept. */
  async try(loaded: LoadedMatrix, chosen: readonly CellDeclaration[]): Promise<readonly CellRecord[]> {
    const records: CellRecord[] = []
    const onCell = (record: CellRecord) => records.push(record)
    const plan = this.#plans.get(loaded) ?? planOf(this.#run, loaded)
    this.#plans.set(loaded, plan)
    await tryMatrix({ run: this.#run, tools: this.#tools, loaded, plan, chosen, signal: this.#signal, onCell })
    return records
  }

  /** Runs a scenario with all of its rounds. */
  async runScenario(scenario: Scenario): Promise<ScenarioRecord> {
    const recipe = recipes.find(({ name }) => name === scenario.recipe)
    if (recipe === undefined) throw new Error(`there is no recipe ${scenario.recipe}`)
    const runner = new ScenarioRunner(scenario, recipe, this.#run.context, this.#tools, null)
    return (await runner.run(this.#signal, null)).record
  }

  /** @returns true when the rows of the world are as they were made: a mutant may let a request change them. */
  async isIntact(): Promise<boolean> {
    return sameJson(await this.#read(), this.#rows)
  }

  /** Sweeps everything, once. @returns the things that could not be removed. */
  close(): Promise<readonly string[]> {
    this.#closed ??= this.#sweep()
    return this.#closed
  }

  async #sweep(): Promise<readonly string[]> {
    await this.#tools.close()
    return (await this.#run.close('broken')).left
  }

  async #read(): Promise<Json> {
    const { world } = this.#run.context
    return await Promise.all(world.map(({ table, key }) => this.#tools.witness.read({ table, key })))
  }
}
