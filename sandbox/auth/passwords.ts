import { randomBytes } from 'node:crypto'
import type { AuthConfig } from '../config.ts'
import { bcryptHash, bcryptMatches } from './bcrypt.ts'
import { AuthError, invalid } from './errors.ts'

/** bcrypt ignores further bytes. */
const maxBytes = 72

/**
 * The lowest cost of bcrypt: a few milliseconds, where GoTrue's cost of 10 takes sixty times as long. A test run signs in
 * hundreds of users with generated passwords, so a slow hash would cost time and protect nothing.
 */
const cost = 4

/** The weakness of a password, with the message and reasons of GoTrue; undefined if it is strong enough. */
export function weakness(password: string, config: AuthConfig): { message: string; reasons: string[] } | undefined {
  const least = config.minimum_password_length
  const sets = requiredCharacters[config.password_requirements]
  const messages: string[] = []
  const reasons: string[] = []
  if (Buffer.byteLength(password) < least) {
    messages.push(`Password should be at least ${least} characters.`)
    reasons.push('length')
  }
  if (sets.some((set) => ![...set].some((character) => password.includes(character)))) {
    messages.push(`Password should contain at least one character of each: ${sets.join(', ')}.`)
    reasons.push('characters')
  }
  return reasons.length === 0 ? undefined : { message: messages.join(' '), reasons }
}

const [lower, upper, digits] = ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789']
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~'

/** The sets of characters of which a password needs one each, as the CLI translates the key `password_requirements`. */
const requiredCharacters: Readonly<Record<AuthConfig['password_requirements'], readonly string[]>> = {
  '': [],
  letters_digits: [`${lower}${upper}`, digits],
  lower_upper_letters_digits: [lower, upper, digits],
  lower_upper_letters_digits_symbols: [lower, upper, digits, symbols],
}

/**
 * Checks that a password is allowed.
 *
 * @throws AuthError 400 `validation_failed` when it is longer than 72 bytes, 422 `weak_password` when it is too short or lacks
 *   characters
 */
export function requireStrength(password: string, config: AuthConfig): void {
  if (Buffer.byteLength(password) > maxBytes) throw invalid(`Password cannot be longer than ${maxBytes} characters`)
  const weak = weakness(password, config)
  if (weak !== undefined) throw new AuthError(422, 'weak_password', weak.message, { reasons: weak.reasons })
}

/**
 * Returns the hash to store for a password; the empty password means "none" and stays empty.
 *
 * @throws AuthError 400 `validation_failed` when it is longer than 72 bytes
 */
export function hashPassword(password: string): string {
  if (Buffer.byteLength(password) > maxBytes) throw invalid(`bcrypt: password length exceeds ${maxBytes} bytes`)
  return password === '' ? '' : bcryptHash(password, cost)
}

/** Whether a password matches a stored hash; a user without a hash has no password. */
export function passwordMatches(password: string, hash: string | null): boolean {
  return hash !== null && bcryptMatches(password, hash)
}

/** A random password for users that are created without one. */
export function unknownPassword(): string {
  return randomBytes(48).toString('base64')
}
