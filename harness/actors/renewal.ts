import { decodeJwt, type JWTPayload } from 'jose'
import { TrespassError } from '../errors.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import { type AuthClientOptions, type AuthFailure, authClient, requestFailed } from './auth-client.ts'
import { type LiveSession, liveSession } from './live-session.ts'
import { mint } from './minting.ts'

type Caller = ActorSession | PrivilegedSession
type Issuer = Pick<Target, 'endpoint' | 'privileged' | 'minting'>

/**
 * Has a new token issued for a caller's user with the claims that hold now, as a refresh would. Auth issues it through a sign-in
 * link that is not mailed; for a user without an address the token is signed here.
 *
 * @returns null for a caller that has no token of its own.
 * @throws TrespassError `cannot-renew` when neither a secret nor a signing key is known
 */
export async function freshToken(caller: Caller, target: Issuer): Promise<string | null> {
  const token = tokenOf(caller)
  if (token === null || caller.kind !== 'actor') return null
  const email = caller.user?.email ?? null
  if (email !== null && target.privileged !== null) return (await issued(caller, email, target)).accessToken
  if (target.minting !== null) return await mint(lasting(decodeJwt(token), tokenLife), target.minting)
  const hint =
    'Set TRESPASS_SECRET_KEY; for a user without an e-mail address TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY.'
  throw new TrespassError('cannot-renew', `the target offers no way to issue a new token for ${caller.actor}`, { hint })
}

/**
 * Has Auth open a new session of a caller's user, through a sign-in link that is not mailed.
 *
 * @returns null for a caller whose user has no address, or that has no user.
 * @throws TrespassError `cannot-renew` when no secret key is known
 */
export async function freshSession(
  caller: ActorSession,
  target: Pick<Issuer, 'endpoint' | 'privileged'>,
): Promise<LiveSession | null> {
  const email = caller.user?.email ?? null
  if (email === null || caller.token === null) return null
  if (target.privileged !== null) return await issued(caller, email, target)
  const hint = 'Set TRESPASS_SECRET_KEY.'
  throw new TrespassError('cannot-renew', `the target offers no way to open a new session for ${caller.actor}`, {
    hint,
  })
}

/** @returns the next session of a user, as a client requests it before its token expires; or why Auth gives none. */
export async function refreshed(
  refreshToken: string,
  { endpoint }: Pick<Issuer, 'endpoint'>,
  manners: AuthClientOptions = {},
): Promise<{ readonly session: LiveSession } | { readonly failure: AuthFailure }> {
  const client = authClient(endpoint.url, endpoint.publishableKey, manners)
  const { data, error } = await client.refreshSession({ refresh_token: refreshToken })
  if (error) return { failure: error }
  if (data.session === null) throw new Error('Auth answered a refresh without a session')
  return { session: liveSession(data.session) }
}

/**
 * Signs a token of a caller's user that soon expires.
 *
 * @returns null for a caller that has no token of its own.
 * @throws TrespassError `cannot-mint` when no signing key is known
 */
export async function shortToken(caller: Caller, target: Issuer, seconds: number): Promise<string | null> {
  const token = tokenOf(caller)
  if (token === null || caller.kind !== 'actor') return null
  if (target.minting !== null) return await mint(lasting(decodeJwt(token), seconds), target.minting)
  const hint = 'Set TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY, or leave the operation out on this target.'
  const message = `a token of ${caller.actor} that expires soon needs a signing key, and none is known`
  throw new TrespassError('cannot-mint', message, { hint })
}

/** The default lifetime of a token in seconds. */
const tokenLife = 3600

function tokenOf(caller: Caller): string | null {
  return caller.kind === 'actor' ? caller.token : null
}

function lasting(claims: JWTPayload, seconds: number): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return { ...claims, iat: now, exp: now + seconds }
}

async function issued(
  { actor }: ActorSession,
  email: string,
  { endpoint, privileged }: Pick<Issuer, 'endpoint' | 'privileged'>,
): Promise<LiveSession> {
  if (privileged === null) throw new Error('a link needs the secret key')
  const { admin } = authClient(privileged.url, privileged.secretKey)
  const link = await admin.generateLink({ type: 'magiclink', email })
  if (link.error) throw requestFailed(`a new token for ${actor} cannot be asked for`, link.error, 'TRESPASS_SECRET_KEY')
  const { hashed_token: tokenHash } = link.data.properties
  const client = authClient(endpoint.url, endpoint.publishableKey)
  const { data, error } = await client.verifyOtp({ type: 'magiclink', token_hash: tokenHash })
  if (error) throw requestFailed(`a new token for ${actor} cannot be had`, error, 'TRESPASS_PUBLISHABLE_KEY')
  if (data.session === null) throw new Error('Auth verified a link and gave no session')
  return liveSession(data.session)
}
