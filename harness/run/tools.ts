import type { RunContext } from '../cells/context.ts'
import type { Tools } from '../cells/runner.ts'
import { openJournal } from '../fixtures/journal.ts'
import { openChangeReading } from './change-reading.ts'
import { openWitness } from './open-witness.ts'

/** The services that the cells and scenarios of one run share. */
export interface OpenTools extends Tools {
  close(): Promise<void>
}

/** Opens the witness, the journal and the reading of changes of a run that is open. */
export async function openTools(context: RunContext): Promise<OpenTools> {
  const witness = await openWitness(context.target)
  try {
    const changes = await openChangeReading(context)
    const journal = openJournal({ workspace: context.root, run: context.runId, alias: context.target.alias })
    return {
      witness,
      journal,
      requestLimiters: new Map(),
      changes,
      async close() {
        journal.close()
        await Promise.all([witness.close(), changes.log?.close()])
      },
    }
  } catch (error) {
    await witness.close()
    throw error
  }
}
