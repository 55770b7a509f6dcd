import { decodeJwt } from 'jose'
import pLimit from 'p-limit'
import type { Roster } from '../matrix/model.ts'
import type { Target } from '../workspace/target.ts'
import { createAuthAdmin } from './admin.ts'
import { breakToken, mintedAttacks } from './attacks.ts'
import { proveMinting } from './minting.ts'
import { newUserEntry, type OpenUser, openUser, type UserJournal } from './open-user.ts'
import type { ActorSession } from './session.ts'
import { type ActorPlan, planSessions, type SessionPlan, victimOf } from './user-plan.ts'

/** What it takes to sign the actors of a run in. */
export interface OpenSessionsOptions {
  readonly target: Target
  readonly roster: Roster
  readonly runId: string
  /** The domain of the users' e-mail addresses; no mail is sent there. */
  readonly emailDomain: string
  readonly journal: UserJournal
  /** Users that are made at once. */
  readonly concurrency: number
  /** Names of the actors that will ask; all when left out. */
  readonly needed?: readonly string[]
}

/**
 * Makes the users of a run and signs each in once. Every user is journaled before it is made.
 *
 * @returns sessions by actor, in the roster's order; those whose users are borrowed or named come along with the needed
 * @throws TrespassError when one cannot be signed in, after all that had begun have ended: what the journal names then
 * is all that there is to sweep
 */
export async function openSessions(options: OpenSessionsOptions): Promise<Record<string, ActorSession>> {
  const plan = planSessions(options.roster, options.needed)
  const users = await openUsers(plan, options)
  await checkMinting(plan, users, options.target)
  const sessions = await Promise.all(plan.actors.map((actor) => sessionOf(actor, users, options)))
  return Object.fromEntries(sessions.map((session) => [session.actor, session]))
}

async function openUsers(
  { users }: SessionPlan,
  { target, runId, emailDomain, journal, concurrency }: OpenSessionsOptions,
): Promise<Map<string, OpenUser>> {
  const making = { endpoint: target.endpoint, admin: createAuthAdmin(target) }
  const named = users.map((plan) => ({ plan, entry: newUserEntry(plan.owner, runId, emailDomain) }))
  journal.append(named.map(({ entry }) => entry))

  const limit = pLimit(concurrency)
  const opened = new Map<string, OpenUser>()
  const failures: unknown[] = []
  const open = async ({ plan, entry }: (typeof named)[number]) => {
    if (failures.length > 0) return
    try {
      opened.set(plan.owner.name, await openUser(plan, entry, making))
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(named.map((user) => limit(open, user)))
  if (failures.length > 0) throw failures[0]
  return opened
}

/** One request, when an actor's attack is signed with the project's key. */
async function checkMinting(plan: SessionPlan, users: ReadonlyMap<string, OpenUser>, target: Target): Promise<void> {
  const minted = plan.actors.find(({ actor }) => actor.token !== undefined && mintedAttacks.has(actor.token))
  if (minted === undefined || target.minting === null) return
  await proveMinting(decodeJwt(intactToken(minted, users).token), target.minting, target.endpoint)
}

async function sessionOf(
  plan: ActorPlan,
  users: ReadonlyMap<string, OpenUser>,
  { target, roster }: OpenSessionsOptions,
): Promise<ActorSession> {
  const { actor, owner } = plan
  const keyless = actor.apiKey === 'none'
  const common = {
    kind: 'actor',
    actor: actor.name,
    actorKind: actor.kind,
    url: target.endpoint.url,
    apiKey: keyless ? null : target.endpoint.publishableKey,
  } as const
  if (owner === null) return { ...common, user: null, credential: keyless ? 'attacked' : 'intact', token: null }

  const { user, token: intact } = intactToken(plan, users)
  const { id, email } = user
  const attack = actor.token
  const victim = attack === 'tampered' ? users.get(victimOf(actor, roster)?.name ?? '') : undefined
  const otherUserId = victim?.id ?? crypto.randomUUID()
  const token =
    attack === undefined
      ? intact
      : await breakToken(attack, { actor: actor.name, intact, otherUserId, minting: target.minting })
  // Without a token the actor is a client that has signed out: nothing about what it sends is broken.
  const broken = keyless || (attack !== undefined && attack !== 'none')
  return { ...common, user: { id, email }, credential: broken ? 'attacked' : 'intact', token }
}

function intactToken(
  { actor, owner, assurance }: ActorPlan,
  users: ReadonlyMap<string, OpenUser>,
): { user: OpenUser; token: string } {
  const user = owner === null ? undefined : users.get(owner)
  const token = user?.tokens.get(assurance)
  if (user === undefined || token === undefined) throw new Error(`The actor ${actor.name} has no session`)
  return { user, token }
}
