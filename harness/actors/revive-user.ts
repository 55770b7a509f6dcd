import type { GoTrueClient } from '@supabase/supabase-js'
import type { Endpoint } from '../model/session.ts'
import { type AuthClientOptions, type AuthFailure, authClient, requestFailed } from './auth-client.ts'
import type { KeptUser } from './kept-users.ts'
import { isFresh, type LiveSession, liveSession, metadataOf } from './live-session.ts'
import type { OpenUser } from './open-user.ts'
import type { Assurance, UserPlan } from './user-plan.ts'

/**
 * Reuses the sessions of a kept user. Those past half of their lifetime are refreshed, and each is checked with Auth: an access
 * token is accepted until it expires, even after its user was removed.
 *
 * @returns null when the user is gone, a session was ended, or the user is not as it was: it has to be made anew.
 * @throws TrespassError when Auth cannot be reached.
 */
export async function reviveUser(
  { owner, sessions }: UserPlan,
  kept: KeptUser,
  endpoint: Endpoint,
  manners: AuthClientOptions,
): Promise<OpenUser | null> {
  const client = () => authClient(endpoint.url, endpoint.publishableKey, manners)
  const revived = new Map<Assurance, LiveSession>()
  for (const assurance of sessions) {
    const known = kept.sessions[assurance]
    const session = known === undefined ? null : await reviveSession(owner.name, known, kept.metadata, client())
    if (session === null) return null
    revived.set(assurance, session)
  }
  const { id, email, phone } = kept
  return { id, email, ...(phone === undefined ? {} : { phone }), sessions: revived }
}

async function reviveSession(
  actor: string,
  known: LiveSession,
  metadata: string,
  client: GoTrueClient,
): Promise<LiveSession | null> {
  let session = known
  if (!isFresh(known, Date.now())) {
    const { data, error } = await client.refreshSession({ refresh_token: known.refreshToken })
    if (error) return orThrow(actor, error)
    if (data.session === null) return null
    session = liveSession(data.session)
  }
  const seen = await metadataOf(client, session.accessToken)
  if ('failure' in seen) return orThrow(actor, seen.failure)
  return seen.metadata === metadata ? session : null
}

/** A session that Auth does not know any more is no failure; a target that does not answer is. */
function orThrow(actor: string, failure: AuthFailure): null {
  const { status = 0, code } = failure
  const refused = status >= 400 && status < 500 && status !== 429 && code?.startsWith('trespass_') !== true
  if (refused) return null
  throw requestFailed(`the session of the actor ${actor} cannot be renewed`, failure, 'TRESPASS_PUBLISHABLE_KEY')
}
