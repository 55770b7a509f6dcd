import { createHash } from 'node:crypto'
import { z } from 'zod'
import { requireNamedUser } from './admin.ts'
import { flag, parseBody } from './body.ts'
import type { Call } from './call.ts'
import { failingAs, json } from './errors.ts'
import { updateUser } from './new-users.ts'
import { clearOneTimeTokens } from './one-time-tokens.ts'
import { endAllSessions } from './sessions.ts'
import type { UserRow } from './users.ts'

const deleteBody = z.object({ should_soft_delete: flag })

/**
 * `DELETE /admin/users/:user_id`. A soft delete keeps the row and makes its address unusable.
 *
 * @throws AuthError 404 as `requireNamedUser`; 500 `unexpected_failure`, for example when a foreign key to `auth.users`
 * has no cascade
 */
export async function deleteUser(call: Call): Promise<Response> {
  const user = await requireNamedUser(call)
  const soft = call.body !== '' && parseBody(call.body, deleteBody).should_soft_delete
  if (!soft) {
    const work = call.database.query('delete from auth.users where id = $1', [user.id])
    await failingAs('Database error deleting user', work)
  } else if (user.deleted_at === null) {
    await failingAs('Error soft deleting user', softDelete(call, user))
  }
  return json(200, {}, call.headers)
}

async function softDelete({ database }: Call, user: UserRow): Promise<void> {
  await updateUser(database, user.id, {
    email: obscured(user.id, user.email ?? ''),
    phone: obscured(user.id, user.phone ?? '').slice(0, 15),
    email_change: obscured(user.id, user.email_change ?? ''),
    phone_change: obscured(user.id, '').slice(0, 15),
    encrypted_password: null,
    confirmation_token: '',
    recovery_token: '',
    email_change_token_current: '',
    email_change_token_new: '',
    phone_change_token: '',
    raw_user_meta_data: {},
    raw_app_meta_data: {},
    deleted_at: 'now',
  })
  for (const identity of user.identities) {
    await database.query(`update auth.identities set identity_data = '{}', provider_id = $2 where id = $1`, [
      identity.id,
      obscured(user.id, `${identity.provider}:${identity.provider_id}`),
    ])
  }
  await clearOneTimeTokens(database, user.id)
  await database.query('delete from auth.mfa_factors where user_id = $1', [user.id])
  await endAllSessions(database, user.id)
}

/** GoTrue's replacement for a value that must be gone but stay unique. */
function obscured(userId: string, value: string): string {
  return createHash('sha256')
    .update(userId + value)
    .digest('base64url')
}
