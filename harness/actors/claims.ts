import { decodeJwt } from 'jose'
import type { Target } from '../model/target.ts'

/** The claims that Auth itself gives a token (supabase/auth, `internal/hooks/v0hooks`, `AccessTokenClaims`). */
const ownClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'email',
  'phone',
  'app_metadata',
  'user_metadata',
  'role',
  'aal',
  'amr',
  'session_id',
  'is_anonymous',
  'client_id',
  'scope',
])

/**
 * @returns true when the claims of a token may change after rows have been made: a custom access token hook reads them, or a
 *   trigger copies them into a user's metadata. On a target of this machine a new token costs nothing, so it always may.
 *   Elsewhere Auth limits the rate of requests, and a claim that is not Auth's own shows that a hook runs.
 */
export function mayDependOnRows(accessToken: string, kind: Target['kind']): boolean {
  if (kind !== 'hosted') return true
  return Object.keys(decodeJwt(accessToken)).some((claim) => !ownClaims.has(claim))
}
