import { exportJWK, generateKeyPair } from 'jose'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { defaultConfig } from '../config.ts'
import { createAuth } from './app.ts'

afterEach(() => vi.restoreAllMocks())

/** An Auth whose database cannot be reached: nothing listens on the port that PostgreSQL would have. */
async function authWithout(pool: pg.Pool) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const signingKey = { ...(await exportJWK(privateKey)), kid: 'k' }
  const config = defaultConfig().auth
  const issuer = 'http://x/auth/v1'
  const common = { jwtSecret: 'secret', signingKey, issuer, tokenIssuer: issuer, config }
  return createAuth({ pool, hookPool: pool, signWith: 'es256', ...common })
}

const signIn = () => {
  const body = JSON.stringify({ email: 'a@example.com', password: 'password-1' })
  return new Request('http://x/token?grant_type=password', { method: 'POST', body })
}
const failure = {
  code: 500,
  error_code: 'unexpected_failure',
  msg: 'Unexpected failure, please check server logs for more information',
  error_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
}

it('answers 500 without a noise when the database is away', async () => {
  const warning = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
  const auth = await authWithout(pool)
  const answer = await auth.fetch(signIn())
  expect(answer.status).toBe(500)
  expect(await answer.json()).toEqual(failure)
  expect(warning).not.toHaveBeenCalled()
  expect((await auth.fetch(new Request('http://x/health'))).status).toBe(200)
  await pool.end()
})

it('warns of a defect of its own behind the same answer', async () => {
  const warning = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
  const broken = new TypeError('this is not how it was meant')
  vi.spyOn(pool, 'connect').mockImplementation(() => {
    throw broken
  })
  const answer = await (await authWithout(pool)).fetch(signIn())
  expect(await answer.json()).toEqual(failure)
  expect(warning).toHaveBeenCalledWith(broken)
  await pool.end()
})
