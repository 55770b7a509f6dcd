import type { RunContext } from '../cells/context.ts'
import type { CellRecord } from '../evidence/record.ts'

declare module 'vitest' {
  interface ProvidedContext {
    trespass: RunContext
  }
  interface TaskMeta {
    trespass?: CellRecord
  }
}
