import type { SupabaseClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, accessToken, claimsOf, session, startBench, totpCode } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

async function enrol(client: SupabaseClient, friendlyName?: string) {
  const named = friendlyName === undefined ? {} : { friendlyName }
  const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', ...named })
  if (error !== null) throw error
  return { id: data.id, secret: data.totp.secret, totp: data.totp }
}

async function raise(client: SupabaseClient, factor: { id: string; secret: string }) {
  const code = totpCode(factor.secret, Date.now())
  const { data, error } = await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code })
  if (error !== null) throw error
  return data
}

async function newcomer() {
  const { id, email } = await bench.person()
  return { id, email, client: await bench.signedIn(email) }
}

describe('a second factor', () => {
  it('raises the session to aal2', async () => {
    const { id, client } = await newcomer()
    const factor = await enrol(client, 'phone app')
    expect(factor.totp.qr_code).toContain('<svg')
    expect(factor.totp.uri).toContain(`secret=${factor.secret}`)
    const before = await session(client)
    const answer = await raise(client, factor)
    expect(answer.user).toMatchObject({ id, factors: [{ id: factor.id, status: 'verified', factor_type: 'totp' }] })

    const claims = await claimsOf(client)
    expect(claims).toMatchObject({ sub: id, aal: 'aal2', session_id: decodeJwt(before.access_token).session_id })
    expect(claims.amr).toMatchObject([{ method: 'totp' }, { method: 'password' }])
    const { data } = await client.auth.mfa.getAuthenticatorAssuranceLevel()
    expect(data).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' })
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect(await claimsOf(client)).toMatchObject({ aal: 'aal2' })
    expect((await client.auth.mfa.listFactors()).data?.totp).toMatchObject([
      { id: factor.id, friendly_name: 'phone app' },
    ])
  })

  it('ends sessions below aal2 and drops factors that were never verified', async () => {
    const { client, email } = await newcomer()
    const older = await bench.signedIn(email)
    const [factor] = [await enrol(client, 'one'), await enrol(client, 'two')]
    await raise(client, factor)
    expect((await older.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    expect((await client.auth.mfa.listFactors()).data?.all).toMatchObject([{ id: factor.id }])
    const later = await bench.signedIn(email)
    expect((await later.auth.refreshSession()).error).toBeNull()
    expect(await claimsOf(later)).toMatchObject({ aal: 'aal1' })
    await raise(later, factor)
    expect(await claimsOf(later)).toMatchObject({ aal: 'aal2' })
  })

  it('is needed to change password or address, to enrol another and to remove it', async () => {
    const { client, email } = await newcomer()
    const factor = await enrol(client)
    await raise(client, factor)
    const low = await bench.signedIn(email)
    expect((await low.auth.updateUser({ password: 'password-2' })).error).toMatchObject({
      status: 401,
      code: 'insufficient_aal',
    })
    expect((await low.auth.updateUser({ data: { a: 1 } })).error).toBeNull()
    const another = await low.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'another' })
    expect(another.error).toMatchObject({ status: 403, code: 'insufficient_aal' })
    const removal = await low.auth.mfa.unenroll({ factorId: factor.id })
    expect(removal.error).toMatchObject({ status: 422, code: 'insufficient_aal' })
    expect((await client.auth.updateUser({ password: 'password-2' })).error).toBeNull()
  })

  it('takes aal2 away when it is removed', async () => {
    const { client } = await newcomer()
    const factor = await enrol(client)
    await raise(client, factor)
    expect((await client.auth.mfa.unenroll({ factorId: factor.id })).data).toEqual({ id: factor.id })
    await client.auth.refreshSession()
    const claims = await claimsOf(client)
    expect(claims).toMatchObject({ aal: 'aal1' })
    expect(claims.amr).toMatchObject([{ method: 'password' }])
  })
})

