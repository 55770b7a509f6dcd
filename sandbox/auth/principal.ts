import type { Call } from './call.ts'
import type { Database } from './database.ts'
import { AuthError } from './errors.ts'
import type { Claims, Tokens } from './tokens.ts'
import { audience, findUserById, isBanned, type UserRow } from './users.ts'
import { isUuid } from './validation.ts'

/** The columns of `auth.sessions` that Auth reads. */
export interface SessionRow {
  id: string
  user_id: string
  aal: 'aal1' | 'aal2' | 'aal3' | null
  not_after: Date | null
}

/** The caller of an endpoint that needs a user. `session` is undefined for a token without `session_id`. */
export interface Principal {
  claims: Claims
  user: UserRow
  session: SessionRow | undefined
}

/** A handler that needs a user's token. */
export type UserHandler = (call: Call, principal: Principal) => Promise<Response>

const adminRoles = ['service_role', 'supabase_admin']

/**
 * The claims of the bearer token.
 *
 * @throws AuthError 401 `no_authorization`, 403 `bad_jwt`
 */
export async function bearerClaims(request: Request, tokens: Tokens): Promise<Claims> {
  const token = /^bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token !== undefined) return await tokens.verify(token)
  throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
}

/**
 * Loads the user and the session that a token names. Unlike the Data API, Auth refuses the token of a deleted or banned user
 * and of an ended session (GoTrue `internal/api/auth.go`).
 *
 * @throws AuthError 403 `bad_jwt`, `user_not_found`, `session_not_found`, `user_banned`; 400 `bad_jwt`
 */
export async function loadPrincipal(database: Database, claims: Claims): Promise<Principal> {
  if (claims.sub === '') throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim')
  if (!isUuid(claims.sub)) throw new AuthError(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  const user = await findUserById(database, claims.sub)
  if (user === undefined) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  const session = await loadSession(database, claims.session_id)
  if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned')
  return { claims, user, session }
}

async function loadSession(database: Database, id: string): Promise<SessionRow | undefined> {
  if (id === '' || id === '00000000-0000-0000-0000-000000000000') return undefined
  if (!isUuid(id)) throw new AuthError(403, 'bad_jwt', 'invalid claim: session_id claim must be a UUID')
  const sql = 'select id, user_id, aal, not_after from auth.sessions where id = $1'
  const [session] = await database.query<SessionRow>(sql, [id])
  if (session !== undefined) return session
  throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
}

/**
 * Admits only an administrator: a token of role `service_role` or `supabase_admin`.
 *
 * @throws AuthError 403 `not_admin`, and those of `loadPrincipal` when the token names a session
 */
export async function requireAdmin(database: Database, claims: Claims): Promise<void> {
  if (claims.session_id !== '') await loadPrincipal(database, claims)
  if (!adminRoles.includes(claims.role)) throw new AuthError(403, 'not_admin', 'User not allowed')
}

/**
 * The audience of a request: its header, else the token's own, else the default. The audience of an administrator's
 * token does not count, because API keys have none.
 */
export function requestAudience(request: Request, claims: Claims): string {
  const own = adminRoles.includes(claims.role) ? undefined : claims.aud[0]
  return request.headers.get('x-jwt-aud') || own || audience
}

/** Anonymous users have no factors. @throws AuthError 403 `no_authorization` */
export function requireNotAnonymous(claims: Claims): void {
  if (!claims.is_anonymous) return
  throw new AuthError(403, 'no_authorization', 'Anonymous user not allowed to perform these actions')
}
