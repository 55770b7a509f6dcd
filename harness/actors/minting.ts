import { importJWK, type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import type { Endpoint } from '../model/session.ts'
import type { Minting } from '../model/target.ts'
import { authClient, requestFailed } from './auth-client.ts'

/**
 * The members of a JWK that choose algorithm and key id; the private ones pass through to `jose`. The members that restrict its
 * use do not apply here.
 */
const jwkSchema = z.looseObject({
  kty: z.enum(['EC', 'RSA', 'oct']),
  alg: z.string().exactOptional(),
  kid: z.string().exactOptional(),
})

/** The algorithm that a Supabase project signs with, by kind of key (supabase/auth `internal/conf/jwk.go`). */
const algorithms = { EC: 'ES256', RSA: 'RS256', oct: 'HS256' } as const

/**
 * Signs claims as the project would.
 *
 * @throws TrespassError `bad-signing-key` when the key cannot be used
 */
export async function mint(claims: JWTPayload, minting: Minting): Promise<string> {
  if (minting.kind === 'secret') {
    const header = { alg: 'HS256', typ: 'JWT' }
    return new SignJWT(claims).setProtectedHeader(header).sign(new TextEncoder().encode(minting.secret))
  }
  try {
    // The CLI writes `key_ops: [sign, verify]`, which WebCrypto refuses for a private key of ES256 or RS256.
    const { key_ops: _operations, use: _use, ext: _extractable, ...jwk } = jwkSchema.parse(minting.jwk)
    const alg = jwk.alg ?? algorithms[jwk.kty]
    const header = { alg, typ: 'JWT', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) }
    return await new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(jwk, alg))
  } catch {
    // The error's own message may quote the key.
    const hint = 'It is an EC P-256, RSA or shared key as a JWK, with its private part.'
    throw new TrespassError('bad-signing-key', 'TRESPASS_JWT_PRIVATE_KEY cannot be used for signing', { hint })
  }
}

/**
 * Checks that the target accepts tokens that {@link mint} signs. Otherwise every minted token would be refused for its signature,
 * and the attack itself would never be tried.
 *
 * @param claims of a living session
 * @throws TrespassError `mint-refused`
 */
export async function proveMinting(claims: JWTPayload, minting: Minting, endpoint: Endpoint): Promise<void> {
  const token = await mint(claims, minting)
  const { error } = await authClient(endpoint.url, endpoint.publishableKey).getUser(token)
  if (!error) return
  if (error.status !== 403) throw requestFailed('minting cannot be tried', error, 'TRESPASS_PUBLISHABLE_KEY')
  const variable = minting.kind === 'secret' ? 'TRESPASS_JWT_SECRET' : 'TRESPASS_JWT_PRIVATE_KEY'
  const hint = 'Copy the key again, and check that dashboard › Project Settings › JWT Keys still shows it as in use.'
  throw new TrespassError('mint-refused', `the target does not accept tokens that ${variable} signs`, { hint })
}