describe('a second factor refuses', () => {
  const mfa = { status: 422 }

  it('a wrong code, an unknown challenge and an empty code', async () => {
    const { client } = await newcomer()
    const factor = await enrol(client)
    const factorId = factor.id
    const { data } = await client.auth.mfa.challenge({ factorId })
    const challengeId = data?.id ?? ''
    expect(data?.expires_at).toBeGreaterThan(Date.now() / 1000 + 290)
    const far = totpCode(factor.secret, Date.now() + 3_600_000)
    const wrong = await client.auth.mfa.verify({ factorId, challengeId, code: far })
    const message = 'Invalid TOTP code entered'
    expect(wrong.error).toMatchObject({ ...mfa, code: 'mfa_verification_failed', message })
    const unknown = await client.auth.mfa.verify({ factorId, challengeId: crypto.randomUUID(), code: far })
    expect(unknown.error).toMatchObject({ ...mfa, code: 'mfa_factor_not_found' })
    const empty = await client.auth.mfa.verify({ factorId, challengeId, code: '' })
    expect(empty.error).toMatchObject({ status: 400, code: 'validation_failed' })
  })

  it('a challenge that was answered, has expired or came from elsewhere', async () => {
    const { client } = await newcomer()
    const factor = await enrol(client)
    const factorId = factor.id
    const code = () => totpCode(factor.secret, Date.now())
    const challenge = async () => (await client.auth.mfa.challenge({ factorId })).data?.id ?? ''

    const first = await challenge()
    expect((await client.auth.mfa.verify({ factorId, challengeId: first, code: code() })).error).toBeNull()
    const again = await client.auth.mfa.verify({ factorId, challengeId: first, code: code() })
    expect(again.error).toMatchObject({ ...mfa, code: 'mfa_ip_address_mismatch' })

    const second = await challenge()
    const age = `update auth.mfa_challenges set created_at = now() - interval '301 seconds' where id = $1`
    await bench.database.query(age, [second])
    const late = await client.auth.mfa.verify({ factorId, challengeId: second, code: code() })
    expect(late.error).toMatchObject({ ...mfa, code: 'mfa_challenge_expired' })
    const gone = await client.auth.mfa.verify({ factorId, challengeId: second, code: code() })
    expect(gone.error).toMatchObject({ ...mfa, code: 'mfa_factor_not_found' })

    const third = await challenge()
    const elsewhere = await bench.send('POST', `/factors/${factorId}/verify`, {
      token: await accessToken(client),
      body: { challenge_id: third, code: code() },
      headers: { 'x-forwarded-for': '203.0.113.9' },
    })
    expect(elsewhere.body).toMatchObject({ error_code: 'mfa_ip_address_mismatch' })
  })

  it('a factor of another user', async () => {
    const [one, other] = [await newcomer(), await newcomer()]
    const { id: factorId } = await enrol(one.client)
    const notFound = { status: 404, code: 'mfa_factor_not_found', message: 'Factor not found' }
    expect((await other.client.auth.mfa.challenge({ factorId })).error).toMatchObject(notFound)
    expect((await other.client.auth.mfa.unenroll({ factorId })).error).toMatchObject(notFound)
    const token = await accessToken(other.client)
    const malformed = await bench.send('DELETE', '/factors/mine', { token })
    expect(malformed.body).toMatchObject({ code: 404, error_code: 'validation_failed' })
  })

  it('two factors of one name, also of none, and more than ten', async () => {
    const { client } = await newcomer()
    await enrol(client)
    const unnamed = await client.auth.mfa.enroll({ factorType: 'totp' })
    expect(unnamed.error).toMatchObject({ ...mfa, code: 'mfa_factor_name_conflict' })
    for (let index = 1; index < 10; index++) await enrol(client, `factor ${index}`)
    const tooMany = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'eleventh' })
    expect(tooMany.error).toMatchObject({ ...mfa, code: 'too_many_enrolled_mfa_factors' })
  })

  it('other types of factor', async () => {
    const token = await accessToken((await newcomer()).client)
    const attempt = async (factor_type: string) =>
      (await bench.send('POST', '/factors', { token, body: { factor_type } })).body.error_code
    expect(await attempt('phone')).toBe('mfa_phone_enroll_not_enabled')
    expect(await attempt('webauthn')).toBe('mfa_webauthn_enroll_not_enabled')
    expect(await attempt('retina')).toBe('validation_failed')
  })

  it('anonymous users', async () => {
    const client = bench.visitor()
    await client.auth.signInAnonymously()
    const { error } = await client.auth.mfa.enroll({ factorType: 'totp' })
    const message = 'Anonymous user not allowed to perform these actions'
    expect(error).toMatchObject({ status: 403, code: 'no_authorization', message })
  })

  it('everything, where it is switched off', async () => {
    const off = await startBench({})
    try {
      const client = await off.signedIn((await off.person()).email)
      const { error } = await client.auth.mfa.enroll({ factorType: 'totp' })
      expect(error).toMatchObject({ ...mfa, code: 'mfa_totp_enroll_not_enabled' })
      const { data } = await client.auth.getUser()
      const factorId = crypto.randomUUID()
      await off.database.query(
        `insert into auth.mfa_factors (id, user_id, factor_type, status, secret, created_at, updated_at)
         values ($1, $2, 'totp', 'unverified', 'GEZDGNBV', now(), now())`,
        [factorId, data.user?.id],
      )
      const challenge = await client.auth.mfa.challenge({ factorId })
      expect(challenge.error).toMatchObject({ ...mfa, code: 'mfa_totp_verify_not_enabled' })
    } finally {
      await off.stop()
    }
  })
})

describe('an administrator', () => {
  it("lists and removes a user's factors", async () => {
    const { id: userId, client } = await newcomer()
    const factor = await enrol(client, 'app')
    await raise(client, factor)
    const { data } = await bench.admin.auth.admin.mfa.listFactors({ userId })
    expect(data?.factors).toMatchObject([{ id: factor.id, status: 'verified', friendly_name: 'app' }])
    expect(data?.factors[0]).not.toHaveProperty('secret')
    const removed = await bench.admin.auth.admin.mfa.deleteFactor({ userId, id: factor.id })
    expect(removed.error).toBeNull()
    expect((await bench.admin.auth.admin.mfa.listFactors({ userId })).data?.factors).toEqual([])
    await client.auth.refreshSession()
    expect(await claimsOf(client)).toMatchObject({ aal: 'aal1' })
    const missing = await bench.admin.auth.admin.mfa.deleteFactor({ userId, id: factor.id })
    expect(missing.error).toMatchObject({ status: 404, code: 'mfa_factor_not_found' })
  })
})
