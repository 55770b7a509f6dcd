import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { TargetSettings } from './environment.ts'
import {
  databaseAddress,
  isLoopback,
  isPooler,
  keyFacts,
  parseUrl,
  plainHost,
  refOfDatabase,
  refOfUrl,
} from './project-ref.ts'
import { workerPrefix } from './variables.ts'

/** A variable with the digest of something that no other project has. */
export interface IdentifyingValue {
  readonly variable: string
  readonly digest: string
}

/** Shorter passwords are words, which several projects may have. */
const leastPassword = 12

/** Published with the Supabase CLI: every local stack has it. */
const cliJwtSecret = 'super-secret-jwt-token-with-at-least-32-characters-long'

/** The key of Auth in a local stack of the Supabase CLI without keys of its own (supabase/cli, `pkg/config/apikeys.go`). */
const cliSigningKey = 'M5Sjqn5zwC9Kl1zVfUUGvv9boQjCGd45G8sdopBExB4'

/** SHA-256 of the publishable key that every local stack of the Supabase CLI has. */
const cliKeyDigest = '9705102db0d5f99ee08daa19a73e510d9877a2a9add9369da247cbbe6c2a0140'

/** True for the publishable key or the anon key that every local stack of the Supabase CLI has. */
export function isCliKey(key: string): boolean {
  if (digestOf(key) === cliKeyDigest) return true
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(key)?.[1] ?? ''
  return /"iss":\s*"supabase-demo"/.test(Buffer.from(payload, 'base64url').toString('utf8'))
}

/**
 * Returns digests of the values by which a project can be recognised, whichever address leads to it: refs, hosts, keys,
 * passwords of the database, the JWT secret. Two targets that share one are the same project.
 *
 * @param values variables of one target by name.
 */
export function identifyingValues(values: Readonly<Record<string, string | undefined>>): IdentifyingValue[] {
  return Object.entries(values).flatMap(([variable, value = '']) =>
    identitiesOf(variable, value).map((identity) => ({ variable, digest: digestOf(identity) })),
  )
}

function identitiesOf(variable: string, value: string): string[] {
  if (variable === 'TRESPASS_URL' || variable === 'TRESPASS_HTTP_URL') return ofUrl(value)
  if (variable === 'TRESPASS_PUBLISHABLE_KEY' || variable === 'TRESPASS_SECRET_KEY') return ofKey(value)
  if (variable === 'TRESPASS_DATABASE_URL' || variable.startsWith(workerPrefix)) return ofConnection(value)
  if (variable === 'TRESPASS_JWT_PRIVATE_KEY') return ofKeySet(value)
  return variable === 'TRESPASS_JWT_SECRET' ? ofSecret(value) : []
}

function ofSecret(value: string): string[] {
  return value === '' || value === cliJwtSecret ? [] : [`jwt secret ${value}`]
}

/** The members that make a key of each kind (RFC 7638, section 3.2); an RSA key is known by its modulus. */
const keySchema = z.union([
  z.object({ kty: z.enum(['EC', 'OKP']), crv: z.string(), x: z.string() }),
  z.object({ kty: z.literal('RSA'), n: z.string() }),
  z.object({ kty: z.literal('oct'), k: z.string() }),
])
const keySetSchema = z.union([
  z.object({ keys: z.array(z.unknown()) }).transform(({ keys }) => keys),
  z.array(z.unknown()),
  z.unknown().transform((key) => [key]),
])

/** One key, a list of keys or a JWKS; private and public keys have the same identity. */
function ofKeySet(value: string): string[] {
  let written: unknown
  try {
    written = JSON.parse(value)
  } catch {
    return []
  }
  return keySetSchema.parse(written).flatMap((one) => {
    const { data: key } = keySchema.safeParse(one)
    if (key === undefined) return []
    if (key.kty === 'oct') return ofSecret(Buffer.from(key.k, 'base64url').toString('utf8'))
    if (key.kty === 'RSA') return [`signing key ${key.n}`]
    return key.x === cliSigningKey ? [] : [`signing key ${key.crv} ${key.x}`]
  })
}

/** Returns digests of the keys that a target publishes, as {@link identifyingValues} has them for its private key. */
export function publishedKeyDigests(jwks: string): string[] {
  return ofKeySet(jwks).map(digestOf)
}

function ofUrl(value: string): string[] {
  const url = parseUrl(value)
  if (url === null || isLoopback(url.hostname)) return []
  const ref = refOfUrl(url)
  return [`host ${plainHost(url.hostname)}`, ...(ref === null ? [] : [`ref ${ref}`])]
}

function ofKey(value: string): string[] {
  if (value === '' || isCliKey(value)) return []
  const facts = keyFacts(value)
  return [`key ${value}`, ...(facts.kind === 'jwt' && facts.ref !== null ? [`ref ${facts.ref}`] : [])]
}

function ofConnection(value: string): string[] {
  const address = databaseAddress(value)
  if (address === null) return []
  const { host, password } = address
  const ref = refOfDatabase(address)
  return [
    ...(isLoopback(host) || isPooler(host) ? [] : [`host ${host}`]),
    ...(ref === null ? [] : [`ref ${ref}`]),
    ...(password.length < leastPassword ? [] : [`password ${password}`]),
  ]
}

/**
 * Returns the digest by which `writes` in the configuration allows a target that names no project: it changes with every
 * address and with the publishable key. It shows none of them.
 */
export function targetDigest({ url, publishableKey, databaseUrl, workers, httpUrl }: TargetSettings): string {
  const databases = [databaseUrl ?? '', ...Object.values(workers)].map(placeOf).sort()
  const backend = httpUrl === null ? [] : [`http ${originOf(httpUrl)}`]
  return digestOf(JSON.stringify(['target', originOf(url), publishableKey, ...new Set(databases), ...backend]))
}

function originOf(text: string): string {
  const address = parseUrl(text)
  return address === null ? text : `${address.protocol}//${plainHost(address.hostname)}:${address.port}`
}

function placeOf(databaseUrl: string): string {
  const address = databaseAddress(databaseUrl)
  if (address === null) return ''
  const { host, port } = address
  return `${host}:${port}${parseUrl(databaseUrl)?.pathname ?? ''} ${refOfDatabase(address) ?? ''}`
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
