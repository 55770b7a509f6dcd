import { describe, expect, it } from 'vitest'
import { alone, answerWith } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { TargetRow } from '../path.ts'
import { auth } from './index.ts'
import { authResponses } from './responses.ts'
import { type AuthVerb, schemas, verbs } from './verbs.ts'

const server = recordingServer()
const resource = { kind: 'auth', name: 'users' }
const own: TargetRow = { name: 'own', table: 'auth.users', key: { id: 'an-id' }, values: {} }

function attempt(verb: AuthVerb, body: JsonObject, caller: ActorSession | PrivilegedSession = server.caller()) {
  return auth.attempt(caller, { ...alone, resource, verb, body, targets: [own] })
}

const key = (): PrivilegedSession => ({ kind: 'privileged', url: server.caller().url, secretKey: 'a-secret' })

describe('a request to Auth', () => {
  it.each([
    ['sign_up', { sign_up: { email: 'a@x.test', password: 'p', data: { a: 1 } } }, 'POST', '/auth/v1/signup'],
    ['sign_in', { sign_in: { email: 'a@x.test', password: 'p' } }, 'POST', '/auth/v1/token'],
    ['recover', { recover: { email: 'a@x.test' } }, 'POST', '/auth/v1/recover'],
    ['otp', { otp: { email: 'a@x.test', create_user: false } }, 'POST', '/auth/v1/otp'],
    ['update_user', { update_user: { data: { a: 1 } } }, 'PUT', '/auth/v1/user'],
    ['enroll', { enroll: 'totp' }, 'POST', '/auth/v1/factors'],
    ['delete_user', { delete_user: 'own' }, 'DELETE', '/auth/v1/admin/users/an-id'],
    ['link_identity', { link_identity: 'github' }, 'GET', '/auth/v1/user/identities/authorize'],
  ] as const)('%s is the one of supabase-js, with the credential of its caller', async (verb, body, method, path) => {
    server.answer((response) => json(response, 200, {}))
    await attempt(verb, body)
    expect(server.seen.at(-1)).toMatchObject({
      method,
      headers: { apikey: 'a-key', authorization: 'Bearer a-token', 'x-supabase-api-version': '2024-01-01' },
    })
    expect(server.seen.at(-1)?.rawPath).toMatch(new RegExp(`^${path}(\\?|$)`))
  })

  it.each([
    ['sign_up', { sign_up: { email: 'a@x.test', password: 'p' } }, 'POST', '/auth/v1/admin/users'],
    ['sign_in', { sign_in: { email: 'a@x.test', password: 'p' } }, 'GET', '/auth/v1/admin/users/an-id'],
    ['update_user', { update_user: { app_metadata: {} }, as: 'own' }, 'PUT', '/auth/v1/admin/users/an-id'],
  ] as const)('%s of the secret key goes to the admin endpoint', async (verb, body, method, rawPath) => {
    server.answer((response) => json(response, 200, {}))
    await attempt(verb, body, key())
    expect(server.seen.at(-1)).toMatchObject({ method, rawPath, headers: { apikey: 'a-secret' } })
  })

  it('shows the user that came back, and neither tokens nor passwords', async () => {
    const user = { id: 'an-id', email: 'a@x.test', user_metadata: { a: 1 }, app_metadata: {} }
    server.answer((response) => json(response, 200, { access_token: 't', refresh_token: 'r', user }))
    const answer = await attempt('sign_in', { sign_in: { email: 'a@x.test', password: 'hidden' } })
    expect(answer.rows).toMatchObject([{ id: 'an-id', raw_user_meta_data: { a: 1 } }])
    expect(answer.value).toBeNull()
    expect(JSON.stringify(answer.request)).not.toContain('hidden')
  })

  describe.each([
    { by: 'the secret key', path: '/auth/v1/admin/users/', status: 404, code: 'user_not_found' },
    { by: 'the caller', path: '/auth/v1/token', status: 400, code: 'invalid_credentials' },
  ])('that fails in the database is followed by a question of $by', ({ by, path, status, code }) => {
    const failed = { code: 'unexpected_failure', message: 'Database error saving new user' }
    const signUp = () => {
      const body = { sign_up: { email: 'a@x.test', password: 'p' } }
      const witness = by === 'the caller' ? null : key()
      return auth.attempt(server.caller(), { ...alone, resource, verb: 'sign_up', body, targets: [], witness })
    }

    it('and is a refusal where Auth answers it', async () => {
      server.answer((response, { rawPath }) =>
        rawPath.startsWith(path) ? json(response, status, { code }) : json(response, 500, failed),
      )
      expect((await signUp()).databaseAnswers).toBe(true)
      expect(server.seen.at(-1)?.rawPath).toContain(path)
    })

    it('and is none where the question fails too', async () => {
      server.answer((response) => json(response, 500, failed))
      expect((await signUp()).databaseAnswers).toBeUndefined()
    })
  })

  it('shows of a new factor its id alone', async () => {
    server.answer((response) => json(response, 200, { id: 'f', totp: { secret: 'hidden' } }))
    expect((await attempt('enroll', { enroll: 'totp' })).value).toEqual({ id: 'f' })
  })
})

