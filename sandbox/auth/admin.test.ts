import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  type AuthBench,
  accessToken,
  password,
  type SendOptions,
  session,
  startBench,
} from './test-support.ts'

const migration = `
create table public.orders (id int primary key, customer uuid not null references auth.users);
`

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench({ 'supabase/migrations/1_orders.sql': migration })
})
afterAll(() => bench.stop())

/** A request with the service-role key. */
function asAdmin(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const key = bench.sandbox.serviceRoleKey
  return bench.send(method, `/admin${path}`, { key, token: key, ...options })
}

const refusal = ({ status, body }: Answer) => [status, body.error_code, body.msg]
const nobody = '00000000-0000-4000-8000-000000000000'

describe('an administrator', () => {
  it('is a secret key and no user, visitor or stranger', async () => {
    const { email } = await bench.person()
    const token = await accessToken(await bench.signedIn(email))
    for (const path of ['/admin/users', `/admin/users/${nobody}`, `/admin/users/${nobody}/factors`]) {
      expect(refusal(await bench.send('GET', path, { token }))).toEqual([403, 'not_admin', 'User not allowed'])
      expect(refusal(await bench.send('GET', path))).toEqual([403, 'not_admin', 'User not allowed'])
    }
    expect(refusal(await asAdmin('GET', '/users', { token: 'nonsense' }))[1]).toBe('bad_jwt')
  })
})

describe('creating a user', () => {
  it('takes an id, roles, metadata and a ban', async () => {
    const id = crypto.randomUUID()
    const { data, error } = await bench.admin.auth.admin.createUser({
      id,
      email: 'Chosen@Example.com',
      phone: '+4912 345',
      password,
      email_confirm: true,
      phone_confirm: true,
      role: 'auditor',
      user_metadata: { name: 'C' },
      app_metadata: { tenant: 7, provider: null },
      ban_duration: '1h30m',
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      id,
      aud: 'authenticated',
      role: 'auditor',
      email: 'chosen@example.com',
      phone: '4912345',
      app_metadata: { providers: ['email', 'phone'], tenant: 7 },
      user_metadata: { name: 'C', email_verified: true },
      email_confirmed_at: expect.any(String),
      phone_confirmed_at: expect.any(String),
      confirmed_at: expect.any(String),
    })
    expect(data.user?.app_metadata).not.toHaveProperty('provider')
    expect(data.user?.identities?.map(({ provider }) => provider).sort()).toEqual(['email', 'phone'])
    const minutes = (Date.parse(data.user?.banned_until ?? '') - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(89)
    expect(minutes).toBeLessThanOrEqual(90)
  })

  it('invents a password when there is none, and takes a hash instead of one', async () => {
    const { data } = await bench.admin.auth.admin.createUser({ email: 'hashless@example.com' })
    const stored = 'select encrypted_password as hash from auth.users where id = $1'
    const { rows } = await bench.database.query(stored, [data.user?.id])
    expect(rows[0].hash).toMatch(/^\$2a\$04\$/)
    const password_hash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
    const email = 'hashed@example.com'
    await bench.admin.auth.admin.createUser({ email, password_hash, email_confirm: true })
    await bench.signedIn(email, 'U*U')
  })

  it.each([
    [{}, 400, 'validation_failed', 'Cannot create a user without either an email or phone'],
    [{ email: 'x' }, 400, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ phone: 'x' }, 400, 'validation_failed', 'Invalid phone number format (E.164 required)'],
    [{ email: 'a@b.co', id: 'x' }, 400, 'validation_failed', 'ID must conform to the uuid v4 format'],
    [
      { email: 'a@b.co', id: nobody.replace('4', '0').replace('8', '0') },
      400,
      'validation_failed',
      'ID cannot be a nil uuid',
    ],
    [
      { email: 'a@b.co', password: 'x'.repeat(73) },
      400,
      'validation_failed',
      'bcrypt: password length exceeds 72 bytes',
    ],
    [
      { email: 'a@b.co', password, password_hash: 'x' },
      400,
      'validation_failed',
      'Only a password or a password hash should be provided',
    ],
    [{ email: 'a@b.co', password_hash: 'x' }, 500, 'unexpected_failure', 'Error creating user'],
    [
      { email: 'a@b.co', ban_duration: '1d' },
      400,
      'validation_failed',
      'invalid format for ban duration: time: unknown unit "d" in duration "1d"',
    ],
    [
      { email: 'a@b.co', ban_duration: '24' },
      400,
      'validation_failed',
      'invalid format for ban duration: time: missing unit in duration "24"',
    ],
    [
      { email: 'a@b.co', ban_duration: 'long' },
      400,
      'validation_failed',
      'invalid format for ban duration: time: invalid duration "long"',
    ],
  ])('refuses %j', async (body, ...expected) => {
    expect(refusal(await asAdmin('POST', '/users', { body }))).toEqual(expected)
  })

  it('does not check the strength of the password', async () => {
    expect((await bench.admin.auth.admin.createUser({ email: 'weak@example.com', password: 'a' })).error).toBeNull()
  })

  it('refuses an address or id of another user', async () => {
    const { id, email } = await bench.person()
    const exists = 'A user with this email address has already been registered'
    const twice = await asAdmin('POST', '/users', { body: { email: email.toUpperCase() } })
    expect(refusal(twice)).toEqual([422, 'email_exists', exists])
    await bench.admin.auth.admin.createUser({ phone: '49777' })
    const phone = await asAdmin('POST', '/users', { body: { phone: '+49777' } })
    expect(refusal(phone)).toEqual([422, 'phone_exists', 'Phone number already registered by another user'])
    const sameId = await bench.admin.auth.admin.createUser({ id, email: 'same-id@example.com' })
    expect(sameId.error).toMatchObject({ status: 500 })
  })
})

