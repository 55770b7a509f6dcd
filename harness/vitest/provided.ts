import type { RunContext } from '../cells/context.ts'
import type { CellRecord } from '../evidence/record.ts'
import type { ScenarioResult } from '../scenarios/model.ts'

declare module 'vitest' {
  interface ProvidedContext {
    trespass: RunContext
  }
  interface TaskMeta {
    trespass?: CellRecord
    scenario?: ScenarioResult
  }
}