describe('the response patterns of Auth', () => {
  const code = (status: number, name: string, more = {}) => answerWith({ status, code: name, message: 'why', ...more })
  it.each([
    ['a setting', code(422, 'signup_disabled'), 'setting-off', 'limit'],
    ['a weak password', code(422, 'weak_password'), 'password-rule', 'limit'],
    ['a taken address', code(422, 'user_already_exists'), 'taken', 'constraint'],
    [
      'a trigger',
      code(500, 'unexpected_failure', { message: 'Database error saving new user', databaseAnswers: true }),
      'database-refused',
      'constraint',
    ],
    ['a wrong password', code(400, 'invalid_credentials'), 'sign-in-refused', 'application'],
    ['a used link', code(403, 'otp_expired'), 'sign-in-refused', 'application'],
    ['no session', code(401, 'no_authorization', { anonymous: true }), 'session-required', 'application'],
    ['a bad token', code(403, 'bad_jwt'), 'session-refused', 'unauthenticated'],
    ['an ended session', code(403, 'session_not_found'), 'session-refused', 'unauthenticated'],
    ['an ordinary user', code(403, 'not_admin'), 'forbidden', 'application'],
    ['a missing second factor', code(401, 'insufficient_aal'), 'forbidden', 'application'],
    ['a hook', code(403, 'unknown'), 'hook-refused', 'application'],
    ['a gateway', answerWith({ status: 401, message: 'Invalid API key' }), 'key-refused', 'unauthenticated'],
  ] as const)('%s refuses by %s', (_, answer, face, layer) => {
    const found = authResponses.find(({ matches }) => matches(answer, 'sign_up'))
    expect(found).toMatchObject({ name: face, means: { kind: 'denied', layer } })
  })

  it.each([
    ['a failure of another kind', code(500, 'unexpected_failure'), 'unknown'],
    [
      'a failure to save, where the database answers nothing else either',
      code(500, 'unexpected_failure', { message: 'Database error saving new user' }),
      'unknown',
    ],
    [
      'a failure to look a user up',
      code(500, 'unexpected_failure', { message: 'Database error finding user' }),
      'unknown',
    ],
    ['a rate limit', code(429, 'over_request_rate_limit'), 'unknown'],
    ['a limit of mails', code(429, 'over_email_send_rate_limit'), 'unknown'],
    ['a maintenance page', answerWith({ status: 503 }), 'unknown'],
    ['a malformed request', code(400, 'validation_failed'), 'unusable'],
    ['no endpoint', answerWith({ status: 404 }), 'unusable'],
    ['a success', answerWith({ status: 200 }), 'done'],
  ] as const)('%s is no denial', (_, answer, kind) => {
    expect(authResponses.find(({ matches }) => matches(answer, 'sign_up'))?.means.kind).toBe(kind)
  })

  it('a code that none names is unknown', () => {
    expect(authResponses.find(({ matches }) => matches(code(400, 'new_code_of_tomorrow'), 'sign_up'))).toBeUndefined()
  })
})

describe('the footprint of an operation of Auth', () => {
  const writes = (verb: AuthVerb, body: JsonObject) => verbs[verb].footprint(body, resource).writes

  it.each([
    [{ email: 'New@X.test', password: 'p' }, { email: 'new@x.test' }],
    [{ email: '$Own.email', password: 'p' }, { email: '$Own.email' }],
    [{ phone: '+1 555', password: 'p' }, { phone: '1555' }],
    [{ data: { a: '$unique' } }, { is_anonymous: true, raw_user_meta_data: { a: '$unique' } }],
  ])('sign_up adds the user of %j', (sign_up, row) => {
    expect(writes('sign_up', { sign_up })).toMatchObject([{ kind: 'add', table: 'auth.users', rows: [row] }])
  })

  it('leaves the new user to a matrix that describes it', () => {
    const adds = { table: 'auth.users', values: { email: 'a@x.test', is_anonymous: false } }
    expect(writes('sign_up', { sign_up: { email: 'a@x.test' }, adds })).toHaveLength(1)
    expect(writes('otp', { otp: { email: 'a@x.test', create_user: false } })).toEqual([])
    expect(writes('delete_user', { delete_user: 'own' })).toEqual([{ kind: 'remove', fixture: 'own' }])
  })

  it.each([
    ['sign_in', { sign_in: { email: 'a', phone: '1', password: 'p' } }],
    ['sign_in', { sign_in: { password: 'p' } }],
    ['verify', { verify: 'email_change', of: 'own' }],
    ['verify', { verify: 'magiclink', of: 'own', new_email: 'a' }],
    ['enroll', { enroll: 'phone' }],
    ['update_user', { update_user: { role: 'admin' } }],
  ] as const)('%s refuses %j', (verb, body) => {
    expect(schemas[verb].safeParse(body).success).toBe(false)
  })
})
