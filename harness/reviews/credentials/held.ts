import { createHash } from 'node:crypto'
import { z } from 'zod'

/** A credential that an environment file holds, recognised by its form. */
export type Credential = HeldKey | HeldLogin | HeldToken | HeldSecret

interface Held {
  readonly file: string
  readonly variable: string
  /** Never printed. */
  readonly value: string
}

interface HeldKey extends Held {
  readonly kind: 'publishable key' | 'secret key' | 'user token'
  /** The role of a legacy key; null for an opaque one. */
  readonly role: string | null
  /** The day on which it was issued, where it holds one. */
  readonly issued: string | null
}

interface HeldLogin extends Held {
  readonly kind: 'database login'
  readonly user: string
  readonly host: string
  readonly password: string
}

interface HeldToken extends Held {
  readonly kind: 'access token'
}

interface HeldSecret extends Held {
  readonly kind: 'JWT secret'
}

const claims = z.looseObject({ role: z.string().optional(), iat: z.number().optional() })

/** The password of every local stack of the Supabase CLI: no secret, and shared by its nature. */
const localPassword = 'postgres'

/** Finds the credentials among the variables of an environment file, whatever their names are. Pure. */
export function credentialsIn(file: string, variables: Readonly<Record<string, string>>): readonly Credential[] {
  return Object.entries(variables).flatMap(([variable, written]): Credential[] => {
    const value = written.trim()
    const held = { file, variable, value }
    if (value.startsWith('sb_publishable_')) return [{ ...held, kind: 'publishable key', role: null, issued: null }]
    if (value.startsWith('sb_secret_')) return [{ ...held, kind: 'secret key', role: null, issued: null }]
    if (/^sbp_\w+$/.test(value)) return [{ ...held, kind: 'access token' }]
    const token = tokenIn(value)
    if (token !== null) return [{ ...held, ...token }]
    const login = loginIn(value)
    if (login !== null) return [{ ...held, kind: 'database login', ...login }]
    return /JWT_SECRET$/.test(variable) && value !== '' ? [{ ...held, kind: 'JWT secret' }] : []
  })
}

function tokenIn(value: string): Pick<HeldKey, 'kind' | 'role' | 'issued'> | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(value)?.[1]
  if (payload === undefined) return null
  let decoded: unknown
  try {
    decoded = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    return null
  }
  const { data } = claims.safeParse(decoded)
  if (data?.role === undefined) return null
  const kind = data.role === 'anon' ? 'publishable key' : data.role === 'service_role' ? 'secret key' : 'user token'
  return {
    kind,
    role: data.role,
    issued: data.iat === undefined ? null : new Date(data.iat * 1000).toISOString().slice(0, 10),
  }
}

function loginIn(value: string): Pick<HeldLogin, 'user' | 'host' | 'password'> | null {
  if (!URL.canParse(value)) return null
  const { protocol, hostname, port, username, password } = new URL(value)
  if (!/^postgres(?:ql)?:$/.test(protocol) || username === '') return null
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  return {
    user: decoded(username),
    host: `${hostname.toLowerCase()}:${port === '' ? '5432' : port}`,
    password: decoded(password),
  }
}

/** Logins with one password, compared by its digest; those of different users or databases. Pure. */
export function sharedPasswords(credentials: readonly Credential[]): readonly (readonly HeldLogin[])[] {
  const byDigest = new Map<string, HeldLogin[]>()
  for (const one of credentials) {
    if (one.kind !== 'database login' || one.password === '' || one.password === localPassword) continue
    const digest = createHash('sha256').update(one.password).digest('hex')
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), one])
  }
  return [...byDigest.values()].filter((logins) => new Set(logins.map(({ user, host }) => `${user} ${host}`)).size > 1)
}
