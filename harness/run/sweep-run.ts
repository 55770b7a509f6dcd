import type { KeptUsers } from '../actors/kept-users.ts'
import { dropJournal } from '../fixtures/journal.ts'
import { readJournals } from '../fixtures/read-journals.ts'
import { sweep, type UserAdmin } from '../fixtures/sweep.ts'
import type { CleanupRecord } from '../model/record.ts'
import type { Witness } from '../witness/witness.ts'

/**
 * Sweeps the things that the journals of one run name, and drops the journals once nothing is left.
 *
 * @param parts the workspace, the run's id, the privileged services that sweep, and the users that are to wait for the next run:
 *   they do where everything else is gone, and are swept with the rest where it is not.
 */
export async function sweepRun(parts: {
  readonly root: string
  readonly run: string
  readonly witness: Witness
  readonly admin: UserAdmin
  readonly kept?: KeptUsers
}): Promise<CleanupRecord> {
  const { root, run, witness, admin, kept } = parts
  const journals = await readJournals(root, run)
  const entries = journals.flatMap((journal) => journal.entries)
  const since = journals[0]?.started ?? new Date().toISOString()
  const held = kept?.held ?? new Set<string>()
  const cleanup = await sweep({ witness, admin, entries, since, keptUsers: held })
  const keeps = held.size > 0 && cleanup.left.length === 0 && restoreKeptUsers(kept)
  const whole = held.size === 0 || keeps ? cleanup : await sweep({ witness, admin, entries, since })
  if (whole.left.length === 0) await dropJournal(root, run)
  return keeps ? { ...whole, kept: held.size } : whole
}

/** @returns false when the disk does not take them. */
function restoreKeptUsers(kept: KeptUsers | undefined): boolean {
  try {
    kept?.restore()
    return true
  } catch {
    return false
  }
}
