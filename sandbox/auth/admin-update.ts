import { type AdminBody, adminBody, bannedUntil, requireNamedUser } from './admin.ts'
import { parseBody } from './body.ts'
import type { Call } from './call.ts'
import { failingAs, json } from './errors.ts'
import { confirmation, identityData, insertIdentity, updateIdentity, updateUser } from './new-users.ts'
import { clearOneTimeTokens, storePassword } from './one-time-tokens.ts'
import { hashPassword, requireStrength } from './passwords.ts'
import { userJson } from './user-json.ts'
import { mergeMetadata, reloadUser, type UserRow } from './users.ts'
import { validEmail, validPhone } from './validation.ts'

/**
 * `PUT /admin/users/:user_id`. A new password ends every session of the user.
 *
 * @throws AuthError 404 as `requireNamedUser`; 400 `validation_failed`; 422 `weak_password`; 500 `unexpected_failure`
 * for anything that the database refuses, an address in use included
 */
export async function putUser(call: Call): Promise<Response> {
  const user = await requireNamedUser(call)
  const parsed = parseBody(call.body, adminBody)
  const body = {
    ...parsed,
    email: parsed.email === '' ? '' : validEmail(parsed.email),
    phone: parsed.phone === '' ? '' : validPhone(parsed.phone),
  }
  const ban = bannedUntil(body)
  if (body.password !== undefined) requireStrength(body.password, call.config)
  await failingAs('Error updating user', changeUser(call, user, body, ban))
  return json(200, userJson(await reloadUser(call.database, user.id)), call.headers)
}

async function changeUser(call: Call, user: UserRow, body: AdminBody, ban: Date | null | undefined): Promise<void> {
  const { database } = call
  if (body.password !== undefined) {
    const hash = hashPassword(body.password)
    await storePassword(database, user, hash === '' ? null : hash, undefined)
  }
  if (body.email !== '') await setContact(call, user, 'email', body.email, body.email_confirm)
  if (body.phone !== '') await setContact(call, user, 'phone', body.phone, body.phone_confirm)
  const confirmed = body.email_confirm ? mergeMetadata(user.raw_user_meta_data, { email_verified: true }) : undefined
  const metadataNow = confirmed ?? user.raw_user_meta_data
  const shown = (body.email !== '' && body.email_confirm) || (body.phone !== '' && body.phone_confirm)
  await updateUser(database, user.id, {
    ...(body.role && { role: body.role.trim() }),
    ...(body.email_confirm && confirmation(user.raw_user_meta_data)),
    ...(body.phone_confirm && { confirmation_token: '', phone_confirmed_at: 'now' }),
    ...(body.email && { email: body.email }),
    ...(body.phone && { phone: body.phone }),
    ...(shown && { is_anonymous: false }),
    ...(body.app_metadata && { raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, body.app_metadata) }),
    ...(body.user_metadata && { raw_user_meta_data: mergeMetadata(metadataNow, body.user_metadata) }),
    ...(ban !== undefined && { banned_until: ban }),
  })
  if (body.email_confirm || body.phone_confirm) await clearOneTimeTokens(database, user.id)
}

/** Adds an identity of this kind if the user has none. */
async function setContact(call: Call, user: UserRow, provider: 'email' | 'phone', value: string, verified: boolean) {
  const patch = { [provider]: value, [`${provider}_verified`]: verified }
  if (await updateIdentity(call.database, user.id, provider, patch)) return
  await insertIdentity(call.database, user.id, provider, { ...identityData(user.id, {}), ...patch })
}
