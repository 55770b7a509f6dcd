import { decodeJwt, type JWTPayload } from 'jose'
import type { JsonObject } from '../../json.ts'

/** Characters of one cookie at most (@supabase/ssr, `src/utils/chunker.ts`). */
const chunkSize = 3180

/** Stands before a value that is written in base64url (@supabase/ssr, `src/cookies.ts`). */
const encodingMark = 'base64-'

/**
 * A refresh token that Auth does not know. A backend that renewed the actor's session would end it for the rest of the
 * run; one that has to, as an expired session asks for it, finds none.
 */
const noRefresh = 'no-refresh-token'

/** @returns the name of the cookie in which supabase-js and @supabase/ssr keep a session of a project. */
export function cookieName(projectUrl: string): string {
  return `sb-${new URL(projectUrl).hostname.split('.')[0]}-auth-token`
}

/**
 * @param user the id of the user that the cookie names beside the token; the token's own when left out.
 * @returns the header `Cookie` by which a browser sends a session that @supabase/ssr keeps.
 */
export function sessionCookies(name: string, token: string, user?: string): string {
  const session = JSON.stringify(sessionOf(token, user))
  const value = `${encodingMark}${Buffer.from(session).toString('base64url')}`
  if (value.length <= chunkSize) return `${name}=${value}`
  const chunks = Array.from({ length: Math.ceil(value.length / chunkSize) }, (_, index) =>
    value.slice(index * chunkSize, (index + 1) * chunkSize),
  )
  return chunks.map((chunk, index) => `${name}.${index}=${chunk}`).join('; ')
}

function sessionOf(token: string, user: string | undefined): JsonObject {
  const claims = claimsOf(token)
  const { exp = 0, sub = '' } = claims
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: Math.max(0, exp - Math.floor(Date.now() / 1000)),
    expires_at: exp,
    refresh_token: noRefresh,
    user: {
      id: user ?? sub,
      aud: text(claims, 'aud'),
      role: text(claims, 'role'),
      email: text(claims, 'email'),
      phone: text(claims, 'phone'),
      is_anonymous: claims.is_anonymous === true,
    },
  }
}

/** A token that is broken on purpose still says whose session the cookie claims to be. */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}

function text(claims: JWTPayload, name: string): string {
  const value = claims[name]
  return typeof value === 'string' ? value : ''
}
