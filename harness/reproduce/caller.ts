import { decodeJwt } from 'jose'
import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import type { Caller } from './captured.ts'
import { notReproducible } from './unreadable.ts'

/** The claims of Auth's access tokens that decide about a request (supabase/auth, `internal/tokens/service.go`). */
const claimsSchema = z.looseObject({
  role: z.string().optional(),
  sub: z.string().optional(),
  aal: z.string().optional(),
  is_anonymous: z.boolean().optional(),
  app_metadata: z.record(z.string(), z.json()).optional(),
})
export type Claims = z.output<typeof claimsSchema>

const nobody: Caller = { kind: 'unknown', subject: null, assurance: null, appMetadata: {}, keyless: false }

/** Headers that carry a credential, or that say where the request came from. */
const credentials = ['authorization', 'apikey', 'cookie', 'proxy-authorization', 'x-upsert-signature']

/**
 * Reads the claims of a request's token, and removes the credential from its headers.
 *
 * @throws TrespassError `not-reproducible` for a secret key, which bypasses row security.
 */
export function takeCaller(headers: Headers): Caller {
  const bearer = /^\s*bearer\s+(.*?)\s*$/i.exec(headers.get('authorization') ?? '')?.[1]
  const key = headers.get('apikey') ?? undefined
  for (const name of credentials) headers.delete(name)
  if (bearer === undefined && key === undefined) return { ...nobody, kind: 'anon', keyless: true }
  // supabase-js sends the key in place of a token that it does not have.
  return { ...callerOf(bearer ?? key ?? ''), keyless: key === undefined }
}

function callerOf(credential: string): Caller {
  if (credential.startsWith('sb_secret_')) throw privileged()
  if (credential.startsWith('sb_publishable_')) return { ...nobody, kind: 'anon' }
  const claims = claimsIn(credential)
  return claims === null ? nobody : callerFrom(claims)
}

/** @throws TrespassError `not-reproducible` for the claims of a secret key. */
export function callerFrom({ role, sub, aal, is_anonymous: isAnonymous, app_metadata: metadata }: Claims): Caller {
  if (role === 'service_role' || role === 'supabase_admin') throw privileged()
  const kind = role === 'authenticated' ? (isAnonymous === true ? 'anonymous-auth' : 'authenticated') : null
  if (kind === null) return { ...nobody, kind: role === 'anon' ? 'anon' : 'unknown' }
  return {
    kind,
    subject: sub ?? null,
    assurance: aal === 'aal1' || aal === 'aal2' ? aal : null,
    appMetadata: ownMetadata(metadata ?? {}),
    keyless: false,
  }
}

/** Auth sets the providers itself. */
function ownMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'provider' && key !== 'providers'))
}

function claimsIn(token: string): Claims | null {
  try {
    return claimsSchema.parse(decodeJwt(token))
  } catch {
    return null
  }
}

function privileged(): Error {
  return notReproducible(
    'a request with the secret key, which bypasses row security',
    'The secret key is no actor. If the request came from a client, the key has leaked: replace it.',
  )
}
