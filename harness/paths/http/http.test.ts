import { createServerClient } from '@supabase/ssr'
import { describe, expect, it } from 'vitest'
import { alone } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { Target } from '../../model/target.ts'
import type { Call } from '../path.ts'
import { UnopenedSocket } from '../postgrest/unopened-socket.ts'
import { http, schema } from './index.ts'
import { cookieName, sessionCookies } from './session-cookie.ts'

const server = recordingServer()
const project = 'https://blue.supabase.co'

function tokenOf(claims: JsonObject): string {
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ alg: 'HS256' }), part(claims), 'c2lnbmF0dXJl'].join('.')
}

const token = tokenOf({ sub: 'u1', exp: Math.floor(Date.now() / 1000) + 3600, aud: 'authenticated' })

function send(body: JsonObject, caller: Partial<ActorSession> = {}, more: Partial<Call> = {}) {
  const resource = { kind: 'http', name: '/api/notes' }
  const session = server.caller({ url: project, token, ...caller })
  const { url: httpUrl } = server.caller()
  return http.attempt({ ...session, httpUrl }, { ...alone, resource, verb: 'request', body, targets: [], ...more })
}

/** Reads a session as a server with @supabase/ssr does. */
async function readWithSsr(cookie: string) {
  const all = cookie.split('; ').map((pair) => ({
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
  }))
  const cookies = { getAll: () => all, setAll: () => undefined }
  const client = createServerClient(project, 'a-key', { cookies, realtime: { transport: UnopenedSocket } })
  return (await client.auth.getSession()).data.session
}

