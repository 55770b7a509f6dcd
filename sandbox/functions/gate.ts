import type { IncomingMessage } from 'node:http'
import { importJWK, jwtVerify } from 'jose'
import type { SandboxKeys } from '../keys.ts'

/** An answer that what stands before a function gives by itself. */
export interface FunctionRefusal {
  status: number
  /** The header `sb-error-code` (https://supabase.com/docs/guides/functions/error-codes). */
  error: string
  body: { code: number | string; message: string }
}

const NO_AUTHORIZATION: FunctionRefusal = {
  status: 401,
  error: 'UNAUTHORIZED_NO_AUTH_HEADER',
  body: { code: 401, message: 'Missing authorization header' },
}

const INVALID_JWT: FunctionRefusal = {
  status: 401,
  error: 'UNAUTHORIZED_INVALID_JWT_FORMAT',
  body: { code: 401, message: 'Invalid JWT' },
}

/**
 * Makes the gate of `verify_jwt`. It accepts a token of a user, a legacy key, and an opaque key in either header; of a
 * token only the signature and the times are looked at
 * (https://supabase.com/docs/guides/functions/auth-headers). A preflight request has no credential.
 */
export function createGate(keys: SandboxKeys): (request: IncomingMessage) => Promise<FunctionRefusal | undefined> {
  const { d: _private, key_ops: _operations, ...publicKey } = keys.signingKey
  const verifier = importJWK(publicKey, 'ES256')
  const secret = new TextEncoder().encode(keys.jwtSecret)
  const isOpaqueKey = (text: unknown) => text === keys.publishableKey || text === keys.secretKey
  return async ({ method, headers }) => {
    if (method === 'OPTIONS') return undefined
    const { authorization, apikey } = headers
    if (authorization === undefined) return isOpaqueKey(apikey) ? undefined : NO_AUTHORIZATION
    const token = authorization.replace(/^bearer\s+/i, '')
    if (isOpaqueKey(token)) return undefined
    try {
      await jwtVerify(
        token,
        async ({ alg, kid }) => (alg === 'ES256' && kid === keys.signingKey.kid ? await verifier : secret),
        { algorithms: ['HS256', 'ES256'] },
      )
      return undefined
    } catch {
      return INVALID_JWT
    }
  }
}
