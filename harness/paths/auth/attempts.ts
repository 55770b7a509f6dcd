import { randomBytes, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { authClient, requestFailed } from '../../actors/auth-client.ts'
import { TrespassError } from '../../errors.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { usersTable } from '../own-user.ts'
import type { Answer, Call, TargetRow } from '../path.ts'
import { send } from '../web/send.ts'
import { type AuthVerb, schemas } from './verbs.ts'

type Caller = ActorSession | PrivilegedSession

/** One request to Auth, below `/auth/v1`. */
interface AuthRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly json?: JsonObject
}

/** The caller of a request; the secret key with the session of a user, where a control needs one. */
type Sender = ActorSession | (PrivilegedSession & { readonly token?: string | null })

type Attempt = (caller: Caller, call: Call) => Promise<Answer>

/** By verb: the request. The secret key, as a control, uses the admin endpoint for what it has no session for. */
export const attempts: Readonly<Record<AuthVerb, Attempt>> = {
  async sign_up(caller, call) {
    const { email, phone, password, data } = schemas.sign_up.parse(call.body).sign_up
    const named = given({ email, phone, password })
    const isAnonymous = email === undefined && phone === undefined
    if (caller.kind === 'privileged' && !isAnonymous) {
      const confirmed = { email_confirm: email !== undefined, phone_confirm: phone !== undefined }
      const json = { ...named, ...confirmed, ...given({ user_metadata: data }) }
      return await ask(caller, { method: 'POST', path: '/admin/users', json }, call)
    }
    return await ask(caller, { method: 'POST', path: '/signup', json: { ...named, ...given({ data }) } }, call)
  },
  async sign_in(caller, call) {
    const { email, phone, password } = schemas.sign_in.parse(call.body).sign_in
    // The control of a refused sign-in shows that the user is there: no other password signs it in.
    const user = call.targets.find(({ table }) => table === usersTable)
    if (caller.kind === 'privileged' && user !== undefined) {
      return await ask(caller, { method: 'GET', path: `/admin/users/${idOf(user)}` }, call)
    }
    const json = given({ email, phone, password })
    return await ask(caller, { method: 'POST', path: '/token', query: { grant_type: 'password' }, json }, call)
  },
  verify,
  async recover(caller, call) {
    const { email } = schemas.recover.parse(call.body).recover
    return await ask(caller, { method: 'POST', path: '/recover', json: { email } }, call)
  },
  async otp(caller, call) {
    const { otp } = schemas.otp.parse(call.body)
    return await ask(caller, { method: 'POST', path: '/otp', json: given(otp) }, call)
  },
  async update_user(caller, call) {
    const { update_user: set, as } = schemas.update_user.parse(call.body)
    if (caller.kind === 'actor') return await ask(caller, { method: 'PUT', path: '/user', json: given(set) }, call)
    const { data, current_password: _, ...others } = set
    const json = { ...given(others), ...given({ user_metadata: data }) }
    return await ask(caller, { method: 'PUT', path: `/admin/users/${idOf(userNamed(as, call))}`, json }, call)
  },
  async enroll(caller, call) {
    return await enrol(await withSession(caller, schemas.enroll.parse(call.body).as, call), call)
  },
  async unenroll(given, call) {
    const caller = await withSession(given, schemas.unenroll.parse(call.body).as, call)
    const enrolled = await enrol(caller, call)
    const factor = isObject(enrolled.value) ? enrolled.value.id : undefined
    if (typeof factor !== 'string') return enrolled
    return await ask(caller, { method: 'DELETE', path: `/factors/${factor}` }, call)
  },
  async link_identity(caller, call) {
    const { link_identity: provider, as } = schemas.link_identity.parse(call.body)
    const query = { provider, skip_http_redirect: 'true' }
    return await ask(
      await withSession(caller, as, call),
      { method: 'GET', path: '/user/identities/authorize', query },
      call,
    )
  },
  async delete_user(caller, call) {
    const { delete_user: name } = schemas.delete_user.parse(call.body)
    return await ask(caller, { method: 'DELETE', path: `/admin/users/${idOf(userNamed(name, call))}` }, call)
  },
}

/**
 * @returns true when Auth answers a question about its users. With the secret key that is a user that does not exist; without one,
 *   a sign-in that no user has, which Auth refuses after it has looked for the user (supabase/auth, `internal/api/token.go`).
 */
export async function databaseAnswers(caller: Caller, call: Call): Promise<boolean> {
  const { witness } = call
  if (witness !== null) {
    const { status, code } = await ask(witness, { method: 'GET', path: `/admin/users/${randomUUID()}` }, call)
    return status === 404 && code === 'user_not_found'
  }
  const json = { email: `trespass-${randomUUID()}@example.com`, password: randomUUID() }
  const request = { method: 'POST', path: '/token', query: { grant_type: 'password' }, json }
  return (await ask(caller, request, call)).code === 'invalid_credentials'
}

