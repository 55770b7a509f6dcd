import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { metadata, parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { admittedUser, confirmation, identityData, insertIdentity, signUpUser, updateUser } from './new-users.ts'
import { clearOneTimeTokens, createOneTimeToken } from './one-time-tokens.ts'
import { hashPassword, requireStrength } from './passwords.ts'
import { startSession } from './sessions.ts'
import { userJson } from './user-json.ts'
import { emailTaken, findUserByEmail, type Metadata, reloadUser, type UserRow } from './users.ts'
import { validEmail } from './validation.ts'

const signUpBody = z.object({ email: text, phone: text, password: text, data: metadata })

/**
 * `POST /signup`: creates a user with a password if the body has an address, else an anonymous user.
 *
 * @throws AuthError 422 `signup_disabled`, `anonymous_provider_disabled`, `weak_password`, `user_already_exists`; 400
 *   `email_provider_disabled`, `phone_provider_disabled`, `validation_failed`; 500 `unexpected_failure`; the hooks' own
 */
export async function signUp(call: Call): Promise<Response> {
  const body = parseBody(call.body, signUpBody)
  const anonymous = body.email === '' && body.phone === ''
  if (anonymous && !call.config.enable_anonymous_sign_ins) {
    throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
  }
  if (!call.config.enable_signup) {
    throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance')
  }
  if (anonymous) return await signUpAnonymously(call, body.data ?? {})

  if (body.password === '') throw invalid('Signup requires a valid password')
  requireStrength(body.password, call.config)
  if (body.email !== '' && body.phone !== '') {
    throw invalid('Only an email address or phone number should be provided on signup.')
  }
  if (body.phone !== '') throw new AuthError(400, 'phone_provider_disabled', 'Phone signups are disabled')
  if (!call.config.email.enable_signup) {
    throw new AuthError(400, 'email_provider_disabled', 'Email signups are disabled')
  }
  return await signUpWithEmail(call, validEmail(body.email), body.password, body.data ?? {})
}

async function signUpAnonymously(call: Call, data: Metadata): Promise<Response> {
  const made = { email: '', phone: '', hash: '', appMetadata: {}, userMetadata: data, isAnonymous: true }
  const admitted = await admittedUser(call, made)
  const work = async () => {
    const user = await signUpUser(call.database, admitted)
    return await startSession(call, user.id, 'anonymous')
  }
  return json(200, await failingAs('Database error creating anonymous user', work()), call.headers)
}

async function signUpWithEmail(call: Call, email: string, password: string, data: Metadata): Promise<Response> {
  const existing = await findUserByEmail(call.database, email)
  const confirmed = existing !== undefined && existing.email_confirmed_at !== null
  const taken = existing === undefined && (await emailTaken(call.database, email, null))
  if (confirmed || taken) return repeated(call, email, data)

  const user = existing ?? (await newEmailUser(call, email, password, data))
  if (call.config.email.enable_confirmations) return await awaitConfirmation(call, user)

  const confirm = async () => {
    await updateUser(call.database, user.id, confirmation(user.raw_user_meta_data))
    await clearOneTimeTokens(call.database, user.id)
  }
  await failingAs('Database error updating user', confirm())
  return json(200, await startSession(call, user.id, 'password'), call.headers)
}

/** GoTrue copies the identity's content into the user's own metadata after the row is inserted. */
async function newEmailUser(call: Call, email: string, password: string, data: Metadata): Promise<UserRow> {
  const hash = hashPassword(password)
  const appMetadata = { provider: 'email', providers: ['email'] }
  const made = await admittedUser(call, { email, phone: '', hash, appMetadata, userMetadata: data })
  const user = await signUpUser(call.database, made)
  const content = { ...data, ...identityData(user.id, { email }) }
  await failingAs('Error creating identity', insertIdentity(call.database, user.id, 'email', content))
  await updateUser(call.database, user.id, { raw_user_meta_data: content })
  return await reloadUser(call.database, user.id)
}

/** No mail is sent: `generate_link` gives a test the link, and the admin API confirms without one. */
async function awaitConfirmation(call: Call, user: UserRow): Promise<Response> {
  const work = createOneTimeToken(call.database, user.id, user.email ?? '', 'confirmation_token')
  await failingAs('Error sending confirmation email', work)
  const answer = userJson(await reloadUser(call.database, user.id))
  const invited = user.invited_at === null ? {} : { user_metadata: {}, identities: [] }
  return json(200, { ...answer, ...invited }, call.headers)
}

/** If confirmations are on, the answer contains a made-up user, so that it does not reveal the registered addresses. */
function repeated(call: Call, email: string, data: Metadata): Response {
  if (!call.config.email.enable_confirmations) {
    throw new AuthError(422, 'user_already_exists', 'User already registered')
  }
  const now = new Date().toISOString()
  const sanitized = {
    id: randomUUID(),
    aud: 'authenticated',
    role: '',
    email,
    phone: '',
    confirmation_sent_at: now,
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: data,
    identities: [],
    created_at: now,
    updated_at: now,
    is_anonymous: false,
  }
  return json(200, sanitized, call.headers)
}
