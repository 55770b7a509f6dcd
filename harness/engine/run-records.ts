import type { CellRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Listener } from './execute.ts'

/** Collects the records of a run. */
export class RunRecords implements Listener {
  readonly cells: CellRecord[] = []
  readonly scenarios: ScenarioResult[] = []
  /** Matrices that could not be planned or swept, and errors outside of any cell. */
  readonly failures: string[] = []
  readonly #onVerdict: (name: string, verdict: Verdict) => void

  /** @param onVerdict called for each cell with the name of its matrix, and for each scenario with its own. */
  constructor(onVerdict: (name: string, verdict: Verdict) => void = () => undefined) {
    this.#onVerdict = onVerdict
  }

  /** True if no cell or scenario is an error, and no failure was reported. */
  get whole(): boolean {
    const records = [...this.cells, ...this.scenarios.map(({ record }) => record)]
    return this.failures.length === 0 && records.every(({ verdict }) => verdict !== 'error')
  }

  onCell(record: CellRecord): void {
    this.cells.push(record)
    this.#onVerdict(record.matrix, record.verdict)
  }

  onScenario(result: ScenarioResult): void {
    this.scenarios.push(result)
    this.#onVerdict(result.record.id, result.record.verdict)
  }

  onFailure(text: string): void {
    this.failures.push(text)
  }
}
