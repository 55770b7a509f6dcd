import { calledBy, reachedBy } from '../inventory/access.ts'
import type { Inventory, QualifiedName } from '../inventory/model.ts'
import { qualified, relationTitle, signature } from '../inventory/names.ts'
import type { JsonObject } from '../json.ts'
import { own } from '../values.ts'
import { bucketMatrix } from './buckets.ts'
import { functionMatrix } from './functions.ts'
import type { Lessons, Plan, PlannedActor, PlannedMatrix, Schema } from './model.ts'
import { plainName, Unplannable } from './naming.ts'
import type { Planning } from './planning.ts'
import { everyUser, RowPlanner } from './rows.ts'
import { tableMatrix } from './tables.ts'
import { type UserNaming, userNamingOf } from './user-naming.ts'
import { valueFor } from './values.ts'
import { viewMatrix } from './views.ts'

/**
 * Plans the files of a workspace: actors, their world, and a matrix for each reachable object. Pure.
 *
 * @param lessons the results of trying an earlier plan.
 */
export function planWorkspace(schema: Schema, lessons: Lessons): Plan {
  const people = userNamingOf(schema)
  const rows = new RowPlanner(schema, people, lessons)
  const planning: Planning = { schema, people, lessons, rows }
  const worldNotes = populate(planning)
  const left: { title: string; reason: string }[] = []
  const matrices: PlannedMatrix[] = []
  const attempt = (title: string, make: () => PlannedMatrix) => {
    try {
      matrices.push(make())
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error
      left.push({ title, reason: error.message })
    }
  }
  const { inventory } = schema
  const platform = new Set<string>()
  for (const relation of inventory.relations) {
    if (reachedBy(inventory, relation).length === 0 || relation.extension !== null) continue
    if (isOfPlatform(relation)) {
      platform.add(relation.schema)
      continue
    }
    const isView = relation.kind === 'view' || relation.kind === 'materialized view'
    attempt(relationTitle(relation), () => (isView ? viewMatrix(planning, relation) : tableMatrix(planning, relation)))
  }
  for (const [, overloads] of callable(inventory)) {
    attempt(overloads.map((one) => `function ${signature(one)}`).join(', '), () => functionMatrix(planning, overloads))
  }
  for (const name of platform) {
    left.push({
      title: `schema ${name}`,
      reason: 'its objects are made by the platform and reached through its services',
    })
  }
  for (const bucket of inventory.buckets ?? []) matrices.push(bucketMatrix(bucket))
  const exposed = inventory.relations.filter((relation) => relation.exposed && relation.extension === null)
  if (exposed.length > 0 && exposed.every((relation) => reachedBy(inventory, relation).length === 0)) {
    left.push({
      title: 'grants',
      reason:
        `none of ${exposed.length} tables and views of the exposed schemas is granted to anon or authenticated; where the ` +
        'project still has the old default grants, set auto_expose_new_tables = true under [api] in supabase/config.toml',
    })
  }
  const messages = inventory.relations.find(
    ({ schema: name, name: table }) => name === 'realtime' && table === 'messages',
  )
  if (messages !== undefined && messages.policies.length > 0) {
    left.push({
      title: 'channels of Realtime',
      reason: 'policies of realtime.messages decide by topic, and the topics are not in the catalog',
    })
  }
  return {
    actors: actorsOf(planning),
    actorNotes: actorNotes(schema, lessons),
    world: [...rows.world.rows.values()],
    worldNotes,
    matrices: named(matrices),
    left,
  }
}

/** An exposed schema of Storage or of GraphQL has objects that no migration of the project makes. */
function isOfPlatform({ schema }: QualifiedName): boolean {
  return ['storage', 'graphql_public', 'realtime', 'auth'].includes(schema)
}

/** The functions that clients can call, by name: overloads share a matrix. */
function callable(inventory: Inventory): ReadonlyMap<string, Inventory['functions']> {
  const byName = new Map<string, Inventory['functions'][number][]>()
  for (const one of inventory.functions) {
    if (one.extension !== null || isOfPlatform(one) || calledBy(inventory, one).length === 0) continue
    const name = qualified(one)
    byName.set(name, [...(byName.get(name) ?? []), one])
  }
  return byName
}

