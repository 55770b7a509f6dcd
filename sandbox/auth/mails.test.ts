import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, startBench } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

describe('a mail that is asked for', () => {
  it('to recover an account has the same answer for a known and an unknown address', async () => {
    const { email } = await bench.person()
    const known = await bench.visitor().auth.resetPasswordForEmail(email)
    expect(await bench.visitor().auth.resetPasswordForEmail('unknown@example.com')).toEqual(known)
    expect(known.error).toBeNull()
  })

  it('to sign in makes a user of an unknown address, unless the client forbids it', async () => {
    const email = 'by-mail@example.com'
    const { auth } = bench.visitor()
    const forbidden = await auth.signInWithOtp({ email, options: { shouldCreateUser: false } })
    expect(forbidden.error).toMatchObject({ status: 422, code: 'otp_disabled' })
    expect((await auth.signInWithOtp({ email })).error).toBeNull()
    expect((await auth.signInWithOtp({ email, options: { shouldCreateUser: false } })).error).toBeNull()
  })

  it('by phone is refused without a provider', async () => {
    const { error } = await bench.visitor().auth.signInWithOtp({ phone: '99912345678' })
    expect(error).toMatchObject({ status: 400, code: 'phone_provider_disabled' })
  })
})
