import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { mint } from './minting.ts'

const claims = { sub: 'somebody', role: 'authenticated' }

/** A private key with the members that a writer of keys adds, and its public half. */
async function keyOf(alg: 'ES256' | 'RS256', added: Readonly<Record<string, unknown>>) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: 'one' }
  return { jwk: { ...jwk, ...added }, publicKey }
}

const writers: readonly (readonly [string, (alg: string) => Record<string, unknown>])[] = [
  ['the CLI', (alg) => ({ alg, use: 'sig', key_ops: ['sign', 'verify'], ext: true })],
  ['Auth', (alg) => ({ alg, use: 'sig', key_ops: ['sign'] })],
  ['the dashboard', (alg) => ({ alg, key_ops: ['verify'], ext: false })],
  ['hand', () => ({})],
]

describe.each(['ES256', 'RS256'] as const)('a private key of %s', (alg) => {
  test.each(writers)('signs as it is written by %s', async (_, added) => {
    const { jwk, publicKey } = await keyOf(alg, added(alg))
    const token = await mint(claims, { kind: 'jwk', jwk })
    expect(decodeProtectedHeader(token)).toEqual({ alg, typ: 'JWT', kid: 'one' })
    expect((await jwtVerify(token, publicKey)).payload).toMatchObject(claims)
  })
})

test('a shared key signs with both operations', async () => {
  const jwk = {
    kty: 'oct',
    k: Buffer.from('x'.repeat(32)).toString('base64url'),
    key_ops: ['sign', 'verify'],
    alg: 'HS256',
  }
  const token = await mint(claims, { kind: 'jwk', jwk })
  expect((await jwtVerify(token, new TextEncoder().encode('x'.repeat(32)))).payload).toMatchObject(claims)
})

test('a key that cannot be imported is an error of its own, and is not quoted', async () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'broken', y: 'broken', d: 'a private member' }
  const error = await mint(claims, { kind: 'jwk', jwk }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'bad-signing-key' })
  expect(String(error)).not.toContain('a private member')
})
