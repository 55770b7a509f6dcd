import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthBench, claimsOf, password, startBench } from './test-support.ts'

/** The trigger of nearly every Supabase project, which here also records the new row as it saw it. */
const migration = `
create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  seen jsonb not null,
  nickname text not null check (nickname <> 'forbidden')
);
create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, seen, nickname)
  values (new.id, to_jsonb(new), coalesce(new.raw_user_meta_data ->> 'nickname', 'none'));
  return new;
end
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();
`

describe('signing up where addresses need no confirmation', () => {
  let bench: AuthBench
  beforeAll(async () => {
    const config = '[auth]\nenable_anonymous_sign_ins = true\n'
    bench = await startBench({ 'supabase/config.toml': config, 'supabase/migrations/1_profiles.sql': migration })
  })
  afterAll(() => bench.stop())

  it("returns a session at once and keeps the user's own metadata", async () => {
    const client = bench.visitor()
    const email = 'new@example.com'
    const { data, error } = await client.auth.signUp({ email, password, options: { data: { nickname: 'neo' } } })
    expect(error).toBeNull()
    const id = data.user?.id
    expect(data.user).toMatchObject({
      email,
      role: 'authenticated',
      email_confirmed_at: expect.any(String),
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { sub: id, email, email_verified: true, phone_verified: false, nickname: 'neo' },
      identities: [{ provider: 'email', id, user_id: id, identity_data: { sub: id, email, nickname: 'neo' } }],
    })
    expect(await claimsOf(client)).toMatchObject({ sub: id, amr: [{ method: 'password' }] })
  })

  it('shows a trigger the bare row, as GoTrue inserts it', async () => {
    const { data } = await bench.admin.auth.admin.createUser({
      email: 'watched@example.com',
      password,
      email_confirm: true,
      app_metadata: { role: 'editor' },
      user_metadata: { nickname: 'trinity' },
    })
    expect(data.user?.app_metadata).toEqual({ provider: 'email', providers: ['email'], role: 'editor' })
    const { rows } = await bench.database.query('select seen from public.profiles where id = $1', [data.user?.id])
    expect(rows[0].seen).toMatchObject({
      role: '',
      email_confirmed_at: null,
      raw_app_meta_data: { provider: 'email', providers: ['email'] },
      raw_user_meta_data: { nickname: 'trinity' },
    })
  })

  it('fails as a whole when a trigger fails, with the message of each path', async () => {
    const data = { nickname: 'forbidden' }
    const email = 'refused@example.com'
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const signUp = await bench.send('POST', '/signup', { body: { email, password, data }, headers })
    expect(signUp.status).toBe(500)
    expect(signUp.body).toEqual({ code: 'unexpected_failure', message: 'Database error saving new user' })
    const anonymous = await bench.send('POST', '/signup', { body: { data }, headers })
    expect(anonymous.body).toMatchObject({ message: 'Database error creating anonymous user' })
    const key = bench.sandbox.serviceRoleKey
    const body = { email, password, user_metadata: data }
    const admin = await bench.send('POST', '/admin/users', { key, token: key, body, headers })
    expect(admin.body).toMatchObject({ message: 'Database error creating new user' })
    const { rows } = await bench.database.query('select 1 from auth.users where email = $1', [email])
    expect(rows).toEqual([])
  })

  it("shows the project's own error to clients that ask for no version", async () => {
    const body = { email: 'refused@example.com', password, data: { nickname: 'forbidden' } }
    const answer = await bench.send('POST', '/signup', { body })
    expect(answer.status).toBe(500)
    expect(answer.body).toMatchObject({ code: '23514', message: expect.stringContaining('profiles_nickname_check') })
    expect(answer.headers.get('x-sb-error-code')).toBe('unexpected_failure')
  })

  it('reports that an address is taken', async () => {
    const { email } = await bench.person()
    const { error } = await bench.visitor().auth.signUp({ email, password })
    expect(error).toMatchObject({ status: 422, code: 'user_already_exists', message: 'User already registered' })
  })

  it('refuses a weak password and names the reasons', async () => {
    const { error } = await bench.visitor().auth.signUp({ email: 'weak@example.com', password: 'short' })
    const message = 'Password should be at least 6 characters.'
    expect(error).toMatchObject({ status: 422, code: 'weak_password', message, reasons: ['length'] })
  })

  it.each([
    [{ email: 'no password@example.com' }, 'Signup requires a valid password'],
    [{ email: 'not-an-address', password }, 'Unable to validate email address: invalid format'],
    [{ email: 'a@example.com', password: 'x'.repeat(73) }, 'Password cannot be longer than 72 characters'],
    [
      { email: 'a@b.co', phone: '4912', password },
      'Only an email address or phone number should be provided on signup.',
    ],
  ])('refuses %j', async (body, msg) => {
    const answer = await bench.send('POST', '/signup', { body })
    expect(answer.body).toEqual({ code: 400, error_code: 'validation_failed', msg })
  })

  it('has no provider for phones', async () => {
    const { error } = await bench.visitor().auth.signUp({ phone: '+4912345', password })
    expect(error).toMatchObject({ status: 400, code: 'phone_provider_disabled' })
  })
})

