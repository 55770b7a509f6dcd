import type { PrivilegedSession, S3Access } from '../model/session.ts'
import { isLoopback, keyFacts } from './project-ref.ts'

/** The tenant of a local stack of the Supabase CLI, whose legacy keys name no ref. */
const localTenant = 'stub'

/**
 * Finds what sessions sign with at the S3 endpoint: the project's ref, and the legacy anon key as the secret
 * (https://supabase.com/docs/guides/storage/s3/authentication). A publishable key is no such secret.
 *
 * @returns null without a legacy anon key, and on a custom domain whose key names no ref.
 */
export function s3Access(url: string, anonKey: string): S3Access | null {
  const facts = keyFacts(anonKey)
  if (facts.kind !== 'jwt') return null
  const ref = facts.ref ?? (isLoopback(new URL(url).hostname) ? localTenant : null)
  return ref === null ? null : { ref, secret: anonKey }
}

/** @returns the same with the token of the service role, which a legacy key is and a secret key is not. */
export function privilegedS3(access: S3Access | null, serviceKey: string): Pick<PrivilegedSession, 's3'> {
  return access === null || keyFacts(serviceKey).kind !== 'jwt' ? {} : { s3: { ...access, token: serviceKey } }
}
