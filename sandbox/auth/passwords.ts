import { randomBytes } from 'node:crypto'
import type { AuthConfig } from '../config.ts'
import { bcryptHash, bcryptMatches } from './bcrypt.ts'
import { AuthError, invalid } from './errors.ts'

/** bcrypt reads no more than this. */
const maxBytes = 72

/**
 * The lowest cost that bcrypt has: a few milliseconds, where GoTrue takes 10 and sixty times as long. A test run signs
 * hundreds of users in, and their passwords are made up for it, so a slow hash would cost time and protect nothing.
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

/**
 * The hash to store for a password; the empty password stands for "none" and stays empty.
 *
 * @throws AuthError 400 `validation_failed` when it is longer than 72 bytes
 */
export function hashPassword(password: string): string {
  if (Buffer.byteLength(password) > maxBytes) throw invalid(`bcrypt: password length exceeds ${maxBytes} bytes`)
  return password === '' ? '' : bcryptHash(password, cost)
}

/** Whether a password belongs to a stored hash; a user without a hash has no password. */
export function passwordMatches(password: string, hash: string | null): boolean {
  return hash !== null && bcryptMatches(password, hash)
}

/** A password that nobody knows, for users that are made without one. */
export function unknownPassword(): string {
  return randomBytes(48).toString('base64')
}
