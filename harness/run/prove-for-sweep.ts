import { randomBytes } from 'node:crypto'
import { createAuthAdmin } from '../actors/admin.ts'
import { authClient } from '../actors/auth-client.ts'
import { openJournal } from '../fixtures/journal.ts'
import { loadRoster } from '../matrix/load.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import type { Witness } from '../witness/witness.ts'
import type { Config } from '../workspace/config.ts'
import { newRunId } from '../workspace/run-id.ts'
import { importModule } from './import-module.ts'
import { openWitness } from './open-witness.ts'
import { openDatabaseProof } from './prove-database.ts'
import { sweepRun } from './sweep-run.ts'

/**
 * Proves the database of a target before journaled rows are removed from it: in another database their keys may be those of other
 * rows. The user that proves it has a journal of its own, which is swept at once: triggers may have made rows that block its
 * deletion.
 *
 * @throws TrespassError `database-differs` and the like
 */
export async function proveForSweep(
  root: string,
  target: Target,
  config: Pick<Config, 'protected_refs' | 'email_domain'>,
  witness: Witness,
): Promise<void> {
  const proof = openDatabaseProof(target, config)
  if (proof === null) return
  const run = newRunId(new Date(), randomBytes(4))
  const journal = openJournal({ workspace: root, run, alias: target.alias })
  const hands = { root, run, admin: createAuthAdmin(target) }
  try {
    await proof.compareUsers()
    const actors = await actorsOf(root)
    await proof.complete(await tokenOfPremadeUser(target), { journal, run, emailDomain: config.email_domain, actors })
  } catch (error) {
    journal.close()
    // Nothing is swept in a database that is not proven.
    const other = await openWitness({ ...target, databaseUrl: null })
    await sweepRun({ ...hands, witness: other }).finally(() => other.close())
    throw error
  } finally {
    await proof.close()
  }
  journal.close()
  await sweepRun({ ...hands, witness })
}

/** The actors of the workspace. Where their file cannot be read, what a run has left is swept all the same. */
async function actorsOf(root: string): Promise<readonly ActorDeclaration[]> {
  return await loadRoster({ root, paths, importModule }).then(
    ({ roster }) => roster.actors,
    () => [],
  )
}

/** Without a secret key no user can be made; a session of one that exists already proves as much. */
async function tokenOfPremadeUser({ endpoint, privileged, users }: Target): Promise<string[]> {
  const [user] = privileged === null ? Object.values(users) : []
  if (user === undefined) return []
  const { data } = await authClient(endpoint.url, endpoint.publishableKey).signInWithPassword(user)
  return data.session === null ? [] : [data.session.access_token]
}