describe('listing users', () => {
  it('returns pages, newest first, and the total', async () => {
    const made = [await bench.person(), await bench.person(), await bench.person()]
    const { data, error } = await bench.admin.auth.admin.listUsers({ page: 1, perPage: 2 })
    expect(error).toBeNull()
    expect(data.users.map(({ email }) => email)).toEqual([made[2]?.email, made[1]?.email])
    const { rows } = await bench.database.query('select count(*)::int as count from auth.users')
    expect(data).toMatchObject({ total: rows[0].count, nextPage: 2, aud: 'authenticated' })
    const last = await bench.admin.auth.admin.listUsers({ page: 1, perPage: 1000 })
    expect(last.data).toMatchObject({ nextPage: null, lastPage: 1 })
    expect(last.data.users).toHaveLength(rows[0].count)
  })

  it('filters, sorts and refuses invalid parameters', async () => {
    const { email } = await bench.person('findme')
    const found = await asAdmin('GET', '/users?filter=findme')
    expect(found.body.users).toMatchObject([{ email, identities: null }])
    expect(found.headers.get('x-total-count')).toBe('1')
    const oldest = await asAdmin('GET', '/users?sort=created_at+asc&per_page=1')
    const newest = await asAdmin('GET', '/users?sort=created_at+desc&per_page=1')
    expect(oldest.body.users).not.toEqual(newest.body.users)
    for (const query of ['page=x', 'per_page=-1', 'sort=email', 'sort=created_at+sideways']) {
      expect((await asAdmin('GET', `/users?${query}`)).body).toMatchObject({ error_code: 'validation_failed' })
    }
  })
})

