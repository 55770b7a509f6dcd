import { z } from 'zod'
import { metadata, optionalText, parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { confirmation, identityData, insertIdentity, updateIdentity, updateUser } from './new-users.ts'
import { createOneTimeToken, storePassword } from './one-time-tokens.ts'
import { hashPassword, passwordMatches, requireStrength } from './passwords.ts'
import { type Principal, requestAudience } from './principal.ts'
import { endAllSessions, endOtherSessions, endSession } from './sessions.ts'
import { userJson } from './user-json.ts'
import { audience, emailTaken, hasMfa, mergeMetadata, phoneTaken, reloadUser } from './users.ts'
import { validEmail, validPhone } from './validation.ts'

/** `GET /user`. @throws AuthError 400 `validation_failed` when the token has no audience of its own */
export async function getUser(call: Call, { claims, user }: Principal): Promise<Response> {
  if (claims.aud.length === 0 || requestAudience(call.request, claims) !== claims.aud[0]) {
    throw invalid("Token audience doesn't match request audience")
  }
  return json(200, userJson(user), call.headers)
}

/**
 * `POST /logout`. A token without a session ends every session, whatever the scope.
 *
 * @throws AuthError 400 `validation_failed` for an unknown scope
 */
export async function logout(call: Call, { user, session }: Principal): Promise<Response> {
  const scope = call.query.get('scope') || 'global'
  if (!['global', 'local', 'others'].includes(scope)) {
    throw invalid(`Unsupported logout scope ${JSON.stringify(scope)}`)
  }
  if (session !== undefined && scope === 'local') await endSession(call.database, session)
  else if (session !== undefined && scope === 'others') await endOtherSessions(call.database, session)
  else await endAllSessions(call.database, user.id)
  return new Response(null, { status: 204, headers: call.headers })
}

const userBody = z.object({ email: text, phone: text, password: optionalText, data: metadata, app_metadata: metadata })
type UserBody = z.output<typeof userBody>

/**
 * `PUT /user`: updates the caller's own metadata, password or address.
 *
 * @throws AuthError 403 `not_admin` for `app_metadata`; 401 `insufficient_aal`; 422 `email_exists`, `phone_exists`,
 *   `same_password`, `weak_password`, `validation_failed`; 400 `validation_failed`, `phone_provider_disabled`
 */
export async function updateSelf(call: Call, principal: Principal): Promise<Response> {
  const body = validated(call, parseBody(call.body, userBody))
  await requireAllowed(call, principal, body)
  const { user, session } = principal

  if (body.password !== undefined) {
    if (body.password !== '' && passwordMatches(body.password, user.encrypted_password)) {
      throw new AuthError(422, 'same_password', 'New password should be different from the old password.')
    }
    const hash = hashPassword(body.password)
    const work = storePassword(call.database, user, hash === '' ? null : hash, session)
    await failingAs('Error during password storage', work)
  }
  const merged = {
    ...(body.data && { raw_user_meta_data: mergeMetadata(user.raw_user_meta_data, body.data) }),
    ...(body.app_metadata && { raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, body.app_metadata) }),
  }
  await failingAs('Error updating user', updateUser(call.database, user.id, merged))
  if (body.email !== '' && body.email !== user.email) await changeEmail(call, principal, body.email)
  return json(200, userJson(await reloadUser(call.database, user.id)), call.headers)
}

function validated(call: Call, body: UserBody): UserBody {
  const email = body.email === '' ? '' : validEmail(body.email)
  const phone = body.phone === '' ? '' : validPhone(body.phone)
  if (body.password !== undefined) requireStrength(body.password, call.config)
  return { ...body, email, phone }
}

async function requireAllowed(call: Call, { user, session }: Principal, body: UserBody): Promise<void> {
  if (body.app_metadata !== undefined && !(user.aud === audience && user.role === 'admin')) {
    throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges')
  }
  const newEmail = body.email !== '' && body.email !== (user.email ?? '')
  const newPhone = body.phone !== '' && body.phone !== (user.phone ?? '')
  if (hasMfa(user) && session?.aal !== 'aal2' && (body.password || newEmail || newPhone)) {
    const message = 'AAL2 session is required to update email or password when MFA is enabled.'
    throw new AuthError(401, 'insufficient_aal', message)
  }
  if (user.is_anonymous && body.password && body.email === '' && body.phone === '') {
    const message = 'Updating password of an anonymous user without an email or phone is not allowed'
    throw new AuthError(422, 'validation_failed', message)
  }
  if (newEmail && (await emailTaken(call.database, body.email, user.id))) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  if (!newPhone) return
  if (await phoneTaken(call.database, body.phone)) {
    throw new AuthError(422, 'phone_exists', 'A user with this phone number has already been registered')
  }
  throw new AuthError(400, 'phone_provider_disabled', 'Phone logins are disabled')
}

/**
 * An anonymous user gets the address at once if confirmations are off; any other user has to confirm it, and the answer
 * contains it as `new_email`.
 */
async function changeEmail(call: Call, { user }: Principal, email: string): Promise<void> {
  const { database, config } = call
  if (user.is_anonymous && !config.email.enable_confirmations) {
    const data = { ...identityData(user.id, { email }), email_verified: true }
    const known = await updateIdentity(database, user.id, 'email', { email, email_verified: true })
    if (!known) await insertIdentity(database, user.id, 'email', data)
    const { raw_user_meta_data: current } = await reloadUser(database, user.id)
    await updateUser(database, user.id, { email, is_anonymous: false, ...confirmation(current) })
    return
  }
  await updateUser(database, user.id, { email_change: email, email_change_confirm_status: 0 })
  await createOneTimeToken(database, user.id, email, 'email_change_token_new')
  if (user.email && config.email.double_confirm_changes) {
    await createOneTimeToken(database, user.id, user.email, 'email_change_token_current')
  }
}
