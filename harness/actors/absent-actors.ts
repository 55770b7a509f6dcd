import { TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'
import type { ActorDeclaration, Roster } from '../model/matrix.ts'
import type { ActorSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import { workerVariable } from '../workspace/variables.ts'
import { mintedAttacks } from './attacks.ts'
import { planSessions } from './user-plan.ts'

/** An actor that cannot send requests on a target. Its attempts are reported as not run. */
export interface AbsentActor {
  /** Why, and what would change it. */
  readonly why: string
  /** Its user, where there is one: rows may refer to it. */
  readonly user: ActorSession['user']
}

/** The parts of a target that decide whether an actor can be opened. */
type SignInRequirements = Pick<Target, 'privileged' | 'minting' | 'users'>

/** @returns why a worker cannot log in to a target's database, or null. */
export function whyNoLogin(
  { role = '' }: ActorDeclaration,
  { workers = {}, unusableWorkers = {}, kind }: Logins,
): string | null {
  if (Object.hasOwn(unusableWorkers, role)) return unusableWorkers[role] ?? null
  if (Object.hasOwn(workers, role)) return null
  return kind === 'sandbox'
    ? `the sandbox's database has no role ${role} that may log in: a migration makes it`
    : `there is no login for the database role ${role}: set ${workerVariable(role)}`
}

type Logins = Pick<Target, 'workers' | 'unusableWorkers' | 'kind'>

/**
 * Finds the actors whose users cannot be opened on a target. Pure.
 *
 * @returns why, by the name of the actor that owns the user.
 * @throws TrespassError `unknown-user` when TRESPASS_USERS names an actor that has no user of its own.
 */
export function absentUsers(roster: Roster, target: SignInRequirements): ReadonlyMap<string, string> {
  const { users } = planSessions(roster, undefined)
  refuseStrangers(
    users.map(({ owner }) => owner),
    target,
  )
  const absent = new Map<string, string>()
  for (const { owner, sessions } of users) {
    const premade = Object.hasOwn(target.users, owner.name)
    const why = premade ? whyNotPremade(owner, sessions.includes('aal2')) : whyNotMade(owner, target)
    if (why !== null) absent.set(owner.name, why)
  }
  return absent
}

/** @returns why the attack on an actor's token cannot be made on a target, or null. */
export function whyNotBroken({ token }: ActorDeclaration, { minting }: SignInRequirements): string | null {
  if (minting !== null || token === undefined || !mintedAttacks.has(token)) return null
  return `a token that is ${token} has to be signed with the project's key: set TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY`
}

function whyNotMade({ kind, name }: ActorDeclaration, { privileged }: SignInRequirements): string | null {
  if (privileged !== null) return null
  return kind === 'anonymous-auth'
    ? 'an anonymous user cannot be removed without a secret key: set TRESPASS_SECRET_KEY'
    : `no user can be made without a secret key: set TRESPASS_SECRET_KEY, or name a user for ${name} in TRESPASS_USERS`
}

function whyNotPremade({ kind }: ActorDeclaration, secondFactor: boolean): string | null {
  if (kind === 'anonymous-auth') return 'a user that exists already is not anonymous: leave it out of TRESPASS_USERS'
  return secondFactor ? 'a user that exists already is not enrolled for a second factor, which aal2 needs' : null
}

function refuseStrangers(owners: readonly ActorDeclaration[], { users }: SignInRequirements): void {
  const names = owners.map(({ name }) => name)
  const stranger = Object.keys(users).find((name) => !names.includes(name))
  if (stranger === undefined) return
  const message = `TRESPASS_USERS names ${stranger}, expected an actor with a user of its own`
  throw new TrespassError('unknown-user', message, {
    hint: didYouMean(stranger, names) ?? `The actors with users of their own are ${names.join(', ')}.`,
  })
}
