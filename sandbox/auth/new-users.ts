import { randomUUID } from 'node:crypto'
import type { Call } from './call.ts'
import type { Database } from './database.ts'
import { failingAs } from './errors.ts'
import { beforeUserCreated } from './hooks.ts'
import { audience, findUserById, instanceId, type Metadata, mergeMetadata, type UserRow } from './users.ts'

/** The initial values of a row of `auth.users`. Empty texts mean "none". */
export interface NewUser {
  id?: string
  email: string
  phone: string
  /** A stored hash, not a password. */
  hash: string
  appMetadata: Metadata
  userMetadata: Metadata
  isAnonymous?: boolean
}

/**
 * Inserts the bare row: no role yet, not confirmed, and of `raw_app_meta_data` only the provider. GoTrue sets the rest
 * in later updates, and a project's insert trigger sees exactly this state.
 *
 * @throws the database's error
 */
export async function insertUser(database: Database, user: NewUser): Promise<string> {
  const id = user.id ?? randomUUID()
  await database.query(
    `insert into auth.users (instance_id, id, aud, role, email, phone, encrypted_password, raw_app_meta_data,
       raw_user_meta_data, is_anonymous, confirmation_token, recovery_token, email_change_token_new,
       email_change_token_current, email_change, phone_change, phone_change_token, reauthentication_token,
       created_at, updated_at)
     values ($1, $2, $3, '', nullif($4, ''), nullif($5, ''), $6, $7, $8, $9, '', '', '', '', '', '', '', '',
       now(), now())`,
    [
      instanceId,
      id,
      audience,
      user.email.toLowerCase(),
      user.phone,
      user.hash,
      user.appMetadata,
      user.userMetadata,
      user.isAnonymous ?? false,
    ],
  )
  return id
}

/**
 * Runs the hook `before_user_created` for a user that signs up or is invited, before any write.
 *
 * @returns the user with the id that the hook received
 * @throws AuthError of the hook
 */
export async function admittedUser(call: Call, user: NewUser): Promise<NewUser> {
  const id = user.id ?? randomUUID()
  const unset = '0001-01-01T00:00:00Z'
  await beforeUserCreated(call, {
    id,
    aud: audience,
    role: '',
    email: user.email.toLowerCase(),
    phone: user.phone,
    app_metadata: user.appMetadata,
    user_metadata: user.userMetadata,
    identities: [],
    created_at: unset,
    updated_at: unset,
    is_anonymous: user.isAnonymous ?? false,
  })
  return { ...user, id }
}

/**
 * Creates a user that signs up: the bare row and then its role.
 *
 * @throws AuthError 500 `unexpected_failure`, for example when a trigger on `auth.users` fails
 */
export async function signUpUser(database: Database, user: NewUser): Promise<UserRow> {
  const id = await failingAs('Database error saving new user', insertUser(database, user))
  const role = updateUser(database, id, { role: 'authenticated' })
  await failingAs('Database error updating user', role)
  const made = await findUserById(database, id)
  if (made !== undefined) return made
  const missing = Promise.reject(new Error('a trigger removed the new user'))
  return await failingAs('Database error loading user after sign-up', missing)
}

/** Columns of `auth.users` that Auth updates. Times are `now` or null. */
export interface UserChange {
  role?: string
  email?: string
  phone?: string
  encrypted_password?: string | null
  raw_app_meta_data?: Metadata
  raw_user_meta_data?: Metadata
  is_anonymous?: boolean
  email_confirmed_at?: 'now' | null
  phone_confirmed_at?: 'now' | null
  invited_at?: 'now'
  deleted_at?: 'now'
  banned_until?: Date | null
  confirmation_token?: string
  confirmation_sent_at?: 'now' | null
  recovery_token?: string
  recovery_sent_at?: 'now' | null
  email_change?: string
  email_change_token_new?: string
  email_change_token_current?: string
  email_change_sent_at?: 'now' | null
  email_change_confirm_status?: number
  phone_change?: string
  phone_change_token?: string
  phone_change_sent_at?: null
  reauthentication_token?: string
  reauthentication_sent_at?: null
}

/** Updates the named columns of one user in one statement; does nothing if none is named. */
export async function updateUser(database: Database, id: string, change: UserChange): Promise<void> {
  const entries = Object.entries(change)
  if (entries.length === 0) return
  const assignments = entries.map(([column], index) => `${column} = $${index + 2}`)
  const values = entries.map(([, value]: [string, unknown]) => (value === 'now' ? new Date() : value))
  const sql = `update auth.users set ${assignments.join(', ')}, updated_at = now() where id = $1`
  await database.query(sql, [id, ...values])
}

/** The changes that confirm an address, including the flag in the user's own metadata. */
export function confirmation(current: Metadata | null): UserChange {
  return {
    confirmation_token: '',
    email_confirmed_at: 'now',
    raw_user_meta_data: mergeMetadata(current, { email_verified: true }),
  }
}

/** The content of an identity of provider `email` or `phone`. */
export function identityData(userId: string, contact: { email?: string; phone?: string }): Metadata {
  return { sub: userId, ...contact, email_verified: false, phone_verified: false }
}

/** Inserts a row of `auth.identities` for one of the user's own contacts. */
export async function insertIdentity(
  database: Database,
  userId: string,
  provider: 'email' | 'phone',
  data: Metadata,
): Promise<void> {
  await database.query(
    `insert into auth.identities
       (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
     values ($1::text, $1::uuid, $2, $3, now(), now(), now())`,
    [userId, data, provider],
  )
}

/** Merges values into the content of one identity of a user; false when there is no such identity. */
export async function updateIdentity(
  database: Database,
  userId: string,
  provider: 'email' | 'phone',
  patch: Metadata,
): Promise<boolean> {
  const rows = await database.query(
    `update auth.identities set identity_data = identity_data || $3::jsonb, updated_at = now()
     where user_id = $1 and provider = $2 returning 1`,
    [userId, provider, patch],
  )
  return rows.length > 0
}
