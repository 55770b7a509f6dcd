import { z } from 'zod'
import { parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, invalid, json } from './errors.ts'
import { passwordAttempt } from './hooks.ts'
import { passwordMatches, weakness } from './passwords.ts'
import { refreshGrant } from './refresh.ts'
import { endAllSessions, startSession } from './sessions.ts'
import { findUserByEmail, findUserByPhone, isBanned } from './users.ts'

const passwordBody = z.object({ email: text, phone: text, password: text })

/**
 * `POST /token`: one route for every grant.
 *
 * @throws AuthError 400 `invalid_credentials` for a grant that the sandbox does not have, and those of the grants
 */
export async function token(call: Call): Promise<Response> {
  const grant = call.query.get('grant_type')
  if (grant === 'password') return await passwordGrant(call)
  if (grant === 'refresh_token') return await refreshGrant(call)
  throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type')
}

/**
 * The checks are in GoTrue's order: a ban is reported before the password is checked, a missing confirmation only afterwards.
 */
async function passwordGrant(call: Call): Promise<Response> {
  const { email, phone, password } = parseBody(call.body, passwordBody)
  if (email !== '' && phone !== '') {
    throw invalid('Only an email address or phone number should be provided on login.')
  }
  if (email === '' && phone === '') throw invalid('missing email or phone')
  if (email !== '' && !call.config.email.enable_signup) {
    throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  }
  if (phone !== '' && !call.config.sms.enable_signup) {
    throw new AuthError(422, 'phone_provider_disabled', 'Phone logins are disabled')
  }

  const user =
    email === ''
      ? await findUserByPhone(call.database, phone.replace(/^\+/, '').replaceAll(' ', ''))
      : await findUserByEmail(call.database, email)
  const wrong = new AuthError(400, 'invalid_credentials', 'Invalid login credentials')
  if (user === undefined || !user.encrypted_password) throw wrong
  if (isBanned(user)) throw new AuthError(400, 'user_banned', 'User is banned')
  const valid = passwordMatches(password, user.encrypted_password)
  const { rejected, message, logsOut } = await passwordAttempt(call, user.id, valid)
  if (rejected) {
    if (logsOut) await endAllSessions(call.database, user.id)
    const reason = message || 'Further password verification attempts will be rejected.'
    throw new AuthError(400, 'invalid_credentials', reason, { keepsWork: true })
  }
  if (!valid) throw wrong
  if (email !== '' && user.email_confirmed_at === null) {
    throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed')
  }
  if (phone !== '' && user.phone_confirmed_at === null) {
    throw new AuthError(400, 'phone_not_confirmed', 'Phone not confirmed')
  }

  const answer = await startSession(call, user.id, 'password')
  const weak = weakness(password, call.config)
  return json(200, weak === undefined ? answer : { ...answer, weak_password: weak }, call.headers)
}
