import { createPublicKey, verify } from 'node:crypto'
import { inspect } from 'node:util'
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { tokenAttacks } from '../model/matrix.ts'
import type { Minting } from '../model/target.ts'
import { type AttackMaterial, breakToken, noSuchRole } from './attacks.ts'
import { mint } from './minting.ts'

const claims: JWTPayload = {
  iss: 'https://project.example.com/auth/v1',
  sub: '11111111-1111-4111-8111-111111111111',
  aud: 'authenticated',
  role: 'authenticated',
  email: 'alice@trespass.test',
  app_metadata: { provider: 'email' },
  aal: 'aal1',
  iat: 1_800_000_000,
  exp: 1_800_003_600,
}
const otherUserId = '22222222-2222-4222-8222-222222222222'
/** While the intact token is valid. */
const currentDate = new Date(1_800_000_100_000)

const publicPart = ({ d: _, ...jwk }: JWK) => jwk

async function keys(alg: 'ES256' | 'RS256'): Promise<{ minting: Minting; verifier: JWK }> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg, kid: 'the key' }
  const { p, q, dp, dq, qi, ...rest } = jwk
  return { minting: { kind: 'jwk', jwk }, verifier: publicPart(rest) }
}

const shared = 'a secret of at least thirty-two characters'
const kinds = {
  ES256: { header: { alg: 'ES256', kid: 'the key', typ: 'JWT' } },
  RS256: { header: { alg: 'RS256', kid: 'the key', typ: 'JWT' } },
  HS256: { header: { alg: 'HS256', typ: 'JWT' } },
} as const

const projects = new Map<string, { minting: Minting; verifier: JWK }>()
beforeAll(async () => {
  projects.set('ES256', await keys('ES256'))
  projects.set('RS256', await keys('RS256'))
  const secret = Buffer.from(shared).toString('base64url')
  projects.set('HS256', { minting: { kind: 'secret', secret: shared }, verifier: { kty: 'oct', k: secret } })
})

describe.each(Object.entries(kinds))('a token signed with %s', (alg, { header }) => {
  const project = () => {
    const found = projects.get(alg)
    if (found === undefined) throw new Error(`no project for ${alg}`)
    return found
  }
  const material = async (): Promise<AttackMaterial> => {
    const { minting } = project()
    return { actor: 'alice', intact: await mint(claims, minting), otherUserId, minting }
  }
  /** Verifies as the project does, at a time when the intact token is valid. */
  const accepted = async (token: string | null) =>
    (await jwtVerify(token ?? '', await importJWK(project().verifier, alg), { currentDate })).payload

  const attack = async (name: (typeof tokenAttacks)[number]) => {
    const token = await breakToken(name, await material())
    if (token === null) throw new Error('no token')
    return token
  }

  test('is accepted while it is intact', async () => {
    const { intact } = await material()
    expect(await accepted(intact)).toEqual(claims)
    expect(decodeProtectedHeader(intact)).toEqual(header)
  })

  test('expired: properly signed, every claim but the times as before, over long ago', async () => {
    const token = await attack('expired')
    await expect(accepted(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
    expect(decodeProtectedHeader(token)).toEqual(header)
    const { iat, exp, ...rest } = decodeJwt(token)
    expect({ ...rest, iat: claims.iat, exp: claims.exp }).toEqual(claims)
    expect(exp).toBeLessThan(1_800_000_000 - 60)
    expect((exp ?? 0) - (iat ?? 0)).toBe(3600)
    const before = { currentDate: new Date(((exp ?? 0) - 1) * 1000) }
    await expect(jwtVerify(token, await importJWK(project().verifier, alg), before)).resolves.toBeDefined()
  })

  test('unknown-role: accepted, under a role that no project has', async () => {
    expect(await accepted(await attack('unknown-role'))).toEqual({ ...claims, role: noSuchRole })
  })

  test('tampered: the sub of another user under the old signature', async () => {
    const { intact } = await material()
    const token = await breakToken('tampered', { ...(await material()), intact })
    await expect(accepted(token)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    expect(decodeJwt(token ?? '')).toEqual({ ...claims, sub: otherUserId })
    expect(token?.split('.')[0]).toBe(intact.split('.')[0])
    expect(token?.split('.')[2]).toBe(intact.split('.')[2])
  })

  test('wrong-key: the same header and claims, signed with another key', async () => {
    const token = await attack('wrong-key')
    await expect(accepted(token)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    expect(decodeProtectedHeader(token)).toEqual(header)
    expect(decodeJwt(token)).toEqual(claims)
  })

  test('forged-role: service_role, signed with another key', async () => {
    const token = await attack('forged-role')
    await expect(accepted(token)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    expect(decodeProtectedHeader(token)).toEqual(header)
    expect(decodeJwt(token)).toEqual({ ...claims, role: 'service_role' })
  })

  test('alg-none: the same claims without a signature', async () => {
    const token = await attack('alg-none')
    await expect(accepted(token)).rejects.toThrow()
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'none' })
    expect(decodeJwt(token)).toEqual(claims)
    expect(token.endsWith('.')).toBe(true)
  })

  test('none: no token', async () => {
    expect(await breakToken('none', await material())).toBeNull()
  })
})

test('an ES256 signature is checked by node:crypto too, so that jose is not its own judge', async () => {
  const project = projects.get('ES256')
  if (project === undefined) throw new Error('no project')
  const { minting, verifier } = project
  const [header, payload, signature] = (await mint(claims, minting)).split('.')
  const { kty = '', crv = '', x = '', y = '' } = verifier
  const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  const data = Buffer.from(`${header}.${payload}`)
  const good = verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature ?? '', 'base64url'))
  expect(good).toBe(true)
})

test.each(['expired', 'unknown-role'] as const)(
  'a forged token for %s needs a key, and the error names its owner and its variable',
  async (attack) => {
    const project = projects.get('ES256')
    if (project === undefined) throw new Error('no project')
    const intact = await mint(claims, project.minting)
    await expect(breakToken(attack, { actor: 'alice', intact, otherUserId, minting: null })).rejects.toMatchObject({
      code: 'cannot-mint',
      message: expect.stringContaining('alice'),
      hint: expect.stringContaining('TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY'),
    })
  },
)

test.each(['tampered', 'wrong-key', 'forged-role', 'alg-none', 'none'] as const)('%s needs no key', async (attack) => {
  const project = projects.get('ES256')
  if (project === undefined) throw new Error('no project')
  const intact = await mint(claims, project.minting)
  await expect(breakToken(attack, { actor: 'alice', intact, otherUserId, minting: null })).resolves.not.toBe(intact)
})

test('a signing key that cannot be used is not shown', async () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'nonsense', y: 'nonsense', d: 'never shown' }
  const error: unknown = await mint(claims, { kind: 'jwk', jwk }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'bad-signing-key' })
  expect(inspect(error)).not.toContain('never shown')
})
