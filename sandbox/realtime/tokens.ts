import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose'
import { z } from 'zod'

/** The claims of a verified token: all of them are passed to the policies, and these two are required. */
export type Claims = z.output<typeof claimsSchema>

const claimsSchema = z.looseObject({ role: z.string(), exp: z.number().transform(Math.round) })

const HMAC = ['HS256', 'HS384', 'HS512']

/** Why a token is not accepted, in the wording of each place that reports it. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal'
  /** The code in front of the message in the answer to a join. */
  readonly code: string
  /** The text in the answer to the handshake. */
  readonly atHandshake: string
  /** The text in the system message of an open channel. */
  readonly onChannel: string

  constructor(code: string, message: string, said: { atHandshake?: string; onChannel?: string } = {}) {
    super(message)
    this.code = code
    this.atHandshake = said.atHandshake ?? message
    this.onChannel = said.onChannel ?? message
  }
}

/** Verifies access tokens as Realtime does. */
export interface Tokens {
  /**
   * Verifies the signature, then the times, then the presence of the claims that Realtime needs.
   *
   * @throws TokenRefusal
   */
  verify(token: string): Promise<Claims>
}

/**
 * Makes the verifier of one sandbox (Realtime `channels/auth/jwt_verification.ex`): a token's `kid` selects the asymmetric key,
 * HMAC uses the shared secret, and any other algorithm has no key.
 *
 * @param signingKey the key of user sessions, ES256 with `kid`
 */
export function createTokens(jwtSecret: string, signingKey: JWK): Tokens {
  const secret = new TextEncoder().encode(jwtSecret)
  const { d: _private, key_ops: _operations, ...publicKey } = signingKey
  const verifier = importJWK(publicKey, 'ES256')

  const keyOf = async (token: string) => {
    const { alg, kid } = decodeProtectedHeader(token)
    if (alg !== undefined && HMAC.includes(alg)) return { key: secret, alg }
    if (alg === undefined || kid === undefined || !/^(ES|RS)\d+$|^Ed/.test(alg)) throw noSigner()
    if (alg !== 'ES256' || kid !== signingKey.kid) throw noSigner(kid)
    return { key: await verifier, alg }
  }
  return {
    async verify(given) {
      const token = cleaned(given)
      const payload = peek(token)
      const { key, alg } = await keyOf(token)
      await compactVerify(token, key, { algorithms: [alg] }).catch((error: unknown) => {
        if (!(error instanceof errors.JOSEError)) throw error
        throw new TokenRefusal('JwtSignatureError', 'Failed to validate JWT signature', {
          onChannel: ':signature_error',
        })
      })
      return validate(payload)
    },
  }
}

function validate(payload: Record<string, unknown>): Claims {
  const now = Math.floor(Date.now() / 1000)
  if (typeof payload.exp === 'number' && payload.exp <= now) {
    const message = `Token has expired ${now - Math.round(payload.exp)} seconds ago`
    throw new TokenRefusal('InvalidJWTToken', message, { atHandshake: 'Token has expired' })
  }
  const claims = claimsSchema.safeParse(payload)
  if (claims.success) return claims.data
  throw new TokenRefusal('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT')
}

/** Accepts tokens with percent-encoding and line breaks, as Realtime does. */
function cleaned(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll(/\s/g, '')
  } catch {
    throw malformed()
  }
}

function peek(token: string): Record<string, unknown> {
  try {
    decodeProtectedHeader(token)
    return decodeJwt(token)
  } catch {
    throw malformed()
  }
}

function malformed(): TokenRefusal {
  return new TokenRefusal('MalformedJWT', 'The token provided is not a valid JWT')
}

function noSigner(kid?: string): TokenRefusal {
  const whose = kid === undefined ? '' : ` for key ID (kid) ${JSON.stringify(kid)}`
  const message = `Failed to generate JWT signer${whose}, check your JWT secret or JWKS configuration`
  return new TokenRefusal('JwtSignerError', message, kid === undefined ? { onChannel: ':error_generating_signer' } : {})
}
