import { decodeJwt } from 'jose'
import pLimit from 'p-limit'
import type { ActorDeclaration, Roster } from '../model/matrix.ts'
import type { ActorSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import { type AbsentActor, absentUsers, whyNoLogin, whyNotBroken } from './absent-actors.ts'
import { breakToken, mintedAttacks } from './attacks.ts'
import { requestFailed } from './auth-client.ts'
import { mayDependOnRows } from './claims.ts'
import { proveMinting } from './minting.ts'
import { type SignInNeeds, withSignIns } from './needs.ts'
import type { OpenUser } from './open-user.ts'
import { type OpenUsersOptions, openUsers } from './open-users.ts'
import { openPremadeUser } from './premade-users.ts'
import { refreshed } from './renewal.ts'
import { type ActorPlan, planSessions, type SessionPlan, type UserPlan, victimOf } from './user-plan.ts'

/** The target, the roster and the settings with which the actors of a run sign in. */
export interface OpenSessionsOptions extends OpenUsersOptions {
  readonly target: Target
  readonly roster: Roster
  /** Names of the actors that will send requests; all when left out. */
  readonly needed?: readonly string[]
}

/** The actors of a run, by name: those that can send requests, and those that cannot on this target. */
export interface Cast {
  readonly sessions: Readonly<Record<string, ActorSession>>
  readonly absent: Readonly<Record<string, AbsentActor>>
  /**
   * Has Auth issue every actor's token anew, as it does when a client's token runs out, where the claims may depend on rows that
   * have been made since: see {@link mayDependOnRows}.
   *
   * @returns the sessions with the new claims
   */
  renewed(): Promise<Readonly<Record<string, ActorSession>>>
}

/**
 * Makes the users of a run, or reuses kept ones, or those that exist already, and signs each in once. Every new user is journaled
 * before.
 *
 * @returns the actors in the roster's order; those whose users are borrowed or named come along with the needed
 * @throws TrespassError when one cannot be signed in, after all that had begun have ended: the journal then names all that there
 *   is to sweep
 */
export async function openSessions(options: OpenSessionsOptions): Promise<Cast> {
  const { target, roster, needed, onNeeds, manners } = options
  const noUser = absentUsers(roster, target)
  const plan = planSessions(roster, needed)
  const wanted = plan.users.filter(({ owner }) => !noUser.has(owner.name))
  const [there, missing] = [wanted.filter(isPremade(target)), wanted.filter((user) => !isPremade(target)(user))]
  const counted = (needs: SignInNeeds) => onNeeds?.(withSignIns(needs, there.length))
  const users = new Map(await openUsers(missing, { ...options, onNeeds: counted }))
  for (const { owner } of there) {
    const premade = target.users[owner.name]
    if (premade !== undefined) users.set(owner.name, await openPremadeUser(owner, premade, target.endpoint, manners))
  }
  await checkMinting(plan, users, target)
  const absent: Record<string, AbsentActor> = {}
  const present: ActorPlan[] = []
  for (const actor of plan.actors) {
    const { name } = actor.actor
    const why =
      actor.actor.kind === 'worker'
        ? whyNoLogin(actor.actor, target)
        : (noUser.get(actor.owner ?? '') ?? whyNotBroken(actor.actor, target))
    if (why === null) present.push(actor)
    else absent[name] = { why, user: userOf(users.get(actor.owner ?? '')) }
  }
  const sessions = await sessionsOf(present, users, options)
  const renewed = async () => {
    const renewed = await renewedUsers(users, options)
    return renewed.size === 0 ? sessions : await sessionsOf(present, new Map([...users, ...renewed]), options)
  }
  return { sessions, absent, renewed }
}

async function sessionsOf(
  actors: readonly ActorPlan[],
  users: ReadonlyMap<string, OpenUser>,
  options: OpenSessionsOptions,
): Promise<Readonly<Record<string, ActorSession>>> {
  const sessions: Record<string, ActorSession> = {}
  for (const actor of actors) sessions[actor.actor.name] = await sessionOf(actor, users, options)
  return sessions
}

/** @returns the users of whom Auth has issued a token anew. @throws TrespassError that names the actor */
async function renewedUsers(
  users: ReadonlyMap<string, OpenUser>,
  { target, concurrency, kept, manners }: OpenSessionsOptions,
): Promise<ReadonlyMap<string, OpenUser>> {
  const limit = pLimit(concurrency)
  const renewed = await limit.map([...users], async ([owner, user]): Promise<[string, OpenUser][]> => {
    const old = [...user.sessions].filter(([, { accessToken }]) => mayDependOnRows(accessToken, target.kind))
    if (old.length === 0) return []
    const sessions = new Map(user.sessions)
    for (const [assurance, { refreshToken }] of old) {
      const answer = await refreshed(refreshToken, target, manners)
      if ('session' in answer) sessions.set(assurance, answer.session)
      else throw requestFailed(`the token of ${owner} cannot be renewed`, answer.failure, 'TRESPASS_PUBLISHABLE_KEY')
    }
    kept?.renew(user.id, sessions)
    return [[owner, { ...user, sessions }]]
  })
  return new Map(renewed.flat())
}

function isPremade({ users }: Pick<Target, 'users'>): (plan: UserPlan) => boolean {
  return ({ owner }) => Object.hasOwn(users, owner.name)
}

function userOf(user: OpenUser | undefined): ActorSession['user'] {
  if (user === undefined) return null
  const { id, email, phone } = user
  return { id, email, ...(phone === undefined ? {} : { phone }) }
}

/** One request, when the attack of an actor whose user is there is signed with the project's key. */
async function checkMinting(plan: SessionPlan, users: ReadonlyMap<string, OpenUser>, target: Target): Promise<void> {
  const minted = plan.actors.find(
    ({ actor, owner }) => actor.token !== undefined && mintedAttacks.has(actor.token) && users.has(owner ?? ''),
  )
  if (minted === undefined || target.minting === null) return
  await proveMinting(decodeJwt(intactToken(minted, users).token), target.minting, target.endpoint)
}

async function sessionOf(
  plan: ActorPlan,
  users: ReadonlyMap<string, OpenUser>,
  { target, roster }: OpenSessionsOptions,
): Promise<ActorSession> {
  const { actor, owner } = plan
  const { endpoint } = target
  if (actor.kind === 'worker') return workerSession(actor, target)
  if (actor.kind === 'scheduler') return schedulerSession(actor, target)
  const keyless = actor.apiKey === 'none'
  const common = {
    kind: 'actor',
    actor: actor.name,
    actorKind: actor.kind,
    url: endpoint.url,
    apiKey: keyless ? null : endpoint.publishableKey,
    ...(endpoint.httpUrl === undefined ? {} : { httpUrl: endpoint.httpUrl }),
    ...(endpoint.s3 === undefined ? {} : { s3: endpoint.s3 }),
    ...(endpoint.patience === undefined ? {} : { patience: endpoint.patience }),
  } as const
  if (owner === null) return { ...common, user: null, credential: keyless ? 'attacked' : 'intact', token: null }

  const { user, token: intact } = intactToken(plan, users)
  const attack = actor.token
  const victim = attack === 'tampered' ? users.get(victimOf(actor, roster)?.name ?? '') : undefined
  const otherUserId = victim?.id ?? crypto.randomUUID()
  const token =
    attack === undefined
      ? intact
      : await breakToken(attack, { actor: actor.name, intact, otherUserId, minting: target.minting })
  // Without a token the actor is a client that has signed out: none of its credentials is broken.
  const broken = keyless || (attack !== undefined && attack !== 'none')
  return { ...common, user: userOf(user), credential: broken ? 'attacked' : 'intact', token }
}

function workerSession({ name, role = '' }: ActorDeclaration, target: Target): ActorSession {
  const { endpoint, databaseCa, workers = {} } = target
  const url = workers[role]
  if (url === undefined) throw new Error(`The role ${role} has no login`)
  return {
    kind: 'actor',
    actor: name,
    actorKind: 'worker',
    user: null,
    credential: 'intact',
    url: endpoint.url,
    apiKey: null,
    token: null,
    database: { url, ca: databaseCa },
    ...(endpoint.patience === undefined ? {} : { patience: endpoint.patience }),
  }
}

/** A job runs as its owner: the scheduler has no credential of its own. */
function schedulerSession({ name }: ActorDeclaration, { endpoint: { url } }: Target): ActorSession {
  const credentials = { apiKey: null, token: null, user: null, credential: 'intact' } as const
  return { kind: 'actor', actor: name, actorKind: 'scheduler', url, ...credentials }
}

function intactToken(
  { actor, owner, assurance }: ActorPlan,
  users: ReadonlyMap<string, OpenUser>,
): { user: OpenUser; token: string } {
  const user = owner === null ? undefined : users.get(owner)
  const token = user?.sessions.get(assurance)?.accessToken
  if (user === undefined || token === undefined) throw new Error(`The actor ${actor.name} has no session`)
  return { user, token }
}
