import type { RunContext } from '../cells/context.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'

declare module 'vitest' {
  interface ProvidedContext {
    trespass: RunContext
    /** Why the run could not be opened again after a change; null when it is open. */
    trespassProblem: string | null
  }
  interface TaskMeta {
    trespass?: CellRecord
    scenario?: ScenarioResult
  }
}
