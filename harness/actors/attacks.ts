import { randomBytes } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { TrespassError } from '../errors.ts'
import type { TokenAttack } from '../model/matrix.ts'
import type { Minting } from '../model/target.ts'
import { mint } from './minting.ts'

/** A role that no project has. */
export const noSuchRole = 'trespass_no_such_role'

/**
 * Seconds between the expiry of an expired token and the time at which its session was issued. PostgREST accepts 30
 * seconds of clock difference; the issuing server's clock is the one that counts, so none is read here.
 */
const expiredFor = 600

/** Attacks that need a key which the project accepts. */
export const mintedAttacks: ReadonlySet<TokenAttack> = new Set<TokenAttack>(['expired', 'unknown-role'])

/** The input of an attack on a token. */
export interface AttackMaterial {
  /** The actor's name, for messages. */
  readonly actor: string
  /** The access token of a session that works. */
  readonly intact: string
  /** The id of another actor's user. */
  readonly otherUserId: string
  readonly minting: Minting | null
}

/**
 * Breaks a token on purpose. Everything that the attack does not change stays as it was.
 *
 * @returns the broken token; null for `none`, a client that has signed out
 * @throws TrespassError `cannot-mint` when the attack needs a signing key and none is known, `bad-signing-key`
 */
export async function breakToken(attack: TokenAttack, material: AttackMaterial): Promise<string | null> {
  const claims = decodeJwt(material.intact)
  switch (attack) {
    case 'none':
      return null
    case 'expired':
      return mint(expired(claims), mintingFor(attack, material))
    case 'unknown-role':
      return mint({ ...claims, role: noSuchRole }, mintingFor(attack, material))
    case 'tampered':
      return tampered(material.intact, { ...claims, sub: material.otherUserId })
    case 'alg-none':
      return new UnsecuredJWT(claims).encode()
    case 'wrong-key':
      return signedByStranger(material.intact, claims)
    case 'forged-role':
      return signedByStranger(material.intact, { ...claims, role: 'service_role' })
  }
}

/** The private key or secret that an attack has to be signed with. */
function mintingFor(attack: TokenAttack, { actor, minting }: AttackMaterial): Minting {
  if (minting !== null) return minting
  const hint = 'Set TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY, or leave the actor out on this target.'
  const message = `the actor ${actor} has a token that is ${attack}, and no key that could sign it is known`
  throw new TrespassError('cannot-mint', message, { hint })
}

function expired(claims: JWTPayload): JWTPayload {
  const { iat, exp } = claims
  if (iat === undefined || exp === undefined) throw new Error('A session without iat and exp cannot be made to expire')
  const end = iat - expiredFor
  return { ...claims, iat: end - (exp - iat), exp: end }
}

/** Other claims under the old signature. */
function tampered(intact: string, claims: JWTPayload): string {
  const [header, , signature] = intact.split('.')
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

/** Claims signed by a fresh key of the same algorithm, under the id of the project's key. */
async function signedByStranger(intact: string, claims: JWTPayload): Promise<string> {
  const { alg = '', ...rest } = decodeProtectedHeader(intact)
  const key = alg.startsWith('HS') ? randomBytes(64) : (await generateKeyPair(alg)).privateKey
  return new SignJWT(claims).setProtectedHeader({ ...rest, alg }).sign(key)
}
