import type { AuthNeeds } from '../limits/auth-limits.ts'
import type { KeptUser } from './kept-users.ts'
import { isFresh } from './live-session.ts'
import type { UserPlan } from './user-plan.ts'

/** The requests to Auth that opening the users of a run takes. */
export interface SignInNeeds {
  /** Users that are made, without anonymous ones, which count as calls alone. */
  readonly users: number
  /** Users of earlier runs that are reused. */
  readonly kept: number
  readonly calls: AuthNeeds
}

/**
 * Counts beforehand. Pure.
 *
 * @param waiting the kept users that can be taken up, by actor.
 * @param now Unix time in milliseconds.
 */
export function signInNeeds(
  plans: readonly UserPlan[],
  waiting: ReadonlyMap<string, KeptUser>,
  now: number,
): SignInNeeds {
  const needs = { users: 0, kept: 0, signIns: 0, anonymous: 0, factors: 0 }
  for (const { owner, sessions } of plans) {
    const kept = waiting.get(owner.name)
    if (kept !== undefined) {
      needs.kept += 1
      needs.signIns += Object.values(kept.sessions).filter((session) => !isFresh(session, now)).length
      continue
    }
    needs.factors += sessions.filter((assurance) => assurance === 'aal2').length
    if (owner.kind === 'anonymous-auth') {
      needs.anonymous += 1
      // App metadata is written after the sign-in; a refresh brings it into the token.
      needs.signIns += owner.appMetadata === undefined ? 0 : 1
    } else {
      needs.users += 1
      needs.signIns += sessions.length
    }
  }
  const { users, kept, signIns, anonymous, factors } = needs
  const calls = {
    'sign-in': signIns,
    'anonymous sign-in': anonymous,
    'change of a user': 0,
    'second factor': factors,
  }
  return { users, kept, calls }
}

/** @returns the needs with further sign-ins, of users that exist already. Pure. */
export function withSignIns(needs: SignInNeeds, more: number): SignInNeeds {
  return { ...needs, calls: { ...needs.calls, 'sign-in': needs.calls['sign-in'] + more } }
}
