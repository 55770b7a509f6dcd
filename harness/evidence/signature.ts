import {
  calculateJwkThumbprint,
  FlattenedSign,
  type FlattenedVerifyResult,
  flattenedVerify,
  importJWK,
  type JWK,
} from 'jose'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import type { SigningJwk } from '../workspace/environment.ts'

/** The signature of the manifest, in a file beside it. The manifest cannot name this file. */
export const signatureName = 'signature.json'

/** The type of the signed content: a signature with another type is not valid here. */
const type = 'trespass-manifest+jws'

/** The public half of a signing key. */
const publicSchema = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
])

/** A flattened JWS without its payload: RFC 7515, section 7.2.2 and appendix F. */
const signatureSchema = z.strictObject({ protected: z.string(), signature: z.string() })

const headerSchema = z.strictObject({
  alg: z.enum(['ES256', 'EdDSA']),
  jwk: publicSchema,
  kid: z.string(),
  typ: z.literal(type),
})

/** Signs the bytes of a manifest; returns the text of `signature.json`. */
export type Sign = (manifest: Uint8Array) => Promise<string>

/**
 * Makes a signer from a private key. The signature contains the public half, so that any reader can check that the report is
 * unchanged; the owner of the key has to be known from elsewhere.
 *
 * @throws TrespassError `bad-variable` if the members of the key do not belong together.
 */
export async function signer(jwk: SigningJwk): Promise<Sign> {
  const shown = publicSchema.parse(jwk)
  const alg = algorithmOf(jwk)
  const key = await importJWK(jwk, alg).catch((cause: unknown) => {
    throw new TrespassError('bad-variable', 'TRESPASS_SIGNING_JWK holds no key: its members do not belong together', {
      cause,
    })
  })
  const kid = await calculateJwkThumbprint(shown)
  return async (manifest) => {
    const signing = new FlattenedSign(manifest).setProtectedHeader({ alg, jwk: shown, kid, typ: type })
    const { protected: header, signature } = await signing.sign(key)
    return `${JSON.stringify({ protected: header, signature })}\n`
  }
}

/**
 * Verifies a signature of a manifest.
 *
 * @param text the text of `signature.json`.
 * @returns the thumbprint (RFC 7638) of the signing key; null if the signature is not of these bytes.
 */
export async function signedBy(text: string, manifest: Uint8Array): Promise<string | null> {
  const verified = await verifiedBytes(text, manifest)
  const header = headerSchema.safeParse(verified?.protectedHeader)
  if (!header.success) return null
  const thumbprint = await calculateJwkThumbprint(header.data.jwk)
  return thumbprint === header.data.kid ? thumbprint : null
}

async function verifiedBytes(text: string, manifest: Uint8Array): Promise<FlattenedVerifyResult | null> {
  try {
    const jws = { ...signatureSchema.parse(JSON.parse(text)), payload: Buffer.from(manifest).toString('base64url') }
    return await flattenedVerify(
      jws,
      async (header: unknown) => {
        const { jwk, alg } = headerSchema.parse(header)
        return importJWK(jwk, alg)
      },
      { algorithms: ['ES256', 'EdDSA'] },
    )
  } catch {
    return null
  }
}

/**
 * Reads a public key from the text of a file.
 *
 * @param name the file, for the error.
 * @returns its thumbprint (RFC 7638).
 * @throws TrespassError `bad-public-key`
 */
export async function thumbprintOf(text: string, name: string): Promise<string> {
  const value = jsonIn(text)
  const parsed = publicSchema.safeParse(value)
  if (parsed.success && !(typeof value === 'object' && value !== null && 'd' in value)) {
    return calculateJwkThumbprint(parsed.data)
  }
  const found = parsed.success ? 'a private key' : 'another form'
  throw new TrespassError('bad-public-key', `found ${found} in ${name}, expected a public JWK on P-256 or Ed25519`, {
    hint: 'Its members are kty, crv, x and, on P-256, y. Only who signs needs the private one, with d.',
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function algorithmOf({ kty }: Pick<JWK, 'kty'>): 'ES256' | 'EdDSA' {
  return kty === 'EC' ? 'ES256' : 'EdDSA'
}