/** The caller of a request that needs a session. For the secret key, as a control, a link opens one of the same user. */
async function withSession(caller: Caller, as: string | undefined, call: Call): Promise<Sender> {
  if (caller.kind === 'actor') return caller
  const { url, secretKey } = caller
  const hash = await linkFor(caller, 'magiclink', emailOf(as, call), undefined)
  const { data, error } = await authClient(url, secretKey).verifyOtp({ type: 'magiclink', token_hash: hash })
  if (error) throw requestFailed('a session for the control cannot be opened', error, 'TRESPASS_SECRET_KEY')
  return { ...caller, token: data.session?.access_token ?? null }
}

function enrol(caller: Sender, call: Call): Promise<Answer> {
  const json = { factor_type: 'totp', friendly_name: `trespass ${randomBytes(4).toString('hex')}` }
  return ask(caller, { method: 'POST', path: '/factors', json }, call)
}

/** Redeems a link. Auth issues it for the secret key, as the mail that carries it would reach the user. */
async function verify(caller: Caller, call: Call): Promise<Answer> {
  const { verify: type, of, new_email: newEmail, token } = schemas.verify.parse(call.body)
  const { witness } = call
  if (witness === null) {
    const hint = 'Set TRESPASS_SECRET_KEY.'
    throw new TrespassError('no-secret-key', 'a link is issued for the secret key alone', { hint })
  }
  const hash = await linkFor(witness, type, emailOf(of, call), newEmail)
  const sent = token === 'wrong' && caller.kind === 'actor' ? [...hash].reverse().join('') : hash
  const request = { method: 'POST', path: '/verify', json: { type, token_hash: sent } }
  const first = await ask(caller, request, call)
  // A control shows that the link works, which it does once.
  return token === 'used' && caller.kind === 'actor' && first.status < 300 ? await ask(caller, request, call) : first
}

async function linkFor(
  { url, secretKey }: PrivilegedSession,
  type: z.output<typeof schemas.verify>['verify'],
  email: string,
  newEmail: string | undefined,
): Promise<string> {
  const { admin } = authClient(url, secretKey)
  // Auth asks for a password of a sign-up's link, and does not use it where the user is there already.
  const password = `aA1!${randomBytes(24).toString('base64url')}`
  const { data, error } =
    type === 'signup'
      ? await admin.generateLink({ type, email, password })
      : type === 'email_change'
        ? await admin.generateLink({ type: 'email_change_new', email, newEmail: newEmail ?? '' })
        : await admin.generateLink({ type, email })
  if (error) throw requestFailed('a link cannot be issued', error, 'TRESPASS_SECRET_KEY')
  return data.properties.hashed_token
}

function emailOf(name: string | undefined, call: Call): string {
  const email = userNamed(name, call).row?.email
  if (typeof email === 'string') return email
  const hint = 'Give the fixture an `email`.'
  throw new TrespassError('user-column', `the fixture ${name} has no address that a link could be sent to`, { hint })
}

function userNamed(name: string | undefined, { targets }: Call): TargetRow {
  const row = targets.find((target) => target.name === name && target.table === usersTable)
  if (row !== undefined) return row
  const hint = 'Name a fixture of auth.users under `as`.'
  throw new TrespassError('no-such-row', 'the secret key has no user of its own to change', { hint })
}

function idOf({ key }: TargetRow): string {
  return encodeURIComponent(String(key.id))
}

/** @returns the values that are given. */
function given(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, Json][] => (value === undefined ? [] : [[name, value]])),
  )
}

/** Sends one request with the credential that supabase-js sends, and the version of Auth's errors that it reads. */
async function ask(caller: Sender, { method, path, query, json }: AuthRequest, call: Call): Promise<Answer> {
  const [key, token] =
    caller.kind === 'actor' ? [caller.apiKey, caller.token] : [caller.secretKey, caller.token ?? null]
  const bearer = token ?? key
  const headers = new Headers(call.headers)
  headers.set('x-supabase-api-version', '2024-01-01')
  if (key !== null) headers.set('apikey', key)
  if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`)
  const anonymous = caller.kind === 'actor' && token === null
  const base = `${caller.url}/auth/v1${path}`
  const parts = { ...(query === undefined ? {} : { query }), ...(json === undefined ? {} : { json }) }
  return withoutSecrets(await send(caller, { method, base, headers, anonymous }, parts, call))
}

/** Keeps the user of an answer, and of a factor its id. Tokens, links and secrets of factors are in no record. */
function withoutSecrets(answer: Answer): Answer {
  const { request, value } = answer
  const shown = { ...answer, request: { ...request, body: withoutPassword(request.body) } }
  if (!isObject(value)) return { ...shown, rows: null }
  const user = isObject(value.user) ? value.user : 'email' in value && 'id' in value ? value : null
  if (user !== null) return { ...shown, rows: [withColumnNames(user)], value: null }
  return { ...shown, rows: null, value: typeof value.id === 'string' ? { id: value.id } : null }
}

/** The API calls two columns of the table by other names. */
function withColumnNames({ user_metadata, app_metadata, identities: _, ...user }: JsonObject): JsonObject {
  return { ...user, raw_user_meta_data: user_metadata ?? null, raw_app_meta_data: app_metadata ?? null }
}

function withoutPassword(body: Json): Json {
  if (!isObject(body)) return body
  const hidden = ['password', 'current_password', 'token_hash'].filter((name) => name in body)
  return { ...body, ...Object.fromEntries(hidden.map((name) => [name, '…'])) }
}
