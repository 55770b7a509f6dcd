import { decodeProtectedHeader, errors, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { AuthError } from './errors.ts'

const claimsSchema = z.object({
  sub: z.string().default(''),
  role: z.string().default(''),
  aud: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((aud) => (typeof aud === 'string' ? [aud] : aud)),
  session_id: z.string().default(''),
  is_anonymous: z.boolean().default(false),
})

/** The claims that Auth itself reads. Missing ones are empty. */
export type Claims = z.output<typeof claimsSchema>

/** The options of `createTokens`. */
export interface TokenOptions {
  jwtSecret: string
  signingKey: JWK
  signWith: 'es256' | 'hs256'
}

/** Signs and verifies access tokens. */
export interface Tokens {
  /** Signs claims without changing them. */
  sign(claims: JWTPayload): Promise<string>
  /**
   * Verifies signature and times.
   *
   * @throws AuthError 403 `bad_jwt`
   */
  verify(token: string): Promise<Claims>
  /** The key set for `/.well-known/jwks.json`: the public asymmetric key, never the shared secret. */
  jwks: { keys: JWK[] }
}

/**
 * The signing keys of one sandbox. As in GoTrue, a token's `kid` selects the asymmetric key, and every other HS256 token is
 * verified with the shared secret, whichever of the two signs new tokens.
 */
export function createTokens(options: TokenOptions): Tokens {
  const secret = new TextEncoder().encode(options.jwtSecret)
  const { d: _private, ...publicPart } = options.signingKey
  const publicKey: JWK = { ...publicPart, use: 'sig', alg: 'ES256', key_ops: ['verify'], ext: true }
  const kid = options.signingKey.kid
  const signer = importJWK(options.signingKey, 'ES256')
  const verifier = importJWK(publicKey, 'ES256')
  const header =
    options.signWith === 'es256' && kid !== undefined
      ? { alg: 'ES256', kid, typ: 'JWT' }
      : { alg: options.signWith === 'es256' ? 'ES256' : 'HS256', typ: 'JWT' }

  return {
    jwks: { keys: [publicKey] },
    async sign(claims) {
      return await new SignJWT(claims)
        .setProtectedHeader(header)
        .sign(options.signWith === 'es256' ? await signer : secret)
    },
    async verify(token) {
      try {
        const found = decodeProtectedHeader(token)
        if (kid !== undefined && found.kid === kid) return read(await jwtVerify(token, await verifier, es256))
        if (found.alg === 'HS256') return read(await jwtVerify(token, secret, hs256))
        const named = found.kid ?? '<nil>'
        throw new BadToken(`token is unverifiable: unrecognized JWT kid ${named} for algorithm ${found.alg}`)
      } catch (error) {
        const reason = reasonOf(error)
        const message = `invalid JWT: unable to parse or verify signature, ${reason}`
        throw new AuthError(403, 'bad_jwt', message, { cause: error })
      }
    },
  }
}

class BadToken extends Error {
  override readonly name = 'BadToken'
}

const es256 = { algorithms: ['ES256'] }
const hs256 = { algorithms: ['HS256'] }

function read(verified: { payload: JWTPayload }): Claims {
  const parsed = claimsSchema.safeParse(verified.payload)
  if (parsed.success) return parsed.data
  throw new BadToken('token is malformed: could not JSON decode claim')
}

/** The wording of the library that GoTrue uses (golang-jwt), as far as clients are known to depend on it. */
function reasonOf(error: unknown): string {
  if (error instanceof BadToken) return error.message
  if (error instanceof errors.JWTExpired) return 'token has invalid claims: token is expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? 'token has invalid claims: token is not valid yet'
      : `token has invalid claims: ${error.message}`
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token signature is invalid: signature is invalid'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token signature is invalid: signing method is invalid'
  return 'token is malformed: token contains an invalid number of segments'
}
