import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type AuthBench, session, startBench } from './test-support.ts'

let bench: AuthBench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const used = { error_code: 'refresh_token_already_used', msg: 'Invalid Refresh Token: Already Used' }

async function refresh(token: string): Promise<Answer> {
  return await bench.send('POST', '/token?grant_type=refresh_token', { body: { refresh_token: token } })
}

async function next(token: string): Promise<string> {
  const answer = await refresh(token)
  expect(answer.status).toBe(200)
  return String(answer.body.refresh_token)
}

async function firstToken(): Promise<string> {
  const { email } = await bench.person()
  return (await session(await bench.signedIn(email))).refresh_token
}

/** Makes every revoked token older than the reuse interval, so that tests need not wait for it. */
async function passReuseInterval(): Promise<void> {
  await bench.database.query(`update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where revoked`)
}

describe('refreshing a session', () => {
  it('rotates the token and keeps the session', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const before = await session(client)
    const { data, error } = await client.auth.refreshSession()
    expect(error).toBeNull()
    expect(data.session?.refresh_token).not.toBe(before.refresh_token)
    const claims = decodeJwt(data.session?.access_token ?? '')
    expect(claims).toMatchObject({ sub: id, session_id: decodeJwt(before.access_token).session_id })
    expect(claims.amr).toEqual(decodeJwt(before.access_token).amr)
  })

  it('carries changed data: metadata reaches policies with the next token', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    await bench.admin.auth.admin.updateUserById(id, { app_metadata: { role: 'editor' } })
    const { data } = await client.auth.refreshSession()
    expect(decodeJwt(data.session?.access_token ?? '')).toMatchObject({ app_metadata: { role: 'editor' } })
  })

  it('names the user and the session in headers', async () => {
    const answer = await refresh(await firstToken())
    expect(answer.headers.get('sb-auth-refresh-token-reuse')).toBe('false')
    expect(answer.headers.get('sb-auth-user-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('sb-auth-session-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('sb-auth-refresh-token-prefix')).toBe(String(answer.body.refresh_token).slice(0, 5))
  })

  it.each([
    ['abcdefghijkl', 400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found'],
    ['short', 400, 'validation_failed', 'Refresh token is not valid'],
    ['not a token!', 400, 'validation_failed', 'Refresh token is not valid'],
    ['', 400, 'validation_failed', 'Refresh token is not valid'],
  ])('refuses the token %j', async (token, status, code, msg) => {
    expect((await refresh(token)).body).toEqual({ code: status, error_code: code, msg })
  })
})

describe('a refresh token that was used before', () => {
  it('gets the active token again while it is its direct parent, however late', async () => {
    const first = await firstToken()
    const second = await next(first)
    await passReuseInterval()
    expect(await next(first)).toBe(second)
    expect(await next(first)).toBe(second)
  })

  it('revokes the whole session when it is older than that', async () => {
    const first = await firstToken()
    const third = await next(await next(first))
    await passReuseInterval()
    const answer = await refresh(first)
    expect([answer.status, answer.body]).toEqual([400, { code: 400, ...used }])
    await passReuseInterval()
    expect((await refresh(third)).body).toMatchObject({ error_code: 'refresh_token_already_used' })
    const { rows } = await bench.database.query(
      'select bool_and(revoked) as revoked from auth.refresh_tokens where session_id =' +
        ' (select session_id from auth.refresh_tokens where token = $1)',
      [first],
    )
    expect(rows).toEqual([{ revoked: true }])
  })

  it('leaves a gap after the revocation, as GoTrue does: an active token counts as just used', async () => {
    const first = await firstToken()
    const third = await next(await next(first))
    await passReuseInterval()
    expect((await refresh(first)).status).toBe(400)
    expect((await refresh(third)).status).toBe(200)
  })

  it('still gets a token of its own within the reuse interval', async () => {
    const first = await firstToken()
    const third = await next(await next(first))
    const other = await next(first)
    expect(other).not.toBe(third)
    expect((await refresh(third)).status).toBe(200)
  })

  it('is not a way to get two active tokens at once', async () => {
    const first = await firstToken()
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1)
  })
})

describe('a refresh that comes too late', () => {
  it('is refused after a ban', async () => {
    const { id, email } = await bench.person()
    const { refresh_token } = await session(await bench.signedIn(email))
    await bench.admin.auth.admin.updateUserById(id, { ban_duration: '1h' })
    const banned = { code: 400, error_code: 'user_banned', msg: 'Invalid Refresh Token: User Banned' }
    expect((await refresh(refresh_token)).body).toEqual(banned)
  })

  it('finds no token after signing out or deletion', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const { refresh_token } = await session(client)
    await client.auth.signOut({ scope: 'local' })
    expect((await refresh(refresh_token)).body).toMatchObject({ error_code: 'refresh_token_not_found' })
    const again = await session(await bench.signedIn(email))
    await bench.admin.auth.admin.deleteUser(id)
    expect((await refresh(again.refresh_token)).body).toMatchObject({ error_code: 'refresh_token_not_found' })
  })

  it('is refused after the end of the session and for a token without one', async () => {
    const token = await firstToken()
    const session = '(select session_id from auth.refresh_tokens where token = $1)'
    await bench.database.query(`update auth.sessions set not_after = now() where id = ${session}`, [token])
    const expired = { error_code: 'session_expired', msg: 'Invalid Refresh Token: Session Expired' }
    expect((await refresh(token)).body).toMatchObject(expired)
    await bench.database.query('update auth.refresh_tokens set session_id = null where token = $1', [token])
    const lost = { error_code: 'session_not_found', msg: 'Invalid Refresh Token: No Valid Session Found' }
    expect((await refresh(token)).body).toMatchObject(lost)
  })

  it('gives up after five seconds behind a lock', async () => {
    const token = await firstToken()
    await bench.database.query('begin')
    const session = '(select session_id from auth.refresh_tokens where token = $1)'
    await bench.database.query(`select 1 from auth.sessions where id = ${session} for update`, [token])
    const answer = await refresh(token)
    await bench.database.query('rollback')
    expect([answer.status, answer.body.error_code]).toEqual([409, 'conflict'])
    expect((await refresh(token)).status).toBe(200)
  })
})

describe('where rotation is off', () => {
  it('refuses an old token and leaves the session alone', async () => {
    const config = '[auth]\nenable_refresh_token_rotation = false\nrefresh_token_reuse_interval = 0\n'
    const other = await startBench({ 'supabase/config.toml': config })
    try {
      const { email } = await other.person()
      const { refresh_token: first } = await session(await other.signedIn(email))
      const ask = (token: string) =>
        other.send('POST', '/token?grant_type=refresh_token', { body: { refresh_token: token } })
      const second = String((await ask(first)).body.refresh_token)
      const third = String((await ask(second)).body.refresh_token)
      expect((await ask(first)).body).toMatchObject({ error_code: 'refresh_token_already_used' })
      expect((await ask(third)).status).toBe(200)
    } finally {
      await other.stop()
    }
  })
})
