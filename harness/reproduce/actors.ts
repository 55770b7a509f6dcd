import { sameJson } from '../json.ts'
import type { ActorDeclaration, Roster } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { Caller } from './captured.ts'
import { notReproducible } from './unreadable.ts'

/** @returns the actors that can send the request, those that are most like its caller first. */
export function actorsLike(caller: Caller, roster: Roster, named: string | null): readonly ActorDeclaration[] {
  if (named !== null) {
    const actor = roster.actors.find(({ name }) => name === named)
    if (actor !== undefined) return [actor]
    throw notReproducible(
      '--actor with a name that no actor has',
      `Actors: ${roster.actors.map(({ name }) => name).join(', ')}.`,
    )
  }
  const kind = caller.kind === 'unknown' ? 'authenticated' : caller.kind
  const able = roster.actors.filter((actor) => actor.kind === kind && isIntact(actor, caller.keyless))
  const rest = roster.actors.filter((actor) => actor.kind === kind && isIntact(actor, false))
  const found = able.length > 0 ? able : rest
  if (found.length === 0) {
    throw notReproducible(
      `a request by a caller for whom matrices/actors.yaml has no actor`,
      `Add one: { kind: ${kind} }.`,
    )
  }
  return found.toSorted((one, other) => likeness(other, caller) - likeness(one, caller))
}

/** @returns the actors that sign in as users of their own. */
export function usersOf({ actors }: Roster): readonly string[] {
  return actors.filter((actor) => actor.kind === 'authenticated' && isIntact(actor, false)).map(({ name }) => name)
}

function isIntact({ token, apiKey, as }: ActorDeclaration, keyless: boolean): boolean {
  return token === undefined && (as === undefined || keyless) && (apiKey === 'none') === keyless
}

function likeness({ assurance = 'aal1', appMetadata = {} }: ActorDeclaration, caller: Caller): number {
  const alike = Object.entries(caller.appMetadata).filter(([key, value]) => sameJson(appMetadata[key], value)).length
  const more = Object.keys(appMetadata).filter((key) => !(key in caller.appMetadata)).length
  return alike * 4 - more * 2 + (assurance === (caller.assurance ?? 'aal1') ? 3 : 0)
}

/** @returns what the caller had and the actor lacks. */
export function differences(actor: ActorDeclaration, caller: Caller): readonly string[] {
  const { appMetadata = {}, assurance = 'aal1' } = actor
  const keys = Object.keys(caller.appMetadata).filter(
    (key) => !sameJson(appMetadata[key], caller.appMetadata[key] ?? null),
  )
  return [
    ...(keys.length === 0
      ? []
      : [`the caller's app_metadata holds ${keys.join(', ')}, which ${actor.name} does not have`]),
    ...(caller.assurance !== null && caller.assurance !== assurance
      ? [`the caller's session was ${caller.assurance}, and that of ${actor.name} is ${assurance}`]
      : []),
    ...(caller.keyless && actor.apiKey !== 'none'
      ? [`the request carried no API key, and ${actor.name} sends one`]
      : []),
    ...(caller.kind === 'unknown' ? ['the token could not be read: the caller is taken for a signed-in user'] : []),
  ]
}

/**
 * How far an actor stands from a row: an actor of another tenant shows more than a member of the row's own. A tenant is what a
 * row of the world names beside a user. An actor that no row of the world names belongs nowhere.
 */
export function distance(actor: string, reached: ReadonlySet<string>, { actors, world }: Roster): number {
  if (reached.has(actor)) return -100
  const isUser = new Set(actors.map(({ name }) => name))
  const links = world.map(({ values }) => [...new Set(referencesIn(values).map(({ name }) => name))])
  const ofUsers = links.filter((names) => names.some((name) => isUser.has(name) && reached.has(name))).flat()
  const near = new Set([...reached, ...ofUsers.filter((name) => !isUser.has(name))])
  const own = links.filter((names) => names.includes(actor))
  const isRelated = own.some((names) => names.some((name) => name !== actor && near.has(name)))
  return isRelated ? 0 : own.length > 0 ? 3 : 2
}
