import { z } from 'zod'
import { metadata, parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { createOneTimeToken } from './one-time-tokens.ts'
import { unknownPassword } from './passwords.ts'
import { signUp } from './sign-up.ts'
import { findUserByEmail, type UserRow } from './users.ts'
import { validEmail } from './validation.ts'

const recoverBody = z.object({ email: text })

/** `POST /recover`. Known and unknown addresses get the same answer. @throws AuthError 400 `validation_failed` */
export async function recover(call: Call): Promise<Response> {
  const email = validEmail(parseBody(call.body, recoverBody).email)
  const user = await findUserByEmail(call.database, email)
  if (user !== undefined) await issue(call, user, email)
  return json(200, {}, call.headers)
}

const otpBody = z.object({
  email: text,
  phone: text,
  data: metadata,
  create_user: z
    .boolean()
    .nullish()
    .transform((value) => value ?? true),
})

/**
 * `POST /otp`: a link for a known address; signs an unknown one up first.
 *
 * @throws AuthError 422 `otp_disabled`, `email_provider_disabled`, those of a sign-up; 400 `validation_failed`,
 *   `phone_provider_disabled`
 */
export async function otp(call: Call): Promise<Response> {
  const body = parseBody(call.body, otpBody)
  if (body.email !== '' && body.phone !== '') {
    throw invalid('Only an email address or phone number should be provided')
  }
  if (body.phone !== '') throw new AuthError(400, 'phone_provider_disabled', 'Unsupported phone provider')
  if (body.email === '') throw invalid('One of email or phone must be set')
  const email = validEmail(body.email)
  const known = await findUserByEmail(call.database, email)
  if (known === undefined && !body.create_user) {
    throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp')
  }
  if (!call.config.email.enable_signup) {
    throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  }
  if (known === undefined || known.email_confirmed_at === null) {
    const credentials = { email, password: unknownPassword(), data: body.data ?? {} }
    await signUp({ ...call, body: JSON.stringify(credentials) })
    // A mail that confirms the address signs in as well.
    if (call.config.email.enable_confirmations) return json(200, {}, call.headers)
  }
  const user = await findUserByEmail(call.database, email)
  if (user !== undefined) await issue(call, user, email)
  return json(200, {}, call.headers)
}

/** No mail is sent: `generate_link` gives a test the token. */
async function issue(call: Call, user: UserRow, email: string): Promise<void> {
  await failingAs('Unable to process request', createOneTimeToken(call.database, user.id, email, 'recovery_token'))
}

/** `GET /user/identities/authorize`. @throws AuthError 404 `manual_linking_disabled`: no provider is configured here */
export async function linkIdentity(): Promise<Response> {
  throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
}
