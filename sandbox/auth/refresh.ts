import pg from 'pg'
import { z } from 'zod'
import { parseBody, text } from './body.ts'
import { type Call, clientAddress, userAgent } from './call.ts'
import type { Database } from './database.ts'
import { AuthError, invalid, json } from './errors.ts'
import { swapRefreshToken, tokenAnswer } from './sessions.ts'
import { isBanned, reloadUser } from './users.ts'

interface RefreshTokenRow {
  token: string
  user_id: string
  session_id: string
  revoked: boolean
  updated_at: Date
}

const refreshBody = z.object({ refresh_token: text })

/**
 * `POST /token?grant_type=refresh_token`. Refreshes of one session wait for each other, so the second of two concurrent ones
 * finds a revoked token, and the rules for a reused token apply.
 *
 * @throws AuthError 400 `validation_failed`, `refresh_token_not_found`, `user_banned`, `session_not_found`, `session_expired`,
 *   `refresh_token_already_used`; 409 `conflict`
 */
export async function refreshGrant(call: Call): Promise<Response> {
  const { refresh_token: token } = parseBody(call.body, refreshBody)
  if (!/^[a-z0-9]{12}$/.test(token)) throw invalid('Refresh token is not valid')

  const sessionId = await requireUsable(call, token)
  await lockSession(call.database, sessionId)
  const presented = await readToken(call.database, token)
  const issued = presented.revoked ? await reuse(call, presented) : undefined
  const next = issued ?? (await swapRefreshToken(call.database, presented))
  if (issued === undefined) call.headers.set('sb-auth-refresh-token-reuse', 'false')

  const user = await reloadUser(call.database, presented.user_id)
  const answer = await tokenAnswer(call, user, { sessionId, refreshToken: next, method: 'token_refresh' })
  await call.database.query(
    `update auth.sessions set refreshed_at = now() at time zone 'utc', user_agent = $2, ip = $3, updated_at = now()
     where id = $1`,
    [sessionId, userAgent(call.request), clientAddress(call.request)],
  )
  return json(200, answer, call.headers)
}

function notFound(): AuthError {
  return new AuthError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
}

/** The session of a token whose user may refresh. As in GoTrue this is checked before the session is locked. */
async function requireUsable(call: Call, token: string): Promise<string> {
  const [found] = await call.database.query<{
    user_id: string
    session_id: string | null
    banned_until: Date | null
    not_after: Date | null
  }>(
    `select u.id as user_id, t.session_id, u.banned_until, s.not_after from auth.refresh_tokens t
     join auth.users u on u.id::text = t.user_id left join auth.sessions s on s.id = t.session_id where t.token = $1`,
    [token],
  )
  if (found === undefined) throw notFound()
  call.headers.set('sb-auth-user-id', found.user_id)
  if (isBanned(found)) throw new AuthError(400, 'user_banned', 'Invalid Refresh Token: User Banned')
  if (found.session_id === null) {
    throw new AuthError(400, 'session_not_found', 'Invalid Refresh Token: No Valid Session Found')
  }
  call.headers.set('sb-auth-session-id', found.session_id)
  if (found.not_after !== null && found.not_after.getTime() < Date.now()) {
    throw new AuthError(400, 'session_expired', 'Invalid Refresh Token: Session Expired')
  }
  return found.session_id
}

/** Waits as long as GoTrue retries: five seconds. */
async function lockSession(database: Database, sessionId: string): Promise<void> {
  try {
    await database.query(`select set_config('lock_timeout', '5s', true)`)
    await database.query('select 1 from auth.sessions where id = $1 for update', [sessionId])
    await database.query(`select set_config('lock_timeout', '0', true)`)
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError && cause.code === '55P03')) throw cause
    const message = 'Too many concurrent token refresh requests on the same session or refresh token'
    throw new AuthError(409, 'conflict', message, { cause })
  }
}

/** Reads the token after taking the lock; it is missing if the session has ended meanwhile. */
async function readToken(database: Database, token: string): Promise<RefreshTokenRow> {
  const [row] = await database.query<RefreshTokenRow>(
    'select token, user_id, session_id, revoked, updated_at from auth.refresh_tokens where token = $1',
    [token],
  )
  if (row === undefined) throw notFound()
  return row
}

/**
 * The result of presenting a revoked token. The parent of the active token gets the active token again, at any time: its client
 * may have lost the answer. Any other token gets a new one within the reuse interval (undefined: issue one); afterwards it
 * revokes every token of the session. Revoking counts as use, so the token that was active then may be reused for another
 * interval.
 */
async function reuse(call: Call, presented: RefreshTokenRow): Promise<string | undefined> {
  const [active] = await call.database.query<{ token: string; parent: string | null }>(
    `select token, parent from auth.refresh_tokens where session_id = $1 and not revoked order by id desc limit 1`,
    [presented.session_id],
  )
  if (active?.parent === presented.token) return active.token

  const reusableUntil = presented.updated_at.getTime() + call.config.refresh_token_reuse_interval * 1000
  if (Date.now() <= reusableUntil) return undefined
  if (call.config.enable_refresh_token_rotation) {
    const sql = `update auth.refresh_tokens set revoked = true, updated_at = now()
      where session_id = $1 and not revoked`
    await call.database.query(sql, [presented.session_id])
  }
  const message = 'Invalid Refresh Token: Already Used'
  throw new AuthError(400, 'refresh_token_already_used', message, { keepsWork: true })
}
