import { createHash } from 'node:crypto'

/** The parts of a connection string that tell whose database it leads to. */
export interface DatabaseAddress {
  /** In lower case. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/**
 * A project's ref from its URL, `https://<ref>.supabase.co`; null on a custom domain and locally.
 * `.supabase.in` and `.supabase.red` are the platform's other domains.
 */
export function refOfUrl(url: URL): string | null {
  return /^([a-z0-9]+)\.supabase\.(?:co|in|red)$/.exec(plain(url.hostname))?.[1] ?? null
}

/** The ref in a database's address: `db.<ref>.supabase.co`, or the user `<role>.<ref>` of a pooler; else null. */
export function refOfDatabase({ host, user }: DatabaseAddress): string | null {
  const direct = /^db\.([a-z0-9]+)\.supabase\.(?:co|in|red)$/.exec(host)?.[1]
  if (direct !== undefined) return direct
  if (!/\.pooler\.supabase\.(?:com|co|in|red)$/.test(host)) return null
  return /\.([a-z0-9]+)$/.exec(user)?.[1] ?? null
}

/**
 * What two reports of one project share and those of different projects do not. It names no project: a ref is 20 random
 * letters, which nobody finds by trying, though whoever knows one can tell whether it is this one.
 *
 * @returns SHA-256 in lower-case hex; null where neither address holds a ref, on a custom domain and locally.
 */
export function projectDigest(url: string | null, databaseUrl: string | null): string | null {
  const at = parseUrl(url ?? '')
  const database = databaseAddress(databaseUrl ?? '')
  const ref = (at && refOfUrl(at)) ?? (database && refOfDatabase(database))
  return ref === null ? null : createHash('sha256').update(`supabase project ${ref}`).digest('hex')
}

/** The role that a connection string logs in as: its user, at a pooler without the project's ref. */
export function roleOfDatabase(address: DatabaseAddress): string {
  const ref = refOfDatabase(address)
  return ref !== null && address.user.endsWith(`.${ref}`) ? address.user.slice(0, -ref.length - 1) : address.user
}

/**
 * Takes a connection string apart; null when it is no PostgreSQL URL with a host and a user, or when its parameters
 * name another host, user or password, which a client would prefer to those that were looked at.
 */
export function databaseAddress(text: string): DatabaseAddress | null {
  const url = parseUrl(text)
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '') return null
  const parameters = url.searchParams
  if (['host', 'hostaddr', 'user', 'password'].some((name) => parameters.has(name))) return null
  // The platform's pooler takes the project from here too.
  if (/reference=|project=/.test(parameters.get('options') ?? '')) return null
  try {
    const [host, user, password] = [url.hostname, url.username, url.password].map(decodeURIComponent)
    const port = url.port === '' ? 5432 : Number(url.port)
    return host && user ? { host: plain(host), port, user, password: password ?? '' } : null
  } catch {
    return null
  }
}

/** True when the parameters of a connection string ask for less than verified TLS. */
export function waivesTls(databaseUrl: string): boolean {
  const parameters = parseUrl(databaseUrl)?.searchParams
  const [mode, ssl] = [parameters?.get('sslmode'), parameters?.get('ssl')]
  return /^(?:disable|allow|prefer|no-verify)$/.test(mode ?? '') || /^(?:0|false|no-verify)$/.test(ssl ?? '')
}

/** What a key says about itself. Its signature is not checked: that is up to the service that gets it. */
export type KeyFacts =
  | { readonly kind: 'publishable' | 'secret' }
  | { readonly kind: 'jwt'; readonly role: string | null; readonly ref: string | null }
  | { readonly kind: 'unknown' }

/** Reads an API key: `sb_publishable_…`, `sb_secret_…`, or a legacy JWT with the claims `role` and `ref`. */
export function keyFacts(key: string): KeyFacts {
  if (key.startsWith('sb_publishable_')) return { kind: 'publishable' }
  if (key.startsWith('sb_secret_')) return { kind: 'secret' }
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(key)?.[1]
  const claims = payload === undefined ? null : parseObject(Buffer.from(payload, 'base64url').toString('utf8'))
  if (claims === null) return { kind: 'unknown' }
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return { kind: 'jwt', role: text(Reflect.get(claims, 'role')), ref: text(Reflect.get(claims, 'ref')) }
}

/** True for the host's own addresses, as `URL.hostname` writes them. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname)
}

/** A text as a URL; null when it is none. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** A host's name in lower case, without the dot that may end a full name. */
function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}
