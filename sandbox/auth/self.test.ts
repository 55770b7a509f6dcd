import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, accessToken, password, session, startBench } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

function minted(claims: Record<string, unknown>, expires = '1h'): Promise<string> {
  const secret = new TextEncoder().encode(bench.sandbox.jwtSecret)
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setExpirationTime(expires).sign(secret)
}

describe('GET /user', () => {
  it('answers the user behind the token', async () => {
    const { id, email } = await bench.person()
    const { data, error } = await (await bench.signedIn(email)).auth.getUser()
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ id, email, phone: '', identities: [{ provider: 'email' }] })
    expect(data.user).not.toHaveProperty('encrypted_password')
    expect(data.user).not.toHaveProperty('factors')
  })

  it.each([
    ['an API key', () => minted({ role: 'anon' }), 403, 'bad_jwt', 'invalid claim: missing sub claim'],
    ['no UUID', () => minted({ sub: 'me', role: 'authenticated' }), 400, 'bad_jwt', 'sub claim must be a UUID'],
    [
      'a session that is no UUID',
      async () => minted({ sub: (await bench.person()).id, session_id: 'x' }),
      403,
      'bad_jwt',
      'session_id claim must be a UUID',
    ],
    [
      'nobody',
      () => minted({ sub: '00000000-0000-4000-8000-000000000000', aud: 'authenticated' }),
      403,
      'user_not_found',
      'User from sub claim in JWT does not exist',
    ],
    [
      'no audience',
      async () => minted({ sub: (await bench.person()).id, role: 'authenticated' }),
      400,
      'validation_failed',
      "Token audience doesn't match request audience",
    ],
    ['an expired token', () => minted({ sub: 'x' }, '-1 minute'), 403, 'bad_jwt', 'token is expired'],
    ['three words', async () => 'not.a.token', 403, 'bad_jwt', 'unable to parse or verify signature'],
    ['another text', async () => 'nonsense', 403, 'bad_jwt', 'unable to parse or verify signature'],
  ])('refuses a token with %s', async (_what, token, status, code, message) => {
    const answer = await bench.send('GET', '/user', { token: await token() })
    expect([answer.status, answer.body.error_code]).toEqual([status, code])
    expect(answer.body.msg).toContain(message)
  })

  it('wants a bearer token', async () => {
    const answer = await bench.send('GET', '/user', { headers: { authorization: 'Basic abc' } })
    const msg = 'This endpoint requires a valid Bearer token'
    expect(answer.body).toEqual({ code: 401, error_code: 'no_authorization', msg })
  })

  it('notices sign-out, ban and deletion at once, unlike the Data API', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const token = await accessToken(client)
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: '1h' })
    const codeNow = async () => {
      const answer = await bench.send('GET', '/user', { token })
      return [answer.status, answer.body.error_code, answer.body.msg]
    }
    expect(await codeNow()).toEqual([403, 'user_banned', 'User is banned'])
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: 'none' })
    expect((await bench.send('GET', '/user', { token })).status).toBe(200)
    await bench.admin.auth.admin.signOut(token, 'local')
    const gone = 'Session from session_id claim in JWT does not exist'
    expect(await codeNow()).toEqual([403, 'session_not_found', gone])
    await bench.admin.auth.admin.deleteUser(id)
    expect(await codeNow()).toEqual([403, 'user_not_found', 'User from sub claim in JWT does not exist'])
  })
})

