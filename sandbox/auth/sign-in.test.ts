import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, accessToken, claimsOf, password, session, startBench } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const wrong = { status: 400, code: 'invalid_credentials', message: 'Invalid login credentials' }

describe('signing in with a password', () => {
  it('returns a session with a token that has the claims of a genuine one', async () => {
    const { id, email } = await bench.person()
    const before = Math.floor(Date.now() / 1000)
    const { data, error } = await bench.visitor().auth.signInWithPassword({ email, password })
    expect(error).toBeNull()
    expect(data.session).toMatchObject({ token_type: 'bearer', expires_in: 3600, user: { id, email } })
    expect(data.session?.expires_at).toBeGreaterThanOrEqual(before + 3600)

    const client = await bench.signedIn(email)
    const claims = await claimsOf(client)
    expect(claims).toEqual({
      iss: `${bench.sandbox.url}/auth/v1`,
      aud: 'authenticated',
      sub: id,
      role: 'authenticated',
      exp: expect.any(Number),
      iat: expect.any(Number),
      email,
      phone: '',
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { email_verified: true },
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      is_anonymous: false,
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: expect.any(Number) }],
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600)
  })

  it('notes the sign-in and names user and session in headers', async () => {
    const { id, email } = await bench.person()
    const answer = await bench.send('POST', '/token?grant_type=password', { body: { email, password } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('sb-auth-user-id')).toBe(id)
    expect(answer.headers.get('sb-auth-session-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('sb-auth-refresh-token-prefix')).toBe(String(answer.body.refresh_token).slice(0, 5))
    expect(answer.body.user).toMatchObject({ last_sign_in_at: expect.any(String) })
  })

  it('answers a wrong password like an unknown user or one without a password', async () => {
    const { email } = await bench.person()
    await bench.database.query(`update auth.users set encrypted_password = '' where email = $1`, [email])
    const other = await bench.person()
    const tries = [
      { email: other.email, password: 'not this one' },
      { email: 'nobody@example.com', password },
      { email, password },
    ]
    for (const attempt of tries) {
      expect((await bench.visitor().auth.signInWithPassword(attempt)).error).toMatchObject(wrong)
    }
  })

  it('takes an address in any case', async () => {
    const { id, email } = await bench.person('Mixed.Case')
    const { data } = await bench.visitor().auth.signInWithPassword({ email: email.toUpperCase(), password })
    expect(data.user).toMatchObject({ id, email: 'mixed.case@example.com' })
  })

  it('refuses a user with an unconfirmed address, but only after the right password', async () => {
    const email = 'unconfirmed@example.com'
    await bench.admin.auth.admin.createUser({ email, password })
    const unconfirmed = { status: 400, code: 'email_not_confirmed', message: 'Email not confirmed' }
    expect((await bench.visitor().auth.signInWithPassword({ email, password })).error).toMatchObject(unconfirmed)
    const attempt = { email, password: 'not this one' }
    expect((await bench.visitor().auth.signInWithPassword(attempt)).error).toMatchObject(wrong)
  })

  it('reports a ban before it checks the password', async () => {
    const { id, email } = await bench.person()
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: '24h' })
    const { error } = await bench.visitor().auth.signInWithPassword({ email, password: 'not this one' })
    expect(error).toMatchObject({ status: 400, code: 'user_banned', message: 'User is banned' })
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: 'none' })
    expect((await bench.visitor().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('lets a user in whom a seed file wrote with pgcrypto', async () => {
    await bench.database.query(
      `insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
         raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
       values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
         'seeded@example.com', extensions.crypt('seeded-1', extensions.gen_salt('bf')), now(),
         '{"provider":"email"}', '{}', now(), now())`,
    )
    const client = await bench.signedIn('seeded@example.com', 'seeded-1')
    expect((await session(client)).user).toMatchObject({ email: 'seeded@example.com', identities: [] })
  })

  it.each([
    ['/token?grant_type=password', { email: 'a@example.com', phone: '49123', password }, 400, 'validation_failed'],
    ['/token?grant_type=password', { password }, 400, 'validation_failed'],
    ['/token?grant_type=password', { phone: '49123', password }, 422, 'phone_provider_disabled'],
    ['/token?grant_type=magic', {}, 400, 'invalid_credentials'],
    ['/token', {}, 400, 'invalid_credentials'],
    ['/token?grant_type=password', '{"email":', 400, 'bad_json'],
    ['/token?grant_type=password', '', 400, 'bad_json'],
    ['/token?grant_type=password', { email: 7 }, 400, 'bad_json'],
  ])('refuses POST %s with %j', async (path, body, status, code) => {
    const answer = await bench.send('POST', path, { body })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-sb-error-code')).toBe(code)
    expect(answer.body).toMatchObject({ code: status, error_code: code, msg: expect.any(String) })
  })

  it('refuses a body of more than a mebibyte', async () => {
    const answer = await bench.send('POST', '/token?grant_type=password', { body: { email: 'x'.repeat(1 << 20) } })
    expect([answer.status, answer.body.error_code]).toEqual([413, 'request_entity_too_large'])
  })

  it('answers errors in the shape that the client asks for', async () => {
    const body = { email: 'nobody@example.com', password }
    const older = await bench.send('POST', '/token?grant_type=password', { body })
    expect(older.body).toEqual({ code: 400, error_code: wrong.code, msg: wrong.message })
    expect(older.headers.get('x-supabase-api-version')).toBeNull()
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const newer = await bench.send('POST', '/token?grant_type=password', { body, headers })
    expect(newer.body).toEqual({ code: wrong.code, message: wrong.message })
    expect(newer.headers.get('x-supabase-api-version')).toBe('2024-01-01')
    expect(newer.headers.get('x-sb-error-code')).toBe(wrong.code)
  })

  it('names the rule when the password has become too short', async () => {
    await bench.database.query(
      `update auth.users set encrypted_password = extensions.crypt('abc', extensions.gen_salt('bf', 4))
       where email = $1`,
      [(await bench.person('short')).email],
    )
    const credentials = { email: 'short@example.com', password: 'abc' }
    const { data, error } = await bench.visitor().auth.signInWithPassword(credentials)
    expect(error).toBeNull()
    const message = 'Password should be at least 6 characters.'
    expect(data.weakPassword).toEqual({ message, reasons: ['length'] })
  })

  it('keeps up with many at once', async () => {
    const { email } = await bench.person()
    const body = { email, password }
    const attempts = Array.from({ length: 100 }, () => bench.send('POST', '/token?grant_type=password', { body }))
    const answers = await Promise.all(attempts)
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(100)
  })
})

describe('signing in anonymously', () => {
  it('makes a user of role authenticated without an identity', async () => {
    const client = bench.visitor()
    const { data, error } = await client.auth.signInAnonymously({ options: { data: { theme: 'dark' } } })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      role: 'authenticated',
      email: '',
      is_anonymous: true,
      app_metadata: {},
      user_metadata: { theme: 'dark' },
      identities: [],
    })
    const proof = [{ method: 'anonymous', timestamp: expect.any(Number) }]
    expect(await claimsOf(client)).toMatchObject({ is_anonymous: true, role: 'authenticated', email: '', amr: proof })
  })

  it('becomes a permanent user with an address', async () => {
    const client = bench.visitor()
    await client.auth.signInAnonymously()
    const without = await client.auth.updateUser({ password: 'password-2' })
    expect(without.error).toMatchObject({ status: 422, code: 'validation_failed' })
    const { data, error } = await client.auth.updateUser({ email: 'kept@example.com', password: 'password-2' })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ email: 'kept@example.com', is_anonymous: false })
    expect(data.user?.identities).toHaveLength(1)
    const again = await bench.signedIn('kept@example.com', 'password-2')
    expect((await session(again)).user.id).toBe(data.user?.id)
  })
})

describe('the service itself', () => {
  it('reports its version and the enabled methods', async () => {
    expect((await bench.send('GET', '/health')).body).toMatchObject({ name: 'GoTrue' })
    const settings = await bench.send('GET', '/settings')
    expect(settings.body).toMatchObject({ external: { email: true, anonymous_users: true }, mailer_autoconfirm: true })
  })

  it('answers unknown paths and methods as a Go router does', async () => {
    const unknown = await bench.send('GET', '/saml/metadata')
    expect([unknown.status, unknown.text]).toEqual([404, '404 page not found\n'])
    expect(unknown.headers.get('content-type')).toMatch(/^text\/plain/)
    const method = await bench.send('PATCH', '/user', { token: await accessToken(await anyone()) })
    expect([method.status, method.text]).toEqual([405, ''])
  })
})

async function anyone() {
  return await bench.signedIn((await bench.person()).email)
}
