import { z } from 'zod'
import { flag, metadata, optionalText, text } from './body.ts'
import type { Call } from './call.ts'
import { AuthError, json } from './errors.ts'
import { userJson } from './user-json.ts'
import { findUserById, type UserRow } from './users.ts'
import { banMilliseconds, isUuid } from './validation.ts'

/** The fields of a user that an administrator may set. An empty text leaves the field unset. */
export const adminBody = z.object({
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

/** A parsed `adminBody`. */
export type AdminBody = z.output<typeof adminBody>

/**
 * Finds the user that the path names.
 *
 * @throws AuthError 404 `validation_failed` if the id is not a UUID, 404 `user_not_found`
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
 * The end of the ban that the body asks for; null lifts a ban, undefined leaves it unchanged.
 *
 * @throws AuthError 400 `validation_failed`
 */
export function bannedUntil(body: AdminBody): Date | null | undefined {
  if (body.ban_duration === '') return undefined
  const milliseconds = banMilliseconds(body.ban_duration)
  return milliseconds === 0 ? null : new Date(Date.now() + milliseconds)
}
