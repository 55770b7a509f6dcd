import { calledBy, grantOf, isServed, policiesFor, type Rows, rowsOf } from '../inventory/access.ts'
import {
  type Command,
  clientRoles,
  commands,
  type Inventory,
  type InventoryFunction,
  type InventoryRelation,
  type Policy,
  type QualifiedName,
} from '../inventory/model.ts'
import { qualified, quoted, relationTitle } from '../inventory/names.ts'
import type { CoverageActor, CoverageObject, CoverageSide, CoverageUnit } from '../model/coverage.ts'

/** The object of an operation, by its name in the matrix. */
export interface ObjectKey {
  readonly kind: 'relation' | 'function' | 'bucket' | 'channel' | 'edge function'
  /** Schema and name unquoted; a bucket's id; the name of an Edge Function; empty for channels. */
  readonly name: string
}

/** A unit before anything was tried. */
export interface WantedUnit extends Omit<CoverageUnit, 'cells' | 'decided'> {
  readonly key: ObjectKey
  /** Of a policy: the roles and commands that it applies to, and whether it is the only permissive policy there. */
  readonly applies?: readonly { readonly role: string; readonly command: string; readonly alone: boolean }[]
}

/** Everything reachable, and every combination that the grants let through. */
export interface Wanted {
  readonly objects: readonly (Omit<CoverageObject, 'cells'> & { readonly key: ObjectKey })[]
  readonly units: readonly WantedUnit[]
  /** Reachable and not counted, in sentences. */
  readonly leftOut: readonly string[]
}

/** An object that is reachable, with its units. */
interface ReachableObject {
  readonly key: ObjectKey
  readonly object: string
  readonly kind: string
  readonly units: readonly Omit<WantedUnit, 'id' | 'object' | 'key'>[]
}

type Asking = readonly [CoverageActor, CoverageSide]

/** Computes the objects and units of an inventory that a team can try. Pure. */
export function wantedUnits(inventory: Inventory): Wanted {
  const doors = [
    ...inventory.relations.map((relation) => relationObject(inventory, relation)),
    ...functionObjects(inventory),
    ...bucketObjects(inventory),
    channelObject(inventory),
    ...edgeFunctionObjects(inventory),
  ].filter((door): door is ReachableObject => door !== null && door.units.length > 0)
  return {
    objects: doors.map(({ key, object, kind }) => ({ key, object, kind })),
    units: doors.flatMap(({ key, object, units }) =>
      units.map((unit) => ({ ...unit, key, object, id: idOf(object, unit) })),
    ),
    leftOut: leftOut(inventory),
  }
}

function idOf(object: string, { command, column, policy, actor, side }: ReachableObject['units'][number]): string {
  if (policy !== undefined) return `${object} › policy ${quoted(policy)}`
  const what = column === undefined ? [] : [`column ${quoted(column)}`]
  return [object, ...what, command, actor, side].join(' › ')
}

