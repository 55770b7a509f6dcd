import type { SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../index.ts'
import { makeWorkspace } from '../test-support.ts'
import { type AuthBench, accessToken, claimsOf, everythingOn, password, startBench, totpCode } from './test-support.ts'

const hooks = [
  'custom_access_token',
  'before_user_created',
  'mfa_verification_attempt',
  'password_verification_attempt',
]

const section = (hook: string, uri = `pg-functions://postgres/hooks/${hook}`) =>
  `[auth.hook.${hook}]\nenabled = true\nuri = "${uri}"\n`

/** A hook that records its input and returns the answer that the test has stored for it, else one that allows everything. */
const hookFunction = (name: string, otherwise: string) => `
create function hooks.${name}(event jsonb) returns jsonb language plpgsql as $$
declare prepared hooks.answers;
begin
  insert into hooks.calls (hook, event) values ('${name}', event);
  select * into prepared from hooks.answers a where a.hook = '${name}';
  if prepared.does = 'raise' then raise exception 'this hook is broken'; end if;
  if prepared.does = 'sleep' then perform pg_sleep(3); end if;
  if prepared.does = 'null' then return null; end if;
  if prepared.does = 'drop' then return jsonb_set(event, '{claims}', (event -> 'claims') - (prepared.answer #>> '{}')); end if;
  if prepared.does = 'merge' then return jsonb_set(event, '{claims}', (event -> 'claims') || prepared.answer); end if;
  return coalesce(prepared.answer, ${otherwise});
end $$;`

const migration = `
create schema hooks;
create table hooks.answers (hook text primary key, does text not null default 'answer', answer jsonb);
create table hooks.calls (id bigint generated always as identity, hook text, event jsonb);
${hookFunction('custom_access_token', `jsonb_set(event, '{claims,plan}', '"free"')`)}
${hookFunction('before_user_created', `'{}'`)}
${hookFunction('mfa_verification_attempt', `'{"decision": "continue"}'`)}
${hookFunction('password_verification_attempt', `'{"decision": "continue"}'`)}
grant usage on schema hooks to supabase_auth_admin;
grant all on all tables in schema hooks to supabase_auth_admin;
revoke execute on all functions in schema hooks from public;
grant execute on all functions in schema hooks to supabase_auth_admin;
create function public.claims() returns jsonb language sql stable as 'select auth.jwt()';
grant execute on function public.claims to anon, authenticated, service_role;
`

let bench: AuthBench
beforeAll(async () => {
  const config = everythingOn + hooks.map((hook) => section(hook)).join('')
  bench = await startBench({ 'supabase/config.toml': config, 'supabase/migrations/1_hooks.sql': migration })
})
afterAll(() => bench.stop())
beforeEach(() => bench.database.query('truncate hooks.answers, hooks.calls'))

async function answers(hook: string, answer: unknown, does = 'answer'): Promise<void> {
  const sql = 'insert into hooks.answers (hook, does, answer) values ($1, $2, $3)'
  await bench.database.query(sql, [hook, does, JSON.stringify(answer)])
}

async function calls(hook: string): Promise<Record<string, unknown>[]> {
  const sql = 'select event from hooks.calls where hook = $1 order by id'
  return (await bench.database.query<{ event: Record<string, unknown> }>(sql, [hook])).rows.map(({ event }) => event)
}

async function count(table: string, userId: string): Promise<number> {
  const { rows } = await bench.database.query(`select from auth.${table} where user_id = $1`, [userId])
  return rows.length
}

const signIn = (email: string, secret = password) =>
  bench.send('POST', '/token?grant_type=password', { body: { email, password: secret } })

const metadataOf = (name: string) => ({
  uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  name,
  ip_address: '127.0.0.1',
})

describe('the hook custom_access_token', () => {
  it('is called with the claims and gives the token those that it returns', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const claims = await claimsOf(client)
    expect(claims).toMatchObject({ sub: id, plan: 'free', aud: 'authenticated', role: 'authenticated', aal: 'aal1' })
    const { plan: _plan, ...given } = claims
    const [event] = await calls('custom_access_token')
    expect(event).toEqual({
      metadata: metadataOf('customize-access-token'),
      user_id: id,
      claims: given,
      authentication_method: 'password',
    })
    expect((await client.rpc('claims')).data).toMatchObject({ plan: 'free' })
  })

  it('is called again for a refresh, with the current claims', async () => {
    const { email } = await bench.person()
    const client = await bench.signedIn(email)
    await answers('custom_access_token', { plan: 'pro' }, 'merge')
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect(await claimsOf(client)).toMatchObject({ plan: 'pro' })
    expect((await calls('custom_access_token')).map((event) => event.authentication_method)).toEqual([
      'password',
      'token_refresh',
    ])
  })

  it('is called for anonymous users and for links', async () => {
    const guest = bench.visitor()
    expect((await guest.auth.signInAnonymously()).error).toBeNull()
    expect(await claimsOf(guest)).toMatchObject({ plan: 'free', is_anonymous: true })
    const { email } = await bench.person()
    const link = await bench.admin.auth.admin.generateLink({ type: 'magiclink', email })
    const token_hash = link.data.properties?.hashed_token ?? ''
    const visitor = bench.visitor()
    expect((await visitor.auth.verifyOtp({ type: 'magiclink', token_hash })).error).toBeNull()
    const methods = (await calls('custom_access_token')).map((event) => event.authentication_method)
    expect(methods).toEqual(['anonymous', 'otp'])
  })

  it('may change the role and the lifetime that the Data API goes by', async () => {
    const { email } = await bench.person()
    await answers('custom_access_token', { role: 'anon', exp: 4_000_000_000 }, 'merge')
    const client = await bench.signedIn(email)
    expect((await client.rpc('claims')).data).toMatchObject({ role: 'anon', exp: 4_000_000_000 })
  })

  it.each([
    [{ error: { http_code: 403, message: 'not today' } }, 403, 'unknown', 'not today'],
    [{ error: { message: 'not today' } }, 500, 'unexpected_failure', 'not today'],
    [{ error: { http_code: 99, message: 'not today' } }, 500, 'unknown', 'not today'],
    [{ claim: {} }, 500, 'unexpected_failure', 'output claims field is missing'],
    [{ error: { http_code: 403 } }, 500, 'unexpected_failure', 'output claims field is missing'],
    [{ claims: 'all' }, 500, 'unexpected_failure', 'Error unmarshaling JSON output.'],
    [[], 500, 'unexpected_failure', 'Error unmarshaling JSON output.'],
  ])('that answers %j refuses the sign-in', async (answer, status, code, message) => {
    const { id, email } = await bench.person()
    await answers('custom_access_token', answer)
    const refused = await signIn(email)
    expect([refused.status, refused.body.error_code, refused.body.msg]).toEqual([status, code, message])
    expect(await count('sessions', id)).toBe(0)
  })

  it.each([
    ['raise', 'Error running hook URI: pg-functions://postgres/hooks/custom_access_token'],
    ['sleep', 'Error running hook URI: pg-functions://postgres/hooks/custom_access_token'],
    ['null', '(root): Invalid type. Expected: object, given: null'],
  ])('that does %s fails the sign-in', async (does, message) => {
    const { id, email } = await bench.person()
    await answers('custom_access_token', null, does)
    const { status, body } = await bench.send('POST', '/token?grant_type=password', {
      body: { email, password },
      headers: { 'x-supabase-api-version': '2024-01-01' },
    })
    expect(status).toBe(500)
    expect(body).toEqual({ code: 'unexpected_failure', message: expect.stringContaining(message) })
    expect(await count('sessions', id)).toBe(0)
  })

  it.each(['aud', 'exp', 'iat', 'sub', 'email', 'phone', 'role', 'aal', 'session_id', 'is_anonymous'])(
    'must not leave out the claim %s',
    async (claim) => {
      const { email } = await bench.person()
      await answers('custom_access_token', claim, 'drop')
      const { status, body } = await signIn(email)
      expect(status).toBe(500)
      expect(body.msg).toBe(`output claims do not conform to the expected schema: \n- (root): ${claim} is required\n`)
    },
  )

  it.each([
    [{ exp: 'soon' }, 'exp: Invalid type. Expected: integer, given: string'],
    [{ exp: 1.5 }, 'exp: Invalid type. Expected: integer, given: number'],
    [{ app_metadata: [] }, 'app_metadata: Invalid type. Expected: object, given: array'],
    [{ aud: null }, 'aud: Invalid type. Expected: string/array, given: null'],
    [{ amr: [1] }, 'amr.0: Must validate at least one schema (anyOf)'],
  ])('must not make claims of another type: %j', async (claims, fault) => {
    const { email } = await bench.person()
    await answers('custom_access_token', claims, 'merge')
    expect((await signIn(email)).body.msg).toContain(`- ${fault}\n`)
  })

  it('may leave out the metadata and the methods', async () => {
    const { email } = await bench.person()
    for (const claim of ['app_metadata', 'user_metadata', 'amr', 'iss']) {
      await bench.database.query('truncate hooks.answers')
      await answers('custom_access_token', claim, 'drop')
      expect(await claimsOf(await bench.signedIn(email))).not.toHaveProperty(claim)
    }
  })
})