describe('signing up where addresses have to be confirmed', () => {
  let bench: AuthBench
  beforeAll(async () => {
    bench = await startBench({ 'supabase/config.toml': '[auth.email]\nenable_confirmations = true\n' })
  })
  afterAll(() => bench.stop())

  it('answers a user without a session, and a link confirms it', async () => {
    const email = 'waiting@example.com'
    const { data } = await bench.visitor().auth.signUp({ email, password })
    expect(data.session).toBeNull()
    expect(data.user).toMatchObject({ email, confirmation_sent_at: expect.any(String) })
    expect(data.user?.email_confirmed_at).toBeUndefined()
    const { error } = await bench.visitor().auth.signInWithPassword({ email, password })
    expect(error).toMatchObject({ code: 'email_not_confirmed' })

    const link = await bench.admin.auth.admin.generateLink({ type: 'signup', email, password })
    const token_hash = link.data.properties?.hashed_token ?? ''
    expect((await bench.visitor().auth.verifyOtp({ type: 'signup', token_hash })).error).toBeNull()
    expect((await bench.visitor().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('makes a user up for an address that is taken', async () => {
    const { id, email } = await bench.person()
    const { data, error } = await bench.visitor().auth.signUp({ email, password })
    expect(error).toBeNull()
    expect(data.session).toBeNull()
    expect(data.user).toMatchObject({ email, identities: [] })
    expect(data.user?.id).not.toBe(id)
  })

  it('changes an address only when both addresses agree', async () => {
    const { id, email } = await bench.person()
    const client = await bench.signedIn(email)
    const newEmail = 'changed@example.com'
    const { data } = await client.auth.updateUser({ email: newEmail })
    expect(data.user).toMatchObject({ email, new_email: newEmail })
    const current = await redeem('email_change_current', email, newEmail)
    expect(current.data).toMatchObject({ session: null, user: null })
    const { data: after } = await redeem('email_change_new', email, newEmail)
    expect(after.user).toMatchObject({ id, email: newEmail })

    async function redeem(type: 'email_change_current' | 'email_change_new', email: string, newEmail: string) {
      const hash = type === 'email_change_current' ? 'email_change_token_current' : 'email_change_token_new'
      const { rows } = await bench.database.query(`select ${hash} as hash from auth.users where email = $1`, [email])
      expect(newEmail).not.toBe(email)
      return await bench.visitor().auth.verifyOtp({ type: 'email_change', token_hash: rows[0].hash })
    }
  })
})

describe('signing up where it is switched off', () => {
  let bench: AuthBench
  beforeAll(async () => {
    const config = '[auth]\nenable_signup = false\n[auth.email]\nenable_signup = false\n'
    bench = await startBench({ 'supabase/config.toml': config })
  })
  afterAll(() => bench.stop())

  it('names the setting that is off', async () => {
    const visitor = bench.visitor().auth
    const credentials = { email: 'someone@example.com', password }
    expect((await visitor.signUp(credentials)).error).toMatchObject({ status: 422, code: 'signup_disabled' })
    const anonymous = { status: 422, code: 'anonymous_provider_disabled', message: 'Anonymous sign-ins are disabled' }
    expect((await visitor.signInAnonymously()).error).toMatchObject(anonymous)
    const off = { status: 422, code: 'email_provider_disabled' }
    expect((await visitor.signInWithPassword(credentials)).error).toMatchObject(off)
  })
})
