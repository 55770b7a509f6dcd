import { z } from 'zod'
import { isBcrypt } from './bcrypt.ts'
import { flag, metadata, optionalText, parseBody, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { confirmation, identityData, insertIdentity, insertUser, updateIdentity, updateUser } from './new-users.ts'
import { clearOneTimeTokens, storePassword } from './one-time-tokens.ts'
import { hashPassword, requireStrength, unknownPassword } from './passwords.ts'
import { userJson } from './user-json.ts'
import { emailTaken, findUserById, mergeMetadata, phoneTaken, reloadUser, type UserRow } from './users.ts'
import { banMilliseconds, isUuid, validEmail, validPhone } from './validation.ts'

const adminBody = z.object({
  id: text,
  role: text,
  email: text,
  phone: text,
  password: optionalText,
  password_hash: text,
  email_confirm: flag,
  phone_confirm: flag,
  user_metadata: metadata,
  app_metadata: metadata,
  ban_duration: text,
})
type AdminBody = z.output<typeof adminBody>

/**
 * The user that the path names.
 *
 * @throws AuthError 404 `validation_failed` when it is not a UUID, 404 `user_not_found`
 */
export async function requireNamedUser(call: Call): Promise<UserRow> {
  const id = call.parameter('user_id')
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID')
  const user = await findUserById(call.database, id)
  if (user === undefined) throw new AuthError(404, 'user_not_found', 'User not found')
  return user
}

/** `GET /admin/users/:user_id`. */
export async function getUserById(call: Call): Promise<Response> {
  return json(200, userJson(await requireNamedUser(call)), call.headers)
}

/**
 * `POST /admin/users`. GoTrue does not judge the strength of this password.
 *
 * @throws AuthError 400 `validation_failed`, 422 `email_exists`, `phone_exists`, 500 `unexpected_failure`
 */
export async function createUser(call: Call): Promise<Response> {
  const body = parseBody(call.body, adminBody)
  if (body.email === '' && body.phone === '') throw invalid('Cannot create a user without either an email or phone')
  const { email, phone } = await requireFree(call, body)
  if (body.password !== undefined && body.password_hash !== '') {
    throw invalid('Only a password or a password hash should be provided')
  }
  if (body.password_hash !== '' && !isBcrypt(body.password_hash)) {
    throw new AuthError(500, 'unexpected_failure', 'Error creating user')
  }
  if (body.id !== '' && !isUuid(body.id)) throw invalid('ID must conform to the uuid v4 format')
  if (/^[0-]+$/.test(body.id)) throw invalid('ID cannot be a nil uuid')
  const ban = bannedUntil(body)

  const hash = body.password_hash || hashPassword(body.password || unknownPassword())
  const id = await failingAs('Database error creating new user', makeUser(call, { ...body, email, phone }, hash, ban))
  return json(200, userJson(await reloadUser(call.database, id)), call.headers)
}

async function requireFree(call: Call, body: AdminBody): Promise<{ email: string; phone: string }> {
  const email = body.email === '' ? '' : validEmail(body.email)
  if (email !== '' && (await emailTaken(call.database, email, null))) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  const phone = body.phone === '' ? '' : validPhone(body.phone)
  if (phone !== '' && (await phoneTaken(call.database, phone))) {
    throw new AuthError(422, 'phone_exists', 'Phone number already registered by another user')
  }
  return { email, phone }
}

/** As in GoTrue the given `app_metadata` is not there yet when an insert trigger on `auth.users` runs. */
async function makeUser(call: Call, body: AdminBody, hash: string, ban: Date | null | undefined): Promise<string> {
  const { database } = call
  const contacts = { ...(body.email && { email: body.email }), ...(body.phone && { phone: body.phone }) }
  const providers = Object.keys(contacts)
  const appMetadata = { provider: providers[0], providers }
  const chosen = body.id === '' ? {} : { id: body.id }
  const userMetadata = body.user_metadata ?? {}
  const id = await insertUser(database, {
    ...chosen,
    email: body.email,
    phone: body.phone,
    hash,
    appMetadata,
    userMetadata,
  })
  if (body.email !== '') await insertIdentity(database, id, 'email', identityData(id, { email: body.email }))
  if (body.phone !== '') await insertIdentity(database, id, 'phone', identityData(id, { phone: body.phone }))
  await updateUser(database, id, {
    role: body.role.trim() || 'authenticated',
    ...(body.app_metadata && { raw_app_meta_data: mergeMetadata(appMetadata, body.app_metadata) }),
    ...(body.email_confirm && confirmation(userMetadata)),
    ...(body.phone_confirm && { phone_confirmed_at: 'now' }),
    ...(ban !== undefined && { banned_until: ban }),
  })
  return id
}

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

/** A user who had no identity of this kind gets one. */
async function setContact(call: Call, user: UserRow, provider: 'email' | 'phone', value: string, verified: boolean) {
  const patch = { [provider]: value, [`${provider}_verified`]: verified }
  if (await updateIdentity(call.database, user.id, provider, patch)) return
  await insertIdentity(call.database, user.id, provider, { ...identityData(user.id, {}), ...patch })
}

/** The end of a ban that the body asks for; null lifts one, undefined leaves it as it is. */
function bannedUntil(body: AdminBody): Date | null | undefined {
  if (body.ban_duration === '') return undefined
  const milliseconds = banMilliseconds(body.ban_duration)
  return milliseconds === 0 ? null : new Date(Date.now() + milliseconds)
}