describe('one user', () => {
  it('is named by a UUID that exists', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['GET', '/factors'],
    ] as const) {
      const malformed = await asAdmin(method, `/users/me${path}`, method === 'PUT' ? { body: {} } : {})
      expect(refusal(malformed)).toEqual([404, 'validation_failed', 'user_id must be an UUID'])
      const missing = await asAdmin(method, `/users/${nobody}${path}`, method === 'PUT' ? { body: {} } : {})
      expect(refusal(missing)).toEqual([404, 'user_not_found', 'User not found'])
    }
  })

  it('is changed in every part', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const changed = { email: 'moved@example.com', email_confirm: true, password: 'password-2', role: 'auditor' }
    const { data, error } = await bench.admin.auth.admin.updateUserById(id, {
      ...changed,
      phone: '49888',
      phone_confirm: true,
      user_metadata: { a: 1 },
      app_metadata: { b: 2 },
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email: 'moved@example.com',
      role: 'auditor',
      phone: '49888',
      user_metadata: { a: 1, email_verified: true },
      app_metadata: { b: 2, provider: 'email' },
    })
    const contents = Object.fromEntries((data.user?.identities ?? []).map((one) => [one.provider, one.identity_data]))
    expect(contents).toMatchObject({
      email: { email: 'moved@example.com', email_verified: true },
      phone: { phone: '49888', phone_verified: true },
    })
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    const again = await bench.signedIn('moved@example.com', 'password-2')
    expect((await session(again)).user.role).toBe('auditor')
  })

  it('is not changed at all when a part is refused', async () => {
    const [one, other] = [await bench.person(), await bench.person()]
    const body = { email: other.email, user_metadata: { a: 1 } }
    const answer = await asAdmin('PUT', `/users/${one.id}`, { body })
    expect([answer.status, answer.body.code]).toEqual([500, '23505'])
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const newer = await asAdmin('PUT', `/users/${one.id}`, { body, headers })
    expect(newer.body).toEqual({ code: 'unexpected_failure', message: 'Error updating user' })
    const { data } = await bench.admin.auth.admin.getUserById(one.id)
    expect(data.user).toMatchObject({ email: one.email, user_metadata: { email_verified: true } })
    const weak = await bench.admin.auth.admin.updateUserById(one.id, { password: 'abc' })
    expect(weak.error).toMatchObject({ status: 422, code: 'weak_password' })
  })
})

describe('deleting a user', () => {
  it('takes sessions and identities along', async () => {
    const { id, email } = await bench.person()
    await bench.signedIn(email)
    expect((await bench.admin.auth.admin.deleteUser(id)).error).toBeNull()
    const { rows } = await bench.database.query(
      `select (select count(*) from auth.sessions where user_id = $1)
        + (select count(*) from auth.identities where user_id = $1)
        + (select count(*) from auth.refresh_tokens where user_id = $1::text) as left`,
      [id],
    )
    expect(rows).toEqual([{ left: '0' }])
    const { error } = await bench.admin.auth.admin.getUserById(id)
    expect(error).toMatchObject({ status: 404, code: 'user_not_found' })
  })

  it('fails while a row without cascade refers to the user', async () => {
    const { id } = await bench.person()
    await bench.database.query('insert into public.orders values (1, $1)', [id])
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const answer = await asAdmin('DELETE', `/users/${id}`, { headers })
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({ code: 'unexpected_failure', message: 'Database error deleting user' })
    expect((await bench.admin.auth.admin.getUserById(id)).data.user?.id).toBe(id)
  })

  it('may keep the row and free the address', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    expect((await bench.admin.auth.admin.deleteUser(id, true)).error).toBeNull()
    expect((await bench.admin.auth.admin.deleteUser(id, true)).error).toBeNull()
    const { data } = await bench.admin.auth.admin.getUserById(id)
    expect(data.user).toMatchObject({ id, deleted_at: expect.any(String), user_metadata: {}, app_metadata: {} })
    expect(data.user?.email).not.toContain('@')
    expect(data.user?.identities).toMatchObject([{ identity_data: {} }])
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    expect((await bench.admin.auth.admin.createUser({ email })).error).toBeNull()
  })
})
