import { randomInt, randomUUID } from 'node:crypto'
import { type Call, clientAddress, userAgent } from './call.ts'
import type { Database } from './database.ts'
import { failingAs } from './errors.ts'
import { customizedClaims } from './hooks.ts'
import type { SessionRow } from './principal.ts'
import { userJson } from './user-json.ts'
import { instanceId, reloadUser, type UserRow } from './users.ts'

/** The method by which a user signed in; an entry of the claim `amr`. */
export type Method = 'password' | 'otp' | 'totp' | 'anonymous'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** A new refresh token: twelve characters of a row in `auth.refresh_tokens` (GoTrue's first kind of token). */
function newRefreshToken(): string {
  return Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/**
 * Starts a session and returns its tokens: session, first refresh token, `amr` entry and `last_sign_in_at` in one statement.
 *
 * @throws AuthError 500 `unexpected_failure` when the database refuses, as a project's trigger on `auth.users` may
 */
export async function startSession(call: Call, userId: string, method: Method): Promise<TokenAnswer> {
  const sessionId = randomUUID()
  const refreshToken = newRefreshToken()
  const work = call.database.query(
    `with session as (
       insert into auth.sessions (id, user_id, aal, created_at, updated_at, user_agent, ip)
       values ($1, $2, 'aal1', now(), now(), $3, $4)),
     proof as (
       insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
       values ($5, $1, clock_timestamp(), clock_timestamp(), $6)),
     token as (
       insert into auth.refresh_tokens
         (instance_id, token, user_id, parent, session_id, revoked, created_at, updated_at)
       values ($7, $8, $2::text, '', $1, false, now(), now()))
     update auth.users set last_sign_in_at = now(), updated_at = now() where id = $2::uuid`,
    [
      sessionId,
      userId,
      userAgent(call.request),
      clientAddress(call.request),
      randomUUID(),
      method,
      instanceId,
      refreshToken,
    ],
  )
  await failingAs('Database error granting user', work)
  const user = await reloadUser(call.database, userId)
  return await tokenAnswer(call, user, { sessionId, refreshToken, method })
}

/** A new set of tokens, as `/token`, `/signup` and the verification of a factor return it. Times in seconds. */
export interface TokenAnswer {
  access_token: string
  token_type: 'bearer'
  expires_in: number
  expires_at: number
  refresh_token: string
  user: Record<string, unknown>
}

/**
 * Issues an access token for the current state of a session in the database, and sets the response headers that name user and
 * session. The claims are those of GoTrue's `internal/tokens/service.go`, unless a hook changes them.
 *
 * @param issued the session, its refresh token, and the method that the token is issued for
 * @throws AuthError of the hook `custom_access_token`
 */
export async function tokenAnswer(
  call: Call,
  user: UserRow,
  issued: { readonly sessionId: string; readonly refreshToken: string; readonly method: Method | 'token_refresh' },
): Promise<TokenAnswer> {
  const { sessionId, refreshToken, method } = issued
  const { aal, amr } = await assurance(call.database, sessionId)
  const seconds = call.config.jwt_expiry
  const issuedAt = Math.floor(Date.now() / 1000)
  const expiresAt = issuedAt + seconds
  const claims = {
    iss: call.tokenIssuer,
    sub: user.id,
    aud: user.aud ?? '',
    exp: expiresAt,
    iat: issuedAt,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    role: user.role ?? '',
    aal,
    amr,
    session_id: sessionId,
    is_anonymous: user.is_anonymous,
  }
  const token = await call.tokens.sign(await customizedClaims(call, user.id, claims, method))
  call.headers.set('sb-auth-user-id', user.id)
  call.headers.set('sb-auth-session-id', sessionId)
  call.headers.set('sb-auth-refresh-token-prefix', refreshToken.slice(0, 5))
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: seconds,
    expires_at: expiresAt,
    refresh_token: refreshToken,
    user: userJson(user),
  }
}

/** The assurance level of a session and its proofs, newest first. Timestamps in Unix seconds. */
async function assurance(
  database: Database,
  sessionId: string,
): Promise<{ aal: 'aal1' | 'aal2'; amr: { method: string; timestamp: number }[] }> {
  const amr = await database.query<{ method: string; timestamp: number }>(
    `select authentication_method as method, floor(extract(epoch from updated_at))::int as timestamp
     from auth.mfa_amr_claims where session_id = $1 order by updated_at desc`,
    [sessionId],
  )
  return { aal: amr.some((entry) => entry.method === 'totp') ? 'aal2' : 'aal1', amr }
}

/** Ends every session of a user. Refresh tokens go with their session; access tokens stay valid until they expire. */
export async function endAllSessions(database: Database, userId: string): Promise<void> {
  await database.query('delete from auth.sessions where user_id = $1', [userId])
}

/** Ends every session of a user except this one. */
export async function endOtherSessions(database: Database, session: SessionRow): Promise<void> {
  await database.query('delete from auth.sessions where user_id = $1 and id <> $2', [session.user_id, session.id])
}

/** Ends one session. */
export async function endSession(database: Database, session: SessionRow): Promise<void> {
  await database.query('delete from auth.sessions where id = $1', [session.id])
}

/** Exchanges a refresh token for a new one of the same session: the old one is revoked and named as the parent. */
export async function swapRefreshToken(
  database: Database,
  old: { token: string; user_id: string; session_id: string },
): Promise<string> {
  const next = newRefreshToken()
  await database.query(
    `with revoked as (update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1)
     insert into auth.refresh_tokens (instance_id, token, user_id, parent, session_id, revoked, created_at, updated_at)
     values ($2, $3, $4, $1, $5, false, now(), now())`,
    [old.token, instanceId, next, old.user_id, old.session_id],
  )
  return next
}
