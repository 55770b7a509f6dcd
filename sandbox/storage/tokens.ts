import { importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { messageOf } from '../errors.ts'
import { accessDenied, StorageError } from './errors.ts'

/** The operation that a signed URL allows. A token for one does not allow the other. */
type SignedScope = 'download' | 'upload'

/** Verifies tokens of users and signs those of URLs. */
export interface StorageTokens {
  /**
   * Verifies signature and times.
   *
   * @throws StorageError 403 `AccessDenied`
   */
  verify(token: string): Promise<JWTPayload>
  /** Signs the claims of a URL, valid for `seconds` from now. */
  signUrl(claims: JWTPayload & { url: string; scope: SignedScope }, seconds: number): Promise<string>
  /**
   * Verifies the token of a signed URL for one object.
   *
   * @param url bucket and name with a slash between
   * @throws StorageError 400 `InvalidJWT` or `InvalidSignature`
   */
  verifyUrl(token: string, url: string, scope: SignedScope): Promise<JWTPayload & { exp: number }>
}

/**
 * The keys of one sandbox: signed URLs and legacy keys use the shared secret, sessions either that or the ES256 key, which a
 * token's `kid` selects.
 */
export function createStorageTokens(jwtSecret: string, signingKey: JWK): StorageTokens {
  const secret = new TextEncoder().encode(jwtSecret)
  const { d: _private, key_ops: _operations, ...publicKey } = signingKey
  const verifier = importJWK(publicKey, 'ES256')

  const verified = async (token: string): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(
      token,
      async (header) => (header.alg === 'ES256' && header.kid === signingKey.kid ? await verifier : secret),
      { algorithms: ['HS256', 'ES256'] },
    )
    return payload
  }
  return {
    async verify(token) {
      try {
        return await verified(token)
      } catch (error) {
        throw accessDenied(messageOf(error))
      }
    },
    signUrl: (claims, seconds) =>
      new SignJWT(claims)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret),
    async verifyUrl(token, url, scope) {
      const payload = await verified(token).catch((error: unknown) => {
        throw new StorageError(400, 'InvalidJWT', messageOf(error), { cause: error })
      })
      if (scopeOf(payload) !== scope) throw invalidSignature(`Token is not scoped for ${scope}`)
      if (payload.url !== url) throw invalidSignature('Invalid signature')
      return { ...payload, exp: payload.exp ?? 0 }
    },
  }
}

/** Tokens from before scopes existed differ in the claim `upsert`, which only uploads have. */
function scopeOf(payload: JWTPayload): unknown {
  return payload.scope ?? ('upsert' in payload ? 'upload' : 'download')
}

function invalidSignature(message: string): StorageError {
  return new StorageError(400, 'InvalidSignature', message)
}
