import { createHash, randomInt, randomUUID } from 'node:crypto'
import type { Database } from './database.ts'
import { type UserChange, updateUser } from './new-users.ts'
import type { SessionRow } from './principal.ts'
import { endAllSessions, endOtherSessions } from './sessions.ts'
import type { UserRow } from './users.ts'

/** The purpose of a one-time token; also the name of the column of `auth.users` that repeats it. */
export type TokenPurpose =
  | 'confirmation_token'
  | 'recovery_token'
  | 'email_change_token_new'
  | 'email_change_token_current'

const sentAt = {
  confirmation_token: 'confirmation_sent_at',
  recovery_token: 'recovery_sent_at',
  email_change_token_new: 'email_change_sent_at',
  email_change_token_current: 'email_change_sent_at',
} as const

/** Six random digits, as in a mail. */
function newOtp(): string {
  return String(randomInt(1_000_000)).padStart(6, '0')
}

/** The stored form of digits sent to an address (GoTrue `internal/crypto`): SHA-224 of both together. */
export function tokenHash(address: string, otp: string): string {
  return createHash('sha224')
    .update(address + otp)
    .digest('hex')
}

/**
 * Stores a token for a user and replaces an older one for the same purpose.
 *
 * @returns the contents of a mail: the digits and the hash for a link
 * @throws the database's error
 */
export async function createOneTimeToken(
  database: Database,
  userId: string,
  address: string,
  purpose: TokenPurpose,
): Promise<{ otp: string; hash: string }> {
  const otp = newOtp()
  const hash = tokenHash(address, otp)
  await updateUser(database, userId, { [purpose]: hash, [sentAt[purpose]]: 'now' } satisfies UserChange)
  await database.query('delete from auth.one_time_tokens where user_id = $1 and token_type = $2', [userId, purpose])
  await database.query(
    `insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
     values ($1, $2, $3, $4, $5, now() at time zone 'utc', now() at time zone 'utc')`,
    [randomUUID(), userId, purpose, hash, address.toLowerCase()],
  )
  return { otp, hash }
}

/** Removes every one-time token of a user. */
export async function clearOneTimeTokens(database: Database, userId: string): Promise<void> {
  await database.query('delete from auth.one_time_tokens where user_id = $1', [userId])
}

/**
 * Stores a new password. The old one may have been compromised, so every link is voided and every session ends except `keep`
 * (GoTrue `internal/models/user.go`, `UpdatePassword`).
 */
export async function storePassword(
  database: Database,
  user: Pick<UserRow, 'id'>,
  hash: string | null,
  keep: SessionRow | undefined,
): Promise<void> {
  await updateUser(database, user.id, {
    encrypted_password: hash,
    confirmation_token: '',
    confirmation_sent_at: null,
    recovery_token: '',
    recovery_sent_at: null,
    email_change_token_current: '',
    email_change_token_new: '',
    email_change_sent_at: null,
    phone_change_token: '',
    phone_change_sent_at: null,
    reauthentication_token: '',
    reauthentication_sent_at: null,
  })
  await clearOneTimeTokens(database, user.id)
  await (keep === undefined ? endAllSessions(database, user.id) : endOtherSessions(database, keep))
}
