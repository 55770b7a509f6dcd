import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { CellRecord } from '../evidence/record.ts'
import type { ScenarioRecord, ScenarioResult } from '../scenarios/model.ts'
import './provided.ts'

/** What the collector hears while the tests run. */
export interface Listener {
  /** Called once the cells of a matrix are known. */
  onCollected(cells: number): void
  onCell(record: CellRecord): void
  onScenario(record: ScenarioRecord): void
}

/** Gathers the records of cells, and what went wrong outside of them. */
export class Collector implements Reporter {
  readonly records: CellRecord[] = []
  readonly scenarios: ScenarioResult[] = []
  /** Matrices that could not be collected and errors outside of any test. */
  readonly failures: string[] = []
  /** How many cells and scenarios the run set out to try. */
  collected = 0
  readonly #listener: Listener

  constructor(listener: Listener) {
    this.#listener = listener
  }

  /** True when nothing went wrong but what the verdicts say. */
  get whole(): boolean {
    const records = [...this.records, ...this.scenarios.map(({ record }) => record)]
    return this.failures.length === 0 && records.every(({ verdict }) => verdict !== 'error')
  }

  onTestModuleCollected(module: TestModule): void {
    let cells = 0
    for (const test of module.children.allTests()) if (test.options.mode === 'run') cells += 1
    this.collected += cells
    this.#listener.onCollected(cells)
  }

  onTestCaseResult(testCase: TestCase): void {
    const { trespass: record, scenario } = testCase.meta()
    if (scenario !== undefined) {
      this.scenarios.push(scenario)
      this.#listener.onScenario(scenario.record)
    }
    if (record === undefined) return
    this.records.push(record)
    this.#listener.onCell(record)
  }

  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors()) this.failures.push(`${module.relativeModuleId}: ${error.message}`)
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) this.failures.push(`${module.relativeModuleId}: ${error.message}`)
    }
  }

  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (_modules, errors) => {
    for (const error of errors) this.failures.push(error.message)
  }
}
