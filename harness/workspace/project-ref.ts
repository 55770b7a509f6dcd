import { createHash } from 'node:crypto'

/** The parts of a connection string that identify the project of its database. */
export interface DatabaseAddress {
  /** In lower case. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** Labels of the platform's own hosts before or after a project's ref: `db.<ref>`, `<ref>.storage`. */
const serviceLabels = new Set(['www', 'db', 'api', 'auth', 'rest', 'storage', 'functions', 'realtime', 'graphql'])

/** Returns the project's ref from its URL, `https://<ref>.supabase.co`; null on a custom domain and locally. */
export function refOfUrl(url: URL): string | null {
  return refOfHost(url.hostname)
}

/**
 * Returns the ref in a host of the platform: `<ref>.supabase.co`, `<ref>.storage.supabase.co`, `db.<ref>.supabase.co`.
 * `.supabase.in`, `.supabase.net` and `.supabase.red` are the platform's other domains.
 */
function refOfHost(host: string): string | null {
  const labels = /^(.+)\.supabase\.(?:co|in|net|red)$/.exec(plainHost(host))?.[1]?.split('.') ?? []
  const [ref, another] = labels.filter((label) => !serviceLabels.has(label))
  return ref !== undefined && another === undefined && /^[a-z0-9]+$/.test(ref) ? ref : null
}

/** Returns the ref in a database's address, from its host or from the user `<role>.<ref>` of a pooler; else null. */
export function refOfDatabase({ host, user }: DatabaseAddress): string | null {
  if (!isPooler(host)) return refOfHost(host)
  return /\.([a-z0-9]+)\.*$/i.exec(user)?.[1]?.toLowerCase() ?? null
}

/** True for a pooler of the platform, which serves many projects by one name. */
export function isPooler(host: string): boolean {
  return /\.pooler\.supabase\.(?:com|co|in|net|red)$/.test(plainHost(host))
}

/**
 * A digest that is equal for reports of one project and differs between projects. It names no project: a ref is 20 random
 * letters, too many to try, though a reader that knows a ref can compare it.
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
  const named = isPooler(address.host) && refOfDatabase(address) !== null
  return named ? address.user.replace(/\.[a-z0-9]+\.*$/i, '') : address.user
}

/** Parameters that a client prefers to the part of the URL before the question mark. */
const overriding = new Set(['host', 'hostaddr', 'port', 'user', 'password', 'service', 'servicefile', 'passfile'])

/**
 * Takes a connection string apart. Returns null when it is no PostgreSQL URL with one host and a user, or when its
 * parameters name another host, user or password, which a client prefers to those that the guard has checked.
 */
export function databaseAddress(text: string): DatabaseAddress | null {
  const url = parseUrl(text)
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '') return null
  if ([...url.searchParams.keys()].some((name) => overriding.has(name.toLowerCase()))) return null
  if (url.searchParams.getAll('options').some(namesProject)) return null
  try {
    const [name, user = '', password = ''] = [url.hostname, url.username, url.password].map(decodeURIComponent)
    const host = plainHost(name ?? '')
    // Anything else is several hosts, a socket's folder, or a name that a client reads in another way than the guard.
    if (!/^(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])$/.test(host) || !/^[^\s\p{Cc}]+$/u.test(user)) return null
    return { host, port: url.port === '' ? 5432 : Number(url.port), user, password }
  } catch {
    return null
  }
}

/** True for options of a connection that name a project: the platform's pooler prefers it to the one in the user. */
export function namesProject(options: string): boolean {
  return /reference|project/i.test(options)
}

/** True when the parameters of a connection string allow less than verified TLS. */
export function waivesTls(databaseUrl: string): boolean {
  const parameters = parseUrl(databaseUrl)?.searchParams
  const [mode, ssl] = [parameters?.get('sslmode'), parameters?.get('ssl')]
  return /^(?:disable|allow|prefer|no-verify)$/.test(mode ?? '') || /^(?:0|false|no-verify)$/.test(ssl ?? '')
}

/** The claims of a key. Its signature is not checked: that is up to the service that gets it. */
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
  const ref = text(Reflect.get(claims, 'ref'))?.trim().toLowerCase() ?? refOfIssuer(text(Reflect.get(claims, 'iss')))
  return { kind: 'jwt', role: text(Reflect.get(claims, 'role')), ref: ref === '' ? null : ref }
}

/** Returns the ref in the claim `iss` of a token, `https://<ref>.supabase.co/auth/v1`. */
export function refOfIssuer(issuer: string | null): string | null {
  const url = parseUrl(issuer ?? '')
  return url && refOfUrl(url)
}

/** True for the host's own addresses, as `URL.hostname` writes them. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname)
}

/** A text as a URL; null when it is none. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** A host's name in lower case, without the dots that may end a full name. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.+$/, '')
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}