describe('the hook before_user_created', () => {
  it('is shown the user that is made then', async () => {
    const email = 'newcomer@example.com'
    const { data } = await bench.visitor().auth.signUp({ email, password, options: { data: { nick: 'new' } } })
    const [event] = await calls('before_user_created')
    expect(event).toMatchObject({
      metadata: metadataOf('before-user-created'),
      user: {
        id: data.user?.id,
        email,
        app_metadata: { provider: 'email', providers: ['email'] },
        user_metadata: { nick: 'new' },
        is_anonymous: false,
      },
    })
  })

  it('refuses a sign-up with its own status, and keeps only the rows that the hook wrote', async () => {
    await answers('before_user_created', { error: { http_code: 403, message: 'invited people only' } })
    const refused = await bench.send('POST', '/signup', { body: { email: 'stranger@example.com', password } })
    expect([refused.status, refused.body.msg]).toEqual([403, 'invited people only'])
    expect(refused.headers.get('x-sb-error-code')).toBeNull()
    const anonymous = await bench.send('POST', '/signup', { body: {} })
    expect(anonymous.status).toBe(403)
    const invited = await bench.admin.auth.admin.generateLink({ type: 'invite', email: 'guest@example.com' })
    expect(invited.error).toMatchObject({ status: 403, message: 'invited people only' })
    const { rows } = await bench.database.query(
      `select from auth.users where email in ('stranger@example.com', 'guest@example.com')`,
    )
    expect(rows).toEqual([])
    expect(await calls('before_user_created')).toHaveLength(3)
  })

  it('is not called for a user that an administrator creates, nor for an existing one', async () => {
    const { email } = await bench.person()
    await bench.signedIn(email)
    expect((await bench.send('POST', '/signup', { body: { email, password } })).status).toBe(422)
    expect(await calls('before_user_created')).toEqual([])
  })

  it('that returns null lets the user pass', async () => {
    await answers('before_user_created', null, 'null')
    expect((await bench.visitor().auth.signInAnonymously()).error).toBeNull()
  })
})

