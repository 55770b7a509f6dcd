import {
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, accessToken, everythingOn, startBench } from './test-support.ts'

const migration = `
create function public.me() returns uuid language sql stable as 'select auth.uid()';
create function public.claims() returns jsonb language sql stable as 'select auth.jwt()';
`
const files = { 'supabase/config.toml': everythingOn, 'supabase/migrations/1_me.sql': migration }

describe.each(['es256', 'hs256'] as const)('tokens signed with %s', (signWith) => {
  let bench: AuthBench
  beforeAll(async () => {
    bench = await startBench(files, signWith)
  })
  afterAll(() => bench.stop())

  async function mint(header: JWTHeaderParameters, key: Uint8Array | JWK, claims: Record<string, unknown>) {
    const signer = key instanceof Uint8Array ? key : await importJWK(key, 'ES256')
    return await new SignJWT(claims).setProtectedHeader(header).setExpirationTime('1h').sign(signer)
  }
  const shared = () => new TextEncoder().encode(bench.sandbox.jwtSecret)
  const status = async (token: string) => (await bench.send('GET', '/user', { token })).status

  it('name their key in the header', async () => {
    const { email } = await bench.person()
    const header = decodeProtectedHeader(await accessToken(await bench.signedIn(email)))
    const kid = bench.sandbox.signingKey.kid
    const es256 = { alg: 'ES256', kid, typ: 'JWT' }
    expect(header).toEqual(signWith === 'es256' ? es256 : { alg: 'HS256', typ: 'JWT' })
  })

  it('are accepted by PostgREST, and policies see the user', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    expect(await client.rpc('me')).toMatchObject({ error: null, data: id })
    const { data } = await client.rpc('claims')
    expect(data).toMatchObject({ sub: id, role: 'authenticated', aal: 'aal1', is_anonymous: false })
  })

  it('are verified by supabase-js', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const { data, error } = await client.auth.getClaims()
    expect(error).toBeNull()
    expect(data?.claims).toMatchObject({ sub: id, email, session_id: expect.any(String) })
  })

  it('are checked with the key that they name, whichever signs new ones', async () => {
    const { id } = await bench.person()
    const claims = { sub: id, aud: 'authenticated', role: 'authenticated' }
    const { signingKey } = bench.sandbox
    const { kid } = signingKey
    if (kid === undefined) throw new Error('the signing key has no id')
    expect(await status(await mint({ alg: 'HS256' }, shared(), claims))).toBe(200)
    expect(await status(await mint({ alg: 'HS256', kid: 'unknown' }, shared(), claims))).toBe(200)
    expect(await status(await mint({ alg: 'ES256', kid }, signingKey, claims))).toBe(200)
    expect(await status(await mint({ alg: 'ES256' }, signingKey, claims))).toBe(403)
    expect(await status(await mint({ alg: 'HS256', kid }, shared(), claims))).toBe(403)
    expect(await status(await mint({ alg: 'HS256' }, new Uint8Array(32), claims))).toBe(403)
    const stranger = await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)
    expect(await status(await mint({ alg: 'ES256', kid }, stranger, claims))).toBe(403)
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
    expect(await status(`${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`)).toBe(403)
    expect(await status(await mint({ alg: 'HS256' }, shared(), { ...claims, sub: 7 }))).toBe(403)
    const future = Math.floor(Date.now() / 1000) + 600
    expect(await status(await mint({ alg: 'HS256' }, shared(), { ...claims, nbf: future }))).toBe(403)
  })

  it('leave the shared secret out of the public key set', async () => {
    const answer = await bench.send('GET', '/.well-known/jwks.json', { key: '' })
    expect(answer.headers.get('cache-control')).toBe('public, max-age=600')
    const { kid, x, y } = bench.sandbox.signingKey
    expect(answer.body.keys).toEqual([
      { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true },
    ])
  })
})
