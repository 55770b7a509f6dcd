import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'
import { clientOf, connectTo, makeWorkspace } from '../test-support.ts'

const migration = `
  create schema api;
  grant usage on schema api to anon;
  create table api.posts (id int primary key, title text);
  grant select on api.posts to anon;
  insert into api.posts values (1, 'hello');
  create table public.numbers (n int primary key, label text);
  grant all on public.numbers to anon, authenticated, service_role;
  insert into public.numbers select generate_series(1, 12);
  create function public.headers() returns json language sql stable as
    $$ select current_setting('request.headers')::json $$;
  create function public.claims() returns json language sql stable as
    $$ select current_setting('request.jwt.claims')::json $$;
  create function public.wipe() returns void language sql as 'update public.numbers set label = null';
  create function public.check_request() returns void language plpgsql as $$
  begin
    if current_setting('request.headers')::json ->> 'x-forbidden' is not null then
      raise sqlstate 'PT418' using message = 'the project says no';
    end if;
  end $$;
  alter role authenticator set pgrst.db_pre_request = 'public.check_request';`

const config = '[api]\nschemas = ["public", "api"]\nmax_rows = 10'

describe('the gateway', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    const files = { 'supabase/migrations/1_a.sql': migration, 'supabase/config.toml': config }
    sandbox = await startSandbox({ workspace: await makeWorkspace(files) })
  })
  afterAll(() => sandbox.stop())

  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${sandbox.url}${path}`, init)
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers }
  }
  const withKey = (key: string, more: Record<string, string> = {}) => ({ headers: { apikey: key, ...more } })
  const roleOf = async (init: RequestInit) => (await ask('/rest/v1/rpc/claims', init)).body.role

  describe('API keys', () => {
    it('refuses a request without one', async () => {
      for (const path of ['/rest/v1/numbers', '/auth/v1/user', '/rest/v1/']) {
        expect(await ask(path)).toMatchObject({
          status: 401,
          body: {
            message: 'No API key found in request',
            hint: 'No `apikey` request header or url param was found.',
          },
        })
      }
    })

    it('refuses an unknown one, and a token that is no key', async () => {
      const token = await tokenOf({ role: 'service_role' })
      for (const key of ['sb_secret_nope', token, sandbox.anonKey.slice(0, -2)]) {
        expect(await ask('/rest/v1/numbers', withKey(key))).toMatchObject({
          status: 401,
          body: {
            message: 'Invalid API key',
            hint: 'Double check your Supabase `anon` or `service_role` API key.',
          },
        })
      }
    })

    it('refuses a secret key from a browser, but no legacy key', async () => {
      const browser = { 'user-agent': 'Mozilla/5.0 (X11)' }
      expect(await ask('/rest/v1/numbers', withKey(sandbox.secretKey, browser))).toMatchObject({
        status: 401,
        body: { message: 'Forbidden use of secret API key in browser' },
      })
      expect(await roleOf(withKey(sandbox.serviceRoleKey, browser))).toBe('service_role')
    })

    it('maps both forms of both keys to their roles', async () => {
      expect(await roleOf(withKey(sandbox.publishableKey))).toBe('anon')
      expect(await roleOf(withKey(sandbox.anonKey))).toBe('anon')
      expect(await roleOf(withKey(sandbox.secretKey))).toBe('service_role')
      expect(await roleOf(withKey(sandbox.serviceRoleKey))).toBe('service_role')
    })

    it('accepts a key repeated as the bearer, and takes it from the URL', async () => {
      const repeated = { authorization: `Bearer ${sandbox.secretKey}` }
      expect(await roleOf(withKey(sandbox.secretKey, repeated))).toBe('service_role')
      const answer = await ask(`/rest/v1/numbers?n=eq.3&apikey=${sandbox.publishableKey}&select=n`)
      expect(answer).toMatchObject({ status: 200, body: [{ n: 3 }] })
    })

    it('lets the token of a user win over a privileged key', async () => {
      const authorization = `Bearer ${await tokenOf({ role: 'authenticated', sub: crypto.randomUUID() })}`
      expect(await roleOf(withKey(sandbox.secretKey, { authorization }))).toBe('authenticated')
    })

    it('leaves a bearer that is another key to PostgREST', async () => {
      const authorization = `Bearer ${sandbox.secretKey}`
      const answer = await ask('/rest/v1/numbers', withKey(sandbox.publishableKey, { authorization }))
      expect(answer).toMatchObject({ status: 401, body: { code: 'PGRST301' } })
    })

    it('lets a token expire although its signature was checked before', async () => {
      // PostgREST allows 30 seconds of skew, so this token is good for the first seconds of the test only.
      const exp = Math.floor(Date.now() / 1000) - 27
      const authorization = `Bearer ${await tokenOf({ role: 'authenticated' }, exp)}`
      const status = async () =>
        (await ask('/rest/v1/numbers', withKey(sandbox.publishableKey, { authorization }))).status
      expect(await status()).toBe(200)
      await expect.poll(status, { timeout: 10_000, interval: 100 }).toBe(401)
    })
  })

  describe('routes', () => {
    it('shows the description of the Data API to secret keys only', async () => {
      expect(await ask('/rest/v1/', withKey(sandbox.publishableKey))).toMatchObject({ status: 403 })
      expect(await ask('/rest/v1/', withKey(sandbox.secretKey))).toMatchObject({
        status: 200,
        body: { swagger: '2.0' },
      })
    })

    it('answers 404 for an unknown path', async () => {
      expect((await ask('/functions/v1/hello', withKey(sandbox.secretKey))).status).toBe(404)
    })

    it('publishes the signing key without an API key', async () => {
      const { body } = await ask('/auth/v1/.well-known/jwks.json')
      expect(body.keys).toEqual([expect.objectContaining({ kid: sandbox.signingKey.kid, kty: 'EC' })])
      expect(body.keys[0].d).toBeUndefined()
    })

    it('answers a preflight request without a key, and lets scripts read every answer', async () => {
      const preflight = await ask('/rest/v1/numbers', {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'x-mine' },
      })
      expect(preflight.status).toBe(200)
      expect(preflight.headers.get('access-control-allow-headers')).toMatch(/apikey.*x-retry-count.*x-mine/)
      for (const path of ['/rest/v1/numbers?limit=1', '/auth/v1/settings', '/nowhere']) {
        const { headers } = await ask(path, withKey(sandbox.publishableKey))
        expect(headers.get('access-control-allow-origin')).toBe('*')
        expect(headers.get('access-control-expose-headers')).toContain('content-range')
      }
    })

    it('names the client to services, and removes its forwarding and inner headers', async () => {
      const more = { 'x-forwarded-for': '1.2.3.4', 'x-sandbox-whereless': 'update' }
      const { body } = await ask('/rest/v1/rpc/headers', withKey(sandbox.anonKey, more))
      expect(body['x-forwarded-for']).toBe('127.0.0.1')
      expect(body['x-sandbox-whereless']).toBeUndefined()
    })
  })

  describe('settings of config.toml', () => {
    it('limits rows to max_rows', async () => {
      const { data } = await clientOf(sandbox.url, sandbox.publishableKey).from('numbers').select()
      expect(data).toHaveLength(10)
    })

    it('exposes the schemas that are named, and no others', async () => {
      const visitor = clientOf(sandbox.url, sandbox.publishableKey)
      expect((await visitor.schema('api').from('posts').select()).data).toEqual([{ id: 1, title: 'hello' }])
      const hidden = await visitor.schema('auth').from('users').select()
      expect({ code: hidden.error?.code, status: hidden.status }).toEqual({ code: 'PGRST106', status: 406 })
    })
  })

  describe('writes without a WHERE clause', () => {
    const filled = (key: string) => clientOf(sandbox.url, key).from('numbers')

    it.each(['publishableKey', 'secretKey'] as const)('are refused for %s', async (name) => {
      const update = await filled(sandbox[name]).update({ label: 'all' })
      expect(update).toMatchObject({ status: 400, error: { code: '21000', message: 'UPDATE requires a WHERE clause' } })
      const removal = await filled(sandbox[name]).delete()
      expect(removal).toMatchObject({
        status: 400,
        error: { code: '21000', message: 'DELETE requires a WHERE clause' },
      })
      const client = await connectTo(sandbox.databaseUrl)
      const left = await client.query("select count(*)::int as n from numbers where label is distinct from 'all'")
      expect(left.rows).toEqual([{ n: 12 }])
    })

    it('are let through with a filter and inside a function', async () => {
      const update = await filled(sandbox.publishableKey).update({ label: 'one' }).eq('n', 1).select()
      expect(update).toMatchObject({ status: 200, data: [{ n: 1, label: 'one' }] })
      expect((await clientOf(sandbox.url, sandbox.publishableKey).rpc('wipe')).status).toBe(204)
    })
  })

  it("calls the project's own function before each request as well", async () => {
    const answer = await ask('/rest/v1/numbers', withKey(sandbox.publishableKey, { 'x-forbidden': '1' }))
    expect(answer).toMatchObject({ status: 418, body: { message: 'the project says no' } })
  })

  it('carries large bodies both ways', async () => {
    const label = 'x'.repeat(2_000_000)
    const answer = await clientOf(sandbox.url, sandbox.secretKey).from('numbers').insert({ n: 99, label }).select()
    expect(answer).toMatchObject({ status: 201, data: [{ n: 99, label }] })
    await clientOf(sandbox.url, sandbox.secretKey).from('numbers').delete().eq('n', 99)
  })

  async function tokenOf(claims: Record<string, unknown>, exp = Math.floor(Date.now() / 1000) + 60): Promise<string> {
    return await new SignJWT({ ...claims, exp })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(sandbox.jwtSecret))
  }
})