/** Makes the tenants, members and profiles that policies read. */
function populate({ rows, people, schema, lessons }: Planning): string[] {
  const notes: string[] = []
  const attempt = (what: string, make: () => unknown) => {
    try {
      make()
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error
      notes.push(`${what} could not be worked out: ${error.message}`)
    }
  }
  const { tenant, membership, profiles } = people
  const users = everyUser.filter((side) => side !== 'guest' || lessons.noGuest === null)
  for (const table of profiles.keys()) {
    if (table === membership?.table || !isAskedFor(schema, table)) continue
    for (const side of users) attempt(`${side}'s row of ${table}`, () => rows.single(table, side))
  }
  if (tenant === null) return notes
  attempt('the tenants acme and globex', () => [rows.tenant('alice'), rows.tenant('mallory')])
  if (membership === null) return notes
  for (const side of ['alice', 'bob', 'mallory'] as const) {
    attempt(`the membership of ${side}`, () => rows.membership(rows.world, side))
  }
  return notes
}

/** True when a policy or a function reads a table: its rows then decide about a user. */
function isAskedFor({ inventory, bodies }: Schema, table: string): boolean {
  const name = table.slice(table.indexOf('.') + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const word = new RegExp(`\\b${name}\\b`)
  const policies = inventory.relations.flatMap((relation) => relation.policies)
  return (
    policies.some(({ using, check }) => word.test(`${using ?? ''} ${check ?? ''}`)) ||
    Object.values(bodies).some((source) => word.test(source))
  )
}

function actorsOf({ people, schema, lessons }: Planning): readonly PlannedActor[] {
  const member = people.membership === null && people.tenant === null ? null : 'acme'
  const belongs = (side: 'alice' | 'bob' | 'mallory') => {
    if (member === null) return side === 'mallory' ? 'a stranger to both' : 'a user'
    return side === 'mallory' ? 'of globex: the other tenant' : 'of acme'
  }
  return [
    { name: 'visitor', kind: 'anon', comment: 'is not signed in', userMetadata: null },
    ...(['alice', 'bob', 'mallory'] as const).map(
      (name): PlannedActor => ({
        name,
        kind: 'authenticated',
        comment: belongs(name),
        userMetadata: lessons.metadata ? metadataOf(name, schema, people) : null,
      }),
    ),
    ...(lessons.noGuest === null
      ? [{ name: 'guest', kind: 'anonymous-auth', comment: 'is signed in anonymously', userMetadata: null } as const]
      : []),
  ]
}

/**
 * Chooses the metadata of a user, as a sign-up form would send it. A key that is called like a column of a profile gets a
 * value that the column takes.
 */
function metadataOf(
  user: string,
  { metadataKeys, catalog, checks, types }: Schema,
  { profiles }: UserNaming,
): JsonObject {
  return Object.fromEntries(
    metadataKeys.map((key) => {
      const table = [...profiles.keys()].find((name) => own(catalog.relations[name]?.columns ?? {}, key) !== undefined)
      const column = table === undefined ? undefined : own(catalog.relations[table]?.columns ?? {}, key)
      const facts = table === undefined ? [] : (checks[table] ?? []).flatMap(({ ways }) => ways[0] ?? [])
      // Where roles are listed, a user signs up with the least of them.
      const wanted = { column: key, type: column?.type ?? 'text', facts, side: 'bob', unique: false } as const
      const value = valueFor(wanted, types) ?? null
      // Metadata holds no references: what is unique in a row is unique to the user here.
      return [key, typeof value === 'string' ? value.replace(/\$unique|\$\{unique\}/g, user) : value]
    }),
  )
}

function actorNotes({ inventory }: Schema, { noGuest, noUsers }: Lessons): readonly string[] {
  return [
    ...(noUsers === null ? [] : [`No user can be made, so that no fixture was tried: ${noUsers}`]),
    ...(noGuest === null ? [] : [`There is no guest (kind: anonymous-auth): ${noGuest}`]),
    ...(inventory.anonymousSignIns === null
      ? ['Whether anonymous sign-ins are on is not known: if they are off, remove guest.']
      : []),
  ]
}

/** Gives each matrix a name of its own. */
function named(matrices: readonly PlannedMatrix[]): readonly PlannedMatrix[] {
  const taken = new Set<string>()
  return matrices.map((matrix) => {
    const wanted = plainName(matrix.name) || 'matrix'
    const [kind = ''] = Object.keys(matrix.resource)
    const free = [wanted, `${wanted} ${kind}`, ...Array.from({ length: 1000 }, (_, n) => `${wanted} ${n + 2}`)]
    const name = free.find((one) => !taken.has(fileWord(one))) ?? wanted
    taken.add(fileWord(name))
    return { ...matrix, name }
  })
}

/** @returns a name as a part of a file name; file systems may not tell capitals from small letters. */
export function fileWord(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N}_-]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .toLowerCase() || 'matrix'
  )
}
