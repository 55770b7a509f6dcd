import type { CleanupRecord } from '../evidence/record.ts'
import { dropJournal } from '../fixtures/journal.ts'
import { readJournals } from '../fixtures/read-journals.ts'
import { sweep, type UserAdmin } from '../fixtures/sweep.ts'
import type { Witness } from '../witness/witness.ts'

/**
 * Sweeps what the journals of one run name, and forgets them once nothing is left.
 *
 * @param parts the workspace, the run's id, and the privileged hands that sweep.
 */
export async function sweepRun(parts: {
  readonly root: string
  readonly run: string
  readonly witness: Witness
  readonly admin: UserAdmin
}): Promise<CleanupRecord> {
  const { root, run, witness, admin } = parts
  const entries = (await readJournals(root, run)).flatMap((journal) => journal.entries)
  const cleanup = await sweep({ witness, admin, entries })
  if (cleanup.left.length === 0) await dropJournal(root, run)
  return cleanup
}
