import { type ActorDeclaration, hasUser, type Roster } from '../model/matrix.ts'

export type Assurance = 'aal1' | 'aal2'

/** A user to make, and the sessions that are needed of it: actors that share a user share its sessions too. */
export interface UserPlan {
  readonly owner: ActorDeclaration
  readonly sessions: readonly Assurance[]
}

/** Whose session an actor uses. */
export interface ActorPlan {
  readonly actor: ActorDeclaration
  /** The name of the actor that owns the user; null for an actor without a user. */
  readonly owner: string | null
  readonly assurance: Assurance
}

export interface SessionPlan {
  readonly users: readonly UserPlan[]
  readonly actors: readonly ActorPlan[]
}

/**
 * Plans the users and sessions that a run needs. Pure.
 *
 * @param needed names of the actors that will send requests; every actor when left out. Those whose users they borrow or name in
 *   a tampered token come along.
 */
export function planSessions(roster: Roster, needed: readonly string[] | undefined): SessionPlan {
  const byName = new Map(roster.actors.map((actor) => [actor.name, actor]))
  const names = new Set(needed ?? byName.keys())
  for (const actor of roster.actors) {
    if (!names.has(actor.name)) continue
    if (actor.as !== undefined) names.add(actor.as)
    const victim = actor.token === 'tampered' ? victimOf(actor, roster) : undefined
    if (victim !== undefined) names.add(victim.name)
  }
  const actors = roster.actors
    .filter(({ name }) => names.has(name))
    .map((actor) => ({ actor, owner: ownerOf(actor), assurance: assuranceOf(actor, byName) }))
  const users = [...names].flatMap((name) => {
    const owner = byName.get(name)
    if (owner === undefined || !hasUser(owner.kind) || owner.as !== undefined) return []
    const levels = new Set(actors.filter((plan) => plan.owner === name).map(({ assurance }) => assurance))
    return [{ owner, sessions: [...levels] }]
  })
  return { users, actors }
}

/** The actor that owns the user whose id a tampered token carries: the first in the roster with another user. */
export function victimOf(actor: ActorDeclaration, roster: Roster): ActorDeclaration | undefined {
  const own = ownerOf(actor)
  return roster.actors.find((other) => {
    const owner = ownerOf(other)
    return owner === other.name && owner !== own
  })
}

function ownerOf(actor: ActorDeclaration): string | null {
  return hasUser(actor.kind) ? (actor.as ?? actor.name) : null
}

function assuranceOf(actor: ActorDeclaration, byName: ReadonlyMap<string, ActorDeclaration>): Assurance {
  const lender = actor.as === undefined ? undefined : byName.get(actor.as)
  return actor.assurance ?? lender?.assurance ?? 'aal1'
}
