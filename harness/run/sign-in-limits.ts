import { join } from 'node:path'
import type { SignInNeeds } from '../actors/needs.ts'
import { TrespassError } from '../errors.ts'
import { type AuthCall, authCalls, authRates, type ProjectLimits } from '../limits/auth-limits.ts'
import { RateLimiter } from '../limits/rate-limiter.ts'

/** Milliseconds for which the sign-ins of a run may wait for one another. */
const longestDelay = 300_000

/** @returns the rate limiter that keeps the sign-ins of a workspace's runs below the limits of a target. */
export function signInLimiter(root: string, alias: string, limits: ProjectLimits): RateLimiter<AuthCall> {
  return new RateLimiter(join(root, '.trespass', 'limits', `${alias}.json`), authRates(limits))
}

/** Describes in a line the requests that opening the users takes. */
export function needsInWords({ users, kept, calls }: SignInNeeds): string {
  const parts = [
    counted(users, 'user to make', 'users to make'),
    counted(kept, 'kept user', 'kept users'),
    ...authCalls.map((call) => counted(calls[call], call, plural[call])),
  ].filter((part) => part !== null)
  return `sign-ins: ${parts.length === 0 ? 'none needed' : parts.join(', ')}`
}

/**
 * Delays sign-ins that the target would rate-limit, and refuses a run whose sign-ins would wait too long.
 *
 * @returns how long the last sign-in waits for its turn, in words; null when none has to.
 * @throws TrespassError `too-many-sign-ins` before anything is sent.
 */
export function signInDelay({ calls }: SignInNeeds, turnstile: RateLimiter<AuthCall>, alias: string): string | null {
  const waits = authCalls.map((call) => ({ call, wait: turnstile.waitFor(call, calls[call]) }))
  const { call, wait } = waits.reduce((slowest, one) => (one.wait > slowest.wait ? one : slowest))
  if (wait === 0) return null
  const seconds = Math.ceil(wait / 1000)
  if (wait <= longestDelay) return `the target limits them: the last waits ${seconds} s for its turn`
  const setting = call === 'anonymous sign-in' ? 'anonymous_sign_ins' : 'sign_ins'
  const minutes = Math.ceil(seconds / 60)
  throw new TrespassError(
    'too-many-sign-ins',
    `the run needs ${counted(calls[call], call, plural[call])}, and after those of earlier runs the target's limit lets the last of ` +
      `them through in ${minutes} minutes`,
    {
      hint:
        `Wait, let the target keep its users (\`users: 'kept'\`), or raise dashboard › Authentication › Rate Limits and ` +
        `name the limit in trespass.config.ts: targets.${alias}.limits.${setting}.`,
    },
  )
}

const plural: Readonly<Record<AuthCall, string>> = {
  'sign-in': 'sign-ins',
  'anonymous sign-in': 'anonymous sign-ins',
  'change of a user': 'changes of users',
  'second factor': 'second factors',
}

function counted(count: number, one: string, many: string): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : many}`
}
