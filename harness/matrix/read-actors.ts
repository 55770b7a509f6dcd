import { isObject, type Json, type JsonObject } from '../json.ts'
import { didYouMean, quote } from '../message-text.ts'
import type { ActorDeclaration, Locate, Roster, RowDeclaration } from '../model/matrix.ts'
import { actorSchema, actorsSchema, groupSchema } from './actors-schema.ts'
import { checkActors } from './check-actors.ts'
import { actorAmong, checkReferences, noActor, type ReachableRow, usersInReach } from './check-references.ts'
import { locateKey, locator, type MatrixDocument } from './document.ts'
import { checkName, type Taken } from './names.ts'
import { refusePrivileged } from './privileged.ts'
import { asRow, readRow, valuesKey } from './read-rows.ts'
import type { Report } from './report.ts'
import { byLowerCase } from './request-headers.ts'
import { checkKeys, mappingAt, parseShape } from './shape-problems.ts'

/** Actors by the name of their group. */
export type Groups = Readonly<Record<string, readonly string[]>>

/** The actors file as it was loaded, with the positions in its text. */
export interface LoadedRoster {
  readonly roster: Roster
  readonly groups: Groups
  readonly locateInActors: Locate
}

/** Reads the actors file; mistakes are reported, and the sound rest is returned. */
export function readActors(document: MatrixDocument, report: Report): LoadedRoster {
  const locateInActors = locator(document)
  if (!isObject(document.data)) {
    parseShape(actorsSchema, document.data, [], report)
    return { roster: { actors: [], world: [] }, groups: {}, locateInActors }
  }
  checkKeys(document.data, Object.keys(actorsSchema.shape), [], report)
  const taken: Taken = new Map()
  const actors = readEach(mappingAt(document.data, 'actors', false, report), (name, value) => {
    checkName(name, 'an actor', ['actors', name], report, taken)
    return readActor(name, value, document, report)
  })
  const declared = mappingAt(document.data, 'actors', true, () => {}) ?? {}
  if (Object.keys(declared).length === 0 && isObject(document.data.actors)) {
    report({ code: 'no-actor', path: ['actors'], found: 'no actor', expected: 'at least one actor' })
  }
  checkActors(actors, Object.keys(declared), report)
  const groups = readGroups(document.data, declared, taken, report)
  const world = readWorld(document, actors, declared, taken, report)
  checkActorHeaders(actors, world, report)
  return { roster: { actors, world }, groups, locateInActors }
}

/** The headers of an actor go with requests about any matrix: they may name users and rows of the world. */
function checkActorHeaders(
  actors: readonly ActorDeclaration[],
  world: readonly RowDeclaration[],
  report: Report,
): void {
  const rows = usersInReach(actors)
  for (const { name } of world) rows.set(name, { columns: null })
  rows.set('actor', actorAmong(actors))
  for (const { name, headers = {} } of actors) {
    checkReferences({ ...headers }, ['actors', name, 'headers'], { rows, complete: true }, report)
  }
}

function readEach<Item>(
  section: JsonObject | undefined,
  read: (name: string, value: Json) => Item | undefined,
): Item[] {
  return Object.entries(section ?? {}).flatMap(([name, value]) => read(name, value) ?? [])
}

function readActor(name: string, value: Json, document: MatrixDocument, report: Report): ActorDeclaration | undefined {
  const path = ['actors', name]
  if (isObject(value) && refusePrivileged(value, path, report)) return undefined
  const actor = parseShape(actorSchema, value, path, report, Object.keys(actorSchema.shape))
  if (actor === undefined) return undefined
  return {
    name,
    kind: actor.kind,
    ...(actor.role === undefined ? {} : { role: actor.role }),
    ...(actor.as === undefined ? {} : { as: actor.as }),
    ...(actor.token === undefined ? {} : { token: actor.token }),
    ...(actor.api_key === undefined ? {} : { apiKey: actor.api_key }),
    ...(actor.app_metadata === undefined ? {} : { appMetadata: actor.app_metadata }),
    ...(actor.user_metadata === undefined ? {} : { userMetadata: actor.user_metadata }),
    ...(actor.email === undefined ? {} : { email: actor.email }),
    ...(actor.phone === undefined ? {} : { phone: actor.phone }),
    ...(actor.headers === undefined ? {} : { headers: byLowerCase(actor.headers) }),
    ...(actor.assurance === undefined ? {} : { assurance: actor.assurance }),
    at: locateKey(document, path),
  }
}

function readGroups(data: JsonObject, actors: JsonObject, taken: Taken, report: Report): Groups {
  const groups: Record<string, readonly string[]> = {}
  for (const [name, value] of Object.entries(mappingAt(data, 'groups', true, report) ?? {})) {
    const path = ['groups', name]
    checkName(name, 'a group', path, report, taken)
    const members = parseShape(groupSchema, value, path, report) ?? []
    members.forEach((member, index) => {
      if (Object.hasOwn(actors, member)) return
      const hint = didYouMean(member, Object.keys(actors))
      const found = `the actor ${quote(member)}`
      report({ code: 'unknown-actor', path: [...path, index], found, expected: 'an actor of this file', hint })
    })
    groups[name] = [...new Set(members)]
  }
  return groups
}

function readWorld(
  document: MatrixDocument,
  actors: readonly ActorDeclaration[],
  declared: JsonObject,
  taken: Taken,
  report: Report,
): RowDeclaration[] {
  const section = isObject(document.data) ? mappingAt(document.data, 'world', true, report) : undefined
  const names = Object.keys(section ?? {})
  const users = usersInReach(actors)
  for (const name of Object.keys(declared)) if (!users.has(name)) users.set(name, { columns: null })
  return readEach(section, (name, value) => {
    const path = ['world', name]
    checkName(name, 'a row of the world', path, report, taken)
    const row = readRow(value, path, report)
    if (row === undefined) return undefined
    const rows = new Map<string, ReachableRow>(users)
    names.forEach((other, index) => {
      rows.set(other, index < names.indexOf(name) ? { columns: null } : laterRow(other))
    })
    rows.set('actor', noActor)
    checkReferences(row.values, [...path, valuesKey(row)], { rows, complete: true }, report)
    return asRow(name, row, locateKey(document, path))
  })
}

function laterRow(name: string): ReachableRow {
  const found = `the row ${quote(name)} is not made before this one`
  return { columns: null, barred: { code: 'later-row', found, expected: 'a row that stands further up' } }
}