function nameOf({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`
}

function relationObject(inventory: Inventory, relation: InventoryRelation): ReachableObject | null {
  const door = { key: { kind: 'relation', name: nameOf(relation) }, object: relationTitle(relation) } as const
  const kind = relation.partitionOf === null ? relation.kind : 'partition'
  if (relation.shownTo !== undefined) {
    const actor = relation.shownTo.includes('anon') ? 'anon' : 'any'
    return { ...door, kind, units: [{ command: 'any', actor, side: 'either' }] }
  }
  const changes = inventory.published.some(({ schema, name }) => schema === relation.schema && name === relation.name)
  const served = isServed(inventory, relation)
  const units = [
    ...(served ? accessUnits(inventory, relation, relation.possible) : []),
    ...(changes ? asUnits('changes', asksOf(inventory, relation, 'select')) : []),
    ...(served ? columnUnits(inventory, relation) : []),
  ]
  // A policy of a table that no client reaches decides nothing.
  return { ...door, kind, units: units.length === 0 ? [] : [...units, ...policyUnits(relation, relation.possible)] }
}

function accessUnits(
  inventory: Inventory,
  relation: InventoryRelation,
  possible: readonly Command[],
): ReachableObject['units'] {
  return possible.flatMap((command) => asUnits(command, asksOf(inventory, relation, command)))
}

function asUnits(command: string, asks: readonly Asking[]): ReachableObject['units'] {
  return asks.map(([actor, side]) => ({ command, actor, side }))
}

/** @returns the kinds of actor that have to try a command, each with its expectation. */
function asksOf(inventory: Inventory, relation: InventoryRelation, command: Command): readonly Asking[] {
  return clientRoles.flatMap((role) => {
    const rows = rowsOf(inventory, relation, role, command)
    return role === 'anon' ? asksOfAnon(rows) : asksOfUsers(rows, inventory)
  })
}

/** A policy that names `anon` is meant to let visitors through; one for every role may be for users alone. */
function asksOfAnon(rows: Rows): readonly Asking[] {
  if (rows.kind === 'none') return []
  if (rows.kind === 'closed') return [['anon', 'deny']]
  if (rows.kind !== 'policies') return [['anon', 'either']]
  const named = rows.policies.some(({ permissive, roles }) => permissive && roles.includes('anon'))
  return named
    ? [
        ['anon', 'allow'],
        ['anon', 'deny'],
      ]
    : [['anon', 'deny']]
}

function asksOfUsers(rows: Rows, { anonymousSignIns }: Inventory): readonly Asking[] {
  const guests: readonly Asking[] = anonymousSignIns === false ? [] : [['anonymous-auth', 'either']]
  if (rows.kind === 'none') return []
  if (rows.kind === 'closed') return [['authenticated', 'deny']]
  if (rows.kind === 'policies') return [['authenticated', 'allow'], ['another-tenant', 'deny'], ...guests]
  return [['authenticated', 'either'], ['another-tenant', 'either'], ...guests]
}

/** Columns that a role lacks while it reaches others: a cell has to name them. */
function columnUnits(inventory: Inventory, relation: InventoryRelation): ReachableObject['units'] {
  if (relation.columnPrivileges.length === 0) return []
  return clientRoles.flatMap((role) =>
    (['select', 'insert', 'update'] as const).flatMap((command) => {
      const reached = rowsOf(inventory, relation, role, command).kind !== 'none'
      if (!reached || grantOf(relation, role, command) !== 'columns') return []
      const lacking = relation.columnPrivileges.filter((one) => one.privileges[role]?.includes(command) !== true)
      return lacking.map(({ column }) => ({ command, column, actor: role, side: 'deny' }) as const)
    }),
  )
}

/** A policy is a unit where it has an effect on a client's role. */
function policyUnits(relation: InventoryRelation, possible: readonly Command[]): ReachableObject['units'] {
  if (relation.rowSecurity === 'off') return []
  return relation.policies.flatMap((policy) => {
    const applies = clientRoles
      .filter((role) => policy.appliesTo.includes(role))
      .flatMap((role) =>
        possible
          .filter((command) => grantOf(relation, role, command) !== 'none')
          .filter((command) => policy.command === 'all' || policy.command === command)
          .map((command) => ({ role, command, alone: isAlone(relation, policy, role, command) })),
      )
    if (applies.length === 0) return []
    return [{ command: policy.command, policy: policy.name, actor: 'any', side: 'either', applies } as const]
  })
}

function isAlone(relation: InventoryRelation, policy: Policy, role: 'anon' | 'authenticated', command: Command) {
  const permissive = policiesFor(relation, role, command).filter((one) => one.permissive)
  return policy.permissive && permissive.length === 1
}

/** Overloads share one name, and a matrix has the name as its resource. */
function functionObjects(inventory: Inventory): readonly ReachableObject[] {
  const byName = new Map<string, InventoryFunction[]>()
  for (const one of inventory.functions.filter((candidate) => isCounted(candidate, inventory))) {
    byName.set(nameOf(one), [...(byName.get(nameOf(one)) ?? []), one])
  }
  return [...byName].map(([name, overloads]) => {
    const [first] = overloads
    const roles = new Set(overloads.flatMap((one) => calledBy(inventory, one)))
    const guests = inventory.anonymousSignIns !== false
    const asks: Asking[] = []
    if (roles.has('anon')) asks.push(['anon', 'either'])
    if (roles.has('authenticated')) {
      asks.push(['authenticated', 'either'])
      // With its owner's rights it decides itself whose rows it touches.
      if (overloads.some(({ definer }) => definer)) asks.push(['another-tenant', 'either'])
      if (guests) asks.push(['anonymous-auth', 'either'])
    }
    if (inventory.source === 'data-api' && roles.size === 0) asks.push(['any', 'either'])
    const object = `function ${first === undefined ? name : qualified(first)}`
    return { key: { kind: 'function', name }, object, kind: 'function', units: asUnits('call', asks) }
  })
}

/** Functions of extensions that run as the caller come with the extension and not from the project. */
function isCounted(one: InventoryFunction, inventory: Inventory): boolean {
  if (one.uncallable !== null || isIdleGraphql(one, inventory)) return false
  return one.extension === null || one.definer
}

/** Without the extension, the endpoint's function answers that there is none. */
function isIdleGraphql({ schema, name }: QualifiedName, { graphql, source }: Inventory): boolean {
  return schema === 'graphql_public' && name === 'graphql' && !graphql && source === 'database'
}

function leftOut(inventory: Inventory): string[] {
  const counts = new Map<string, number>()
  for (const one of inventory.functions) {
    if (one.extension === null || isCounted(one, inventory) || calledBy(inventory, one).length === 0) continue
    counts.set(one.extension, (counts.get(one.extension) ?? 0) + 1)
  }
  return [...counts].map(
    ([extension, count]) =>
      `${count} ${count === 1 ? 'function' : 'functions'} of the extension ${extension}, which run as the caller`,
  )
}

function bucketObjects(inventory: Inventory): readonly ReachableObject[] {
  const objects = inventory.relations.find(({ schema, name }) => schema === 'storage' && name === 'objects')
  const buckets = inventory.relations.find(({ schema, name }) => schema === 'storage' && name === 'buckets')
  const each = (inventory.buckets ?? []).map(({ id, public: open }): ReachableObject => {
    const download = open ? asUnits('download', [['anon', 'either']]) : []
    const access = objects === undefined ? [] : bucketUnits(inventory, about(objects, id))
    const units = inventory.source === 'data-api' ? asUnits('any', [['any', 'either']]) : access
    return {
      key: { kind: 'bucket', name: id },
      object: `bucket ${quoted(id)}`,
      kind: 'bucket',
      units: [...download, ...units],
    }
  })
  if (buckets === undefined || !buckets.policies.some(({ appliesTo }) => appliesTo.some(isClient))) return each
  const units = bucketUnits(inventory, buckets)
  return [...each, { key: { kind: 'bucket', name: '*' }, object: 'bucket *', kind: 'bucket list', units }]
}

function isClient(role: string): boolean {
  return role === 'anon' || role === 'authenticated'
}

function bucketUnits(inventory: Inventory, relation: InventoryRelation): ReachableObject['units'] {
  return [...accessUnits(inventory, relation, commands), ...policyUnits(relation, commands)]
}

/**
 * The policies of `storage.objects` that may apply to a bucket. One that compares `bucket_id` with the names of other buckets
 * alone does not; the text of any other shows neither.
 */
function about(objects: InventoryRelation, bucket: string): InventoryRelation {
  const literal = `'${bucket.replaceAll("'", "''")}'`
  const policies = objects.policies.filter(({ using, check }) => {
    const text = `${using ?? ''} ${check ?? ''}`
    return text.includes(literal) || !/bucket_id = '/.test(text)
  })
  return { ...objects, policies }
}

/** Where no JWT is verified every caller reaches the code; elsewhere the publishable key passes the gate as well. */
function edgeFunctionObjects({ edgeFunctions }: Inventory): readonly ReachableObject[] {
  const asks: readonly Asking[] = [
    ['anon', 'either'],
    ['authenticated', 'either'],
  ]
  return edgeFunctions.map(({ name }) => ({
    key: { kind: 'edge function', name },
    object: `Edge Function ${name}`,
    kind: 'Edge Function',
    units: asUnits('invoke', asks),
  }))
}

/** Private channels share the policies of one table. If none of them applies to a client role, there is nothing to try. */
function channelObject(inventory: Inventory): ReachableObject | null {
  const messages = inventory.relations.find(({ schema, name }) => schema === 'realtime' && name === 'messages')
  if (messages === undefined || !messages.policies.some(({ appliesTo }) => appliesTo.some(isClient))) return null
  const possible = ['select', 'insert'] as const
  const units = [...accessUnits(inventory, messages, possible), ...policyUnits(messages, possible)]
  return { key: { kind: 'channel', name: '' }, object: 'private channels', kind: 'channel group', units }
}
