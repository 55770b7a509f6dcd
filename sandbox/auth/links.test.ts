import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, claimsOf, password, startBench } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

type LinkType = 'magiclink' | 'recovery' | 'invite'

async function link(type: LinkType, email: string) {
  const { data, error } = await bench.admin.auth.admin.generateLink({ type, email })
  if (error !== null) throw error
  return data
}

const expired = { status: 403, code: 'otp_expired' }

describe('a link', () => {
  it.each(['magiclink', 'recovery'] as const)('of type %s signs its user in once', async (type) => {
    const { id, email } = await bench.person()
    const { properties, user } = await link(type, email)
    expect(user).toMatchObject({ id, email, recovery_sent_at: expect.any(String) })
    expect(properties).toMatchObject({ verification_type: type, redirect_to: 'http://127.0.0.1:3000' })
    expect(properties.email_otp).toMatch(/^\d{6}$/)
    const action = new URL(properties.action_link)
    expect(action.href).toContain(`${bench.sandbox.url}/auth/v1/verify?`)
    expect(action.searchParams.get('token')).toBe(properties.hashed_token)

    const client = bench.visitor()
    const redeemed = await client.auth.verifyOtp({ type, token_hash: properties.hashed_token })
    expect(redeemed.error).toBeNull()
    expect(await claimsOf(client)).toMatchObject({ sub: id, aal: 'aal1', amr: [{ method: 'otp' }] })
    const again = await bench.visitor().auth.verifyOtp({ type, token_hash: properties.hashed_token })
    expect(again.error).toMatchObject({ ...expired, message: 'Email link is invalid or has expired' })
  })

  it('creates an unknown user if it is a magic link', async () => {
    const email = 'fresh@example.com'
    const { properties, user } = await link('magiclink', email)
    expect(properties.verification_type).toBe('signup')
    expect(user.email_confirmed_at).toBeUndefined()
    const token_hash = properties.hashed_token
    const { data } = await bench.visitor().auth.verifyOtp({ type: 'signup', token_hash })
    expect(data.user).toMatchObject({ id: user.id, email, email_confirmed_at: expect.any(String) })
    expect(data.user?.identities?.[0]?.identity_data).toMatchObject({ email_verified: true })
  })

  it('invites a user, and the user then sets a password', async () => {
    const email = 'invited@example.com'
    const { properties, user } = await link('invite', email)
    expect(user).toMatchObject({ invited_at: expect.any(String) })
    const client = bench.visitor()
    const { error } = await client.auth.verifyOtp({ type: 'invite', token_hash: properties.hashed_token })
    expect(error).toBeNull()
    expect((await client.auth.updateUser({ password })).error).toBeNull()
    await bench.signedIn(email)
  })

  it('works by its digits together with the address', async () => {
    const { id, email } = await bench.person()
    const { properties } = await link('magiclink', email)
    const token = properties.email_otp
    const wrong = await bench
      .visitor()
      .auth.verifyOtp({ type: 'email', email, token: token === '000000' ? '1' : '000000' })
    expect(wrong.error).toMatchObject({ ...expired, message: 'Token has expired or is invalid' })
    expect((await bench.visitor().auth.verifyOtp({ type: 'email', email, token })).data.user?.id).toBe(id)
  })

  it('is void after an hour, for another purpose, after a newer one and for a banned user', async () => {
    const { id, email } = await bench.person()
    const older = (await link('magiclink', email)).properties.hashed_token
    const newer = (await link('magiclink', email)).properties.hashed_token
    const redeem = async (type: 'magiclink' | 'signup', token_hash: string) =>
      (await bench.visitor().auth.verifyOtp({ type, token_hash })).error
    expect(await redeem('magiclink', older)).toMatchObject(expired)
    expect(await redeem('signup', newer)).toMatchObject(expired)
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: '1h' })
    expect(await redeem('magiclink', newer)).toMatchObject({ status: 403, code: 'user_banned' })
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: 'none' })
    const age = `update auth.one_time_tokens set created_at = created_at - interval '3601 seconds' where user_id = $1`
    await bench.database.query(age, [id])
    expect(await redeem('magiclink', newer)).toMatchObject(expired)
  })

  it('leads to the site and nowhere else', async () => {
    const { email } = await bench.person()
    const to = async (redirectTo: string) => {
      const options = { redirectTo }
      const { data } = await bench.admin.auth.admin.generateLink({ type: 'magiclink', email, options })
      return data.properties?.redirect_to
    }
    expect(await to('http://127.0.0.1:3000/welcome')).toBe('http://127.0.0.1:3000/welcome')
    expect(await to('https://evil.example.com/')).toBe('http://127.0.0.1:3000')
  })
})

describe('refusals of a new link', () => {
  it('unknown and known users, where that is wrong', async () => {
    const { email } = await bench.person()
    const admin = bench.admin.auth.admin
    const unknown = await admin.generateLink({ type: 'recovery', email: 'nobody@example.com' })
    expect(unknown.error).toMatchObject({ status: 404, code: 'user_not_found' })
    for (const attempt of [
      { type: 'invite', email },
      { type: 'signup', email, password },
    ] as const) {
      expect((await admin.generateLink(attempt)).error).toMatchObject({ status: 422, code: 'email_exists' })
    }
    const other = (await bench.person()).email
    const taken = await admin.generateLink({ type: 'email_change_new', email, newEmail: other })
    expect(taken.error).toMatchObject({ status: 422, code: 'email_exists' })
    const weak = await admin.generateLink({ type: 'signup', email: 'weak@example.com', password: 'abc' })
    expect(weak.error).toMatchObject({ status: 422, code: 'weak_password' })
  })

  it.each([
    ['/admin/generate_link', { type: 'magiclink' }, 'An email address is required'],
    ['/admin/generate_link', { type: 'pigeon', email: 'a@b.co' }, 'Invalid email action link type requested: pigeon'],
    ['/verify', {}, 'Verify requires a verification type'],
    ['/verify', { type: 'signup' }, 'Verify requires either a token or a token hash'],
    ['/verify', { type: 'signup', token: '1', token_hash: '2' }, 'Verify requires either a token or a token hash'],
    ['/verify', { type: 'signup', token: '1' }, 'Only an email address or phone number should be provided on verify'],
    [
      '/verify',
      { type: 'signup', token_hash: '1', email: 'a@b.co' },
      'Only the token_hash and type should be provided',
    ],
    ['/verify', { type: 'pigeon', token_hash: '1' }, 'Invalid email verification type'],
  ])('POST %s with %j', async (path, body, msg) => {
    const key = bench.sandbox.serviceRoleKey
    const answer = await bench.send('POST', path, { key, token: key, body })
    expect(answer.body).toEqual({ code: 400, error_code: 'validation_failed', msg })
  })
})