describe('the hook password_verification_attempt', () => {
  it('receives whether the password was right, and the rows that it writes stay', async () => {
    const { id, email } = await bench.person()
    expect((await signIn(email, 'wrong-1')).status).toBe(400)
    expect((await signIn(email)).status).toBe(200)
    expect(await calls('password_verification_attempt')).toMatchObject([
      { metadata: metadataOf('password-verification'), user_id: id, valid: false },
      { user_id: id, valid: true },
    ])
  })

  it.each([
    [{ decision: 'reject' }, 'Further password verification attempts will be rejected.', 1],
    [{ decision: 'reject', message: 'three are enough' }, 'three are enough', 1],
    [{ decision: 'reject', message: 'out', should_logout_user: true }, 'out', 0],
  ])('that answers %j refuses a right password', async (answer, message, sessions) => {
    const { id, email } = await bench.person()
    await bench.signedIn(email)
    await answers('password_verification_attempt', answer)
    const refused = await signIn(email)
    expect([refused.status, refused.body.error_code, refused.body.msg]).toEqual([400, 'invalid_credentials', message])
    expect(await count('sessions', id)).toBe(sessions)
  })

  it('that answers something else fails the sign-in', async () => {
    const { email } = await bench.person()
    await answers('password_verification_attempt', { decision: 1 })
    expect((await signIn(email)).body.msg).toBe('Error unmarshaling JSON output.')
  })

  it('does not starve requests that hold a connection each', async () => {
    const { email } = await bench.person()
    const attempts = await Promise.all(Array.from({ length: 40 }, () => signIn(email)))
    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 200))
  })
})