describe('PUT /user', () => {
  it('merges metadata; null removes a key', async () => {
    const { email } = await bench.person()
    const client = await bench.signedIn(email)
    await client.auth.updateUser({ data: { a: 1, b: { c: 2 }, role: 'admin' } })
    const { data } = await client.auth.updateUser({ data: { a: null, b: { d: 3 } } })
    expect(data.user?.user_metadata).toEqual({ email_verified: true, b: { d: 3 }, role: 'admin' })
  })

  it('keeps app_metadata to administrators', async () => {
    const { id, email } = await bench.person()
    const token = await accessToken(await bench.signedIn(email))
    const answer = await bench.send('PUT', '/user', { token, body: { app_metadata: { role: 'editor' } } })
    const msg = 'Updating app_metadata requires admin privileges'
    expect(answer.body).toEqual({ code: 403, error_code: 'not_admin', msg })
    const { data } = await bench.admin.auth.admin.getUserById(id)
    expect(data.user?.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
  })

  it('changes the password and ends every other session', async () => {
    const { email } = await bench.person()
    const [client, other] = await Promise.all([bench.signedIn(email), bench.signedIn(email)])
    const same = await client.auth.updateUser({ password })
    expect(same.error).toMatchObject({ status: 422, code: 'same_password' })
    const weak = await client.auth.updateUser({ password: 'abc' })
    expect(weak.error).toMatchObject({ status: 422, code: 'weak_password' })
    expect((await client.auth.updateUser({ password: 'password-2' })).error).toBeNull()
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect((await other.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    await bench.signedIn(email, 'password-2')
  })

  it('notes a new address and lets one link confirm it', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const { data } = await client.auth.updateUser({ email: 'next@example.com' })
    expect(data.user).toMatchObject({ email, new_email: 'next@example.com' })
    const link = { type: 'email_change_new', email, newEmail: 'next@example.com' } as const
    const { data: made } = await bench.admin.auth.admin.generateLink(link)
    const token_hash = made.properties?.hashed_token ?? ''
    const { data: verified } = await bench.visitor().auth.verifyOtp({ type: 'email_change', token_hash })
    expect(verified.user).toMatchObject({ id, email: 'next@example.com' })
    expect(verified.user?.identities?.[0]?.identity_data).toMatchObject({ email: 'next@example.com' })
  })

  it('reports to a signed-in user that an address is taken', async () => {
    const [one, other] = [await bench.person(), await bench.person()]
    const { error } = await (await bench.signedIn(one.email)).auth.updateUser({ email: other.email })
    expect(error).toMatchObject({ status: 422, code: 'email_exists' })
  })

  it('has no way to send a message to a phone', async () => {
    const { email } = await bench.person()
    const client = await bench.signedIn(email)
    expect((await client.auth.updateUser({ phone: '+491234567' })).error).toMatchObject({
      status: 400,
      code: 'phone_provider_disabled',
    })
    const malformed = await client.auth.updateUser({ phone: 'call me' })
    expect(malformed.error).toMatchObject({ status: 400, code: 'validation_failed' })
    await bench.admin.auth.admin.createUser({ phone: '+491234568' })
    const taken = await client.auth.updateUser({ phone: '+491234568' })
    expect(taken.error).toMatchObject({ status: 422, code: 'phone_exists' })
  })
})

describe('signing out', () => {
  async function threeSessions() {
    const { email } = await bench.person()
    return await Promise.all([bench.signedIn(email), bench.signedIn(email), bench.signedIn(email)])
  }
  const refreshed = async (clients: Awaited<ReturnType<typeof threeSessions>>) =>
    await Promise.all(clients.map(async (client) => (await client.auth.refreshSession()).error === null))

  it('ends this session, the others or all', async () => {
    const local = await threeSessions()
    await local[0].auth.signOut({ scope: 'local' })
    expect(await refreshed(local)).toEqual([false, true, true])
    const others = await threeSessions()
    await others[0].auth.signOut({ scope: 'others' })
    expect(await refreshed(others)).toEqual([true, false, false])
    const global = await threeSessions()
    await global[0].auth.signOut()
    expect(await refreshed(global)).toEqual([false, false, false])
  })

  it('leaves the access token good for the Data API until it expires', async () => {
    const { email } = await bench.person()
    const client = await bench.signedIn(email)
    const token = await accessToken(client)
    await client.auth.signOut()
    const response = await fetch(`${bench.sandbox.url}/rest/v1/missing`, {
      headers: { apikey: bench.sandbox.publishableKey, authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(404)
  })

  it('answers 204, and 400 to a scope that it does not know', async () => {
    const { id, email } = await bench.person()
    const token = await accessToken(await bench.signedIn(email))
    const unknown = await bench.send('POST', '/logout?scope=mine', { token })
    expect(unknown.body).toMatchObject({ error_code: 'validation_failed', msg: 'Unsupported logout scope "mine"' })
    const sessionless = await minted({ sub: id, aud: 'authenticated', role: 'authenticated' })
    expect((await bench.send('POST', '/logout?scope=local', { token: sessionless })).status).toBe(204)
    const after = await bench.send('GET', '/user', { token })
    expect(after.body).toMatchObject({ error_code: 'session_not_found' })
  })
})

it('keeps sessions apart: each sign-in has its own', async () => {
  const { email } = await bench.person()
  const tokens = await Promise.all([bench.signedIn(email), bench.signedIn(email)])
  const [one, other] = await Promise.all(tokens.map(session))
  expect(one?.refresh_token).not.toBe(other?.refresh_token)
})
