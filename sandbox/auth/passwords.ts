import { randomBytes } from 'node:crypto'
import type { AuthConfig } from '../config.ts'
import type { Database } from './database.ts'
import { AuthError, invalid } from './errors.ts'

/** bcrypt reads no more than this. */
const maxBytes = 72

/**
 * The lowest cost that bcrypt has: about a millisecond. A test run signs hundreds of users in and the passwords are
 * made up for it, so a slow hash would cost time and protect nothing. It is bcrypt all the same, because GoTrue's own
 * hashes and those that a seed file writes with `crypt(…, gen_salt('bf'))` have to work here.
 */
const cost = 4

/** What is wrong with a password, in the words and reasons of GoTrue; undefined when it is strong enough. */
export function weakness(password: string, config: AuthConfig): { message: string; reasons: string[] } | undefined {
  const least = config.minimum_password_length
  if (Buffer.byteLength(password) >= least) return undefined
  return { message: `Password should be at least ${least} characters.`, reasons: ['length'] }
}

/**
 * Refuses a password that a user may not choose.
 *
 * @throws AuthError 400 `validation_failed` when it is longer than 72 bytes, 422 `weak_password` when it is too short
 */
export function requireStrength(password: string, config: AuthConfig): void {
  if (Buffer.byteLength(password) > maxBytes) throw invalid(`Password cannot be longer than ${maxBytes} characters`)
  const weak = weakness(password, config)
  if (weak !== undefined) throw new AuthError(422, 'weak_password', weak.message, { reasons: weak.reasons })
}

/** The hash to store for a password; the empty password stands for "none" and stays empty. */
export async function hashPassword(database: Database, password: string): Promise<string> {
  if (password === '') return ''
  if (Buffer.byteLength(password) > maxBytes) throw invalid(`bcrypt: password length exceeds ${maxBytes} bytes`)
  const sql = `select extensions.crypt($1, extensions.gen_salt('bf', $2)) as hash`
  const rows = await database.query<{ hash: string }>(sql, [password, cost])
  return rows[0]?.hash ?? ''
}

/** Whether a password belongs to a stored hash. A hash that is not bcrypt belongs to no password. */
export async function passwordMatches(database: Database, password: string, hash: string | null): Promise<boolean> {
  if (hash === null || !isBcrypt(hash)) return false
  // pgcrypto knows the current form only by its first name, 2a.
  const known = `$2a${hash.slice(3)}`
  const rows = await database.query<{ matches: boolean }>('select extensions.crypt($1, $2) = $2 as matches', [
    password,
    known,
  ])
  return rows[0]?.matches ?? false
}

/** Whether a text is a bcrypt hash. */
export function isBcrypt(hash: string): boolean {
  return /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash)
}

/** A password that nobody knows, for users that are made without one. */
export function unknownPassword(): string {
  return randomBytes(48).toString('base64')
}