describe('a request to a route', () => {
  it('carries the session as a bearer token, and no key', async () => {
    await send({ request: 'get', path: '/1', query: { lines: true } })
    expect(server.seen[0]).toMatchObject({ method: 'GET', rawPath: '/api/notes/1?lines=true' })
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${token}`)
    expect(server.seen[0]?.headers.apikey).toBeUndefined()
    expect(server.seen[0]?.headers.cookie).toBeUndefined()
  })

  it('of a visitor carries nothing, and a 401 asks for a session', async () => {
    server.answer((response) => json(response, 401, { error: 'sign in' }))
    const answer = await send({ request: 'get', session: 'cookies' }, { token: null })
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(server.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(answer).toMatchObject({ status: 401, anonymous: true, message: 'sign in' })
  })

  it('carries the body and the headers of the matrix, and follows no redirect', async () => {
    server.answer((response) => response.writeHead(303, { location: '/login' }).end())
    const body = { request: 'post', form: { title: 'a b' }, denial: { redirect: '/login' } }
    const answer = await send(body, {}, { headers: { 'x-tenant': 'acme' } })
    expect(server.seen).toHaveLength(1)
    expect(server.seen[0]).toMatchObject({ method: 'POST', body: 'title=a+b' })
    expect(server.seen[0]?.headers).toMatchObject({
      'x-tenant': 'acme',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(answer).toMatchObject({ status: 303, declaredDenial: true })
  })

  it('is sent again to the byte as a replayed event, and every answer is kept for the search', async () => {
    let answers = 0
    server.answer((response) => {
      answers += 1
      json(response, 200, { answers })
    })
    const sign = { scheme: 'stripe', secret_from_env: 'SECRET' }
    const answer = await send({ request: 'post', json: { a: 1 }, sign, repeat: 3 }, {}, { secretOf: () => 'key' })
    const signatures = server.seen.map(({ headers }) => headers['stripe-signature'])
    expect(new Set(signatures).size).toBe(1)
    expect(server.seen).toHaveLength(3)
    expect(answer.value).toEqual({ answers: 3 })
    expect(answer.besides?.map(({ text }) => text)).toEqual(['{"answers":1}', '{"answers":2}'])
  })

  it('of a control has a valid signature, and never the secret key', async () => {
    const { url } = server.caller()
    const privileged: PrivilegedSession = { kind: 'privileged', url: project, secretKey: 'a-secret', httpUrl: url }
    const sign = { scheme: 'hmac-sha256', header: 'x-signature', secret_from_env: 'SECRET', forged: 'missing' }
    const body = { request: 'post', text: 'x', sign }
    const resource = { kind: 'http', name: '/hook' }
    const call: Call = { ...alone, secretOf: () => 'key', resource, verb: 'request', body, targets: [] }
    await http.attempt(privileged, call)
    expect(server.seen[0]?.headers['x-signature']).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(server.seen[0])).not.toContain('a-secret')
    expect(http.controls?.(privileged, body)).toBe(true)
    expect(http.controls?.(privileged, { request: 'get' })).toBe(false)
  })
})

describe('a session as cookies', () => {
  it('is read by @supabase/ssr, from one cookie and from several', async () => {
    for (const padding of ['', 'x'.repeat(9000)]) {
      const long = tokenOf({ sub: 'u1', exp: Math.floor(Date.now() / 1000) + 3600, padding })
      const cookie = sessionCookies(cookieName(project), long)
      expect(cookie.includes('; ')).toBe(padding !== '')
      const session = await readWithSsr(cookie)
      expect(session?.access_token).toBe(long)
      expect(JSON.parse(JSON.stringify(session))).toMatchObject({ user: { id: 'u1' } })
    }
  })

  it('is named after the project', () => {
    expect(cookieName(project)).toBe('sb-blue-auth-token')
    expect(cookieName('http://127.0.0.1:54321')).toBe('sb-127-auth-token')
  })

  it('is sent beside the cookies of the matrix', async () => {
    await send({ request: 'get', session: 'cookies', cookie: 'app' }, {}, { headers: { cookie: 'theme=dark' } })
    expect(server.seen[0]?.headers.cookie).toMatch(/^theme=dark; app=base64-/)
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })

  it('may name another user beside the own token', async () => {
    await send({ request: 'get', session: 'cookies', cookie_user: 'u2' })
    const session = await readWithSsr(server.seen[0]?.headers.cookie ?? '')
    expect(JSON.parse(JSON.stringify(session))).toMatchObject({ access_token: token, user: { id: 'u2' } })
  })
})

describe('an operation', () => {
  it.each([
    [{ request: 'get', json: {} }],
    [{ request: 'post', cookie_user: 'u2' }],
    [{ request: 'post', cookie: 'a', session: 'bearer' }],
    [{ request: 'head' }],
    [{ request: 'get', unknown: 1 }],
  ])('is refused as %j', (written) => {
    expect(schema.safeParse(written).success).toBe(false)
  })

  const target: Pick<Target, 'endpoint' | 'kind'> = { endpoint: { url: project, publishableKey: 'a' }, kind: 'hosted' }
  const on = (more: Partial<Target>) => ({ ...made, ...target, ...more })
  const made: Target = {
    ...{ alias: 'staging', privileged: null, databaseUrl: null, databaseCa: null, minting: null, users: {} },
    ...{ versions: {}, ...target },
  }
  const signed = { request: 'post', text: 'x', sign: { scheme: 'stripe', secret_from_env: 'HOOK' } }

  it('is not run without the address of the backend, nor without the secret of its signature', () => {
    expect(http.unavailable?.(on({}), { request: 'get' })).toMatch(/set TRESPASS_HTTP_URL/)
    expect(http.unavailable?.(on({ kind: 'sandbox' }), { request: 'get' })).toMatch(/trespass sandbox/)
    const endpoint = { ...target.endpoint, httpUrl: 'http://127.0.0.1:3000' }
    expect(http.unavailable?.(on({ endpoint }), { request: 'get' })).toBeNull()
    expect(http.unavailable?.(on({ endpoint }), signed)).toMatch(/set HOOK/)
    expect(http.unavailable?.(on({ endpoint, secrets: { HOOK: 'x' } }), signed)).toBeNull()
    expect(http.variables?.(signed)).toEqual(['HOOK'])
  })
})