describe('the hook mfa_verification_attempt', () => {
  async function attempt(client: SupabaseClient, code?: string) {
    const { data } = await client.auth.mfa.enroll({ factorType: 'totp' })
    const { id = '', totp } = data ?? {}
    const right = totpCode(totp !== undefined && 'secret' in totp ? totp.secret : '', Date.now())
    const { error } = await client.auth.mfa.challengeAndVerify({ factorId: id, code: code ?? right })
    return { id, error }
  }

  it('receives whether the code was right', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const factor = await attempt(client, '000000')
    expect(factor.error).toMatchObject({ code: 'mfa_verification_failed' })
    expect(await calls('mfa_verification_attempt')).toMatchObject([
      {
        metadata: metadataOf('mfa-verification'),
        user_id: id,
        factor_id: factor.id,
        factor_type: 'totp',
        valid: false,
      },
    ])
  })

  it('refuses a right code, and the user is signed out everywhere', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    await bench.signedIn(email)
    await answers('mfa_verification_attempt', { decision: 'reject' })
    const { error } = await attempt(client)
    const message = 'Further MFA verification attempts will be rejected.'
    expect(error).toMatchObject({ status: 403, code: 'mfa_verification_rejected', message })
    expect(await count('sessions', id)).toBe(0)
  })

  it('lets the session rise otherwise, with a token of the hook', async () => {
    const { email } = await bench.person()
    const client = await bench.signedIn(email)
    expect((await attempt(client)).error).toBeNull()
    expect(await claimsOf(client)).toMatchObject({ aal: 'aal2', plan: 'free' })
    expect(await accessToken(client)).toBeTruthy()
  })
})

describe('a hook that cannot be called', () => {
  const hook = 'create function public.h(event jsonb) returns jsonb language sql as $$ select event $$;\n'
  const grants = 'grant usage on schema public to supabase_auth_admin;\n'

  it.each([
    ['is not there', '', /which no migration creates/],
    ['takes two arguments', hook.replace('(event jsonb)', '(event jsonb, other int)') + grants, /no migration creates/],
    ['may not be executed', `${hook}${grants}revoke execute on function public.h from public;`, /may not execute/],
    ['has a schema that is closed', `${hook}revoke usage on schema public from public;`, /schema supabase_auth_admin/],
  ])('because its function %s is refused at the start', async (_what, sql, message) => {
    const files = {
      'supabase/config.toml': section('custom_access_token', 'pg-functions://postgres/public/h'),
      'supabase/migrations/1_hook.sql': sql,
    }
    const starting = makeWorkspace(files).then((workspace) => startSandbox({ workspace }))
    await expect(starting).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringMatching(message) })
  })
})
