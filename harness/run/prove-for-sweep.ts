import { randomBytes } from 'node:crypto'
import { authClient } from '../actors/auth-client.ts'
import { dropJournal, openJournal } from '../fixtures/journal.ts'
import type { Config } from '../workspace/config.ts'
import { newRunId } from '../workspace/run-id.ts'
import type { Target } from '../workspace/target.ts'
import { openDatabaseProof } from './prove-database.ts'

/**
 * Proves the database of a target before journaled rows are removed from it: in another database their keys may be those
 * of other rows. The user that proves it has a journal of its own until it is removed.
 *
 * @throws TrespassError `database-differs` and the like
 */
export async function proveForSweep(
  root: string,
  target: Target,
  config: Pick<Config, 'protected_refs' | 'email_domain'>,
): Promise<void> {
  const proof = openDatabaseProof(target, config)
  if (proof === null) return
  const run = newRunId(new Date(), randomBytes(4))
  const journal = openJournal({ workspace: root, run, alias: target.alias })
  try {
    await proof.compareUsers()
    await proof.complete(await tokenOfPremadeUser(target), { journal, run, emailDomain: config.email_domain })
  } finally {
    journal.close()
    await proof.close()
  }
  await dropJournal(root, run)
}

/** Without a secret key no user can be made; a session of one that exists already proves as much. */
async function tokenOfPremadeUser({ endpoint, privileged, users }: Target): Promise<string[]> {
  const [user] = privileged === null ? Object.values(users) : []
  if (user === undefined) return []
  const { data } = await authClient(endpoint.url, endpoint.publishableKey).signInWithPassword(user)
  return data.session === null ? [] : [data.session.access_token]
}
