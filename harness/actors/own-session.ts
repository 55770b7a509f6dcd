import { TrespassError } from '../errors.ts'
import type { ActorDeclaration } from '../model/matrix.ts'
import type { Target } from '../model/target.ts'
import { authClient, requestFailed } from './auth-client.ts'
import { type LiveSession, liveSession } from './live-session.ts'
import { raiseAssurance } from './open-user.ts'

/** A user that one cell has to itself. */
export interface CellUser {
  readonly email: string | null
  readonly phone: string | null
  /** Null where the matrix gives none: a link opens the session then. */
  readonly password: string | null
}

type Issuer = Pick<Target, 'endpoint' | 'privileged'>

/**
 * Opens a session of a user that one cell has to itself, with the assurance of the actor in whose place it sends a request.
 *
 * @throws TrespassError when Auth refuses the user, and `no-secret-key` where a link would be needed and no key is known.
 */
export async function openCellSession(user: CellUser, owner: ActorDeclaration, target: Issuer): Promise<LiveSession> {
  const client = authClient(target.endpoint.url, target.endpoint.publishableKey)
  const what = `the user of the cell, in place of ${owner.name}, cannot be signed in`
  const opened = await (user.password === null ? byLink(user, what, target) : byPassword(user, user.password))
  if (opened.error) throw requestFailed(what, opened.error, 'TRESPASS_PUBLISHABLE_KEY')
  if (opened.data.session === null) throw new Error('Auth answered a sign-in without a session')
  const session = liveSession(opened.data.session)
  return owner.assurance === 'aal2' ? await raiseAssurance(client, owner, session) : session

  async function byPassword({ email, phone }: CellUser, password: string) {
    return await client.signInWithPassword(email === null ? { phone: phone ?? '', password } : { email, password })
  }

  async function byLink({ email }: CellUser, failing: string, { privileged }: Issuer) {
    if (privileged === null || email === null) {
      const hint = 'Give the fixture a `password`.'
      throw new TrespassError('no-secret-key', `${failing}: it has no password, and no link can be issued`, { hint })
    }
    const { admin } = authClient(privileged.url, privileged.secretKey)
    const link = await admin.generateLink({ type: 'magiclink', email })
    if (link.error) throw requestFailed(failing, link.error, 'TRESPASS_SECRET_KEY')
    return await client.verifyOtp({ type: 'magiclink', token_hash: link.data.properties.hashed_token })
  }
}

/**
 * Opens a session of a new anonymous user.
 *
 * @param mark of the journal's entry, by which the sweep finds the user.
 */
export async function openAnonymousSession(
  mark: string,
  owner: ActorDeclaration,
  { endpoint }: Issuer,
): Promise<LiveSession & { readonly id: string }> {
  const client = authClient(endpoint.url, endpoint.publishableKey)
  const data = { ...owner.userMetadata, trespass: mark }
  const opened = await client.signInAnonymously({ options: { data } })
  const what = `an anonymous user of the cell, in place of ${owner.name}, cannot be signed in`
  if (opened.error) throw requestFailed(what, opened.error, 'TRESPASS_PUBLISHABLE_KEY')
  if (opened.data.session === null || opened.data.user === null) throw new Error('Auth gave no session')
  return { ...liveSession(opened.data.session), id: opened.data.user.id }
}
