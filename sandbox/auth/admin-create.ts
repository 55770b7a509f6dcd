import { type AdminBody, adminBody, bannedUntil } from './admin.ts'
import { isBcrypt } from './bcrypt.ts'
import { parseBody } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, failingAs, invalid, json } from './errors.ts'
import { confirmation, identityData, insertIdentity, insertUser, updateUser } from './new-users.ts'
import { hashPassword, unknownPassword } from './passwords.ts'
import { userJson } from './user-json.ts'
import { emailTaken, mergeMetadata, phoneTaken, reloadUser } from './users.ts'
import { isUuid, validEmail, validPhone } from './validation.ts'

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
