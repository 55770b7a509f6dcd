import type { Rate } from './quota.ts'

/** The kinds of calls that Auth limits, each with a limiter of its own. */
export const authCalls = ['sign-in', 'anonymous sign-in', 'change of a user', 'second factor'] as const

export type AuthCall = (typeof authCalls)[number]

/** How many calls of each kind a run is going to make. */
export type AuthNeeds = Readonly<Record<AuthCall, number>>

/** The limits that a project may have been given, in the units of dashboard › Authentication › Rate Limits. */
export interface ProjectLimits {
  /** In five minutes. */
  readonly sign_ins?: number | undefined
  /** In an hour. */
  readonly anonymous_sign_ins?: number | undefined
}

/**
 * The number of calls that pass at once (supabase/auth, `internal/api/apilimiter.go`). The limiter of anonymous sign-ins lets its
 * whole limit pass at once, as Auth 2.196 answers: five of 5, sixty of 60.
 */
const burst = 30

/**
 * Auth's limits per address of the client, as a new project has them (supabase/auth, `internal/conf/configuration.go`).
 * A sign-in and a refresh are the same call.
 */
export function authRates({
  sign_ins = 150,
  anonymous_sign_ins = 30,
}: ProjectLimits): Readonly<Record<AuthCall, Rate>> {
  return {
    'sign-in': { burst, perSecond: sign_ins / 300 },
    'anonymous sign-in': { burst: anonymous_sign_ins, perSecond: anonymous_sign_ins / 3600 },
    'change of a user': { burst, perSecond: 30 / 300 },
    'second factor': { burst, perSecond: 15 / 60 },
  }
}

/**
 * Recognises the calls that Auth limits.
 *
 * @param path below the project's address.
 */
export function authCallOf(method: string, path: string): AuthCall | null {
  if (method === 'POST' && path === '/auth/v1/token') return 'sign-in'
  if (method === 'POST' && path === '/auth/v1/signup') return 'anonymous sign-in'
  if (method === 'PUT' && path === '/auth/v1/user') return 'change of a user'
  return method === 'POST' && /^\/auth\/v1\/factors\/[^/]+\/verify$/.test(path) ? 'second factor' : null
}
