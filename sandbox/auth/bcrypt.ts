/**
 * bcrypt, the format in which GoTrue and pgcrypto's `crypt(…, gen_salt('bf'))` store passwords. It is computed in this process,
 * as in GoTrue: on a hosted project `supabase_auth_admin` has no privilege on the schema `extensions`. With that privilege, a
 * project's trigger on `auth.users` could work here and break every sign-up on the hosted project.
 */
import bcrypt from 'bcryptjs'

/**
 * Returns the hash of a password as `$2a$<cost>$<salt><digest>`: the variant that GoTrue writes.
 *
 * @param cost the work as a power of two, 4 to 31
 */
export function bcryptHash(password: string, cost: number): string {
  return bcrypt.hashSync(password, bcrypt.genSaltSync(cost).replace('$2b$', '$2a$'))
}

/** Whether a text is a bcrypt hash. */
export function isBcrypt(hash: string): boolean {
  return /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(hash)
}

/** Whether a password matches a hash; false for a text that is not a bcrypt hash. */
export function bcryptMatches(password: string, hash: string): boolean {
  return isBcrypt(hash) && bcrypt.compareSync(password, hash)
}
