import { bypassed, calledBy, isTrue, mayUseSchema, reachedBy } from './access.ts'
import {
  type ClientRole,
  clientRoles,
  type Inventory,
  type InventoryFunction,
  type InventoryRelation,
  type Policy,
} from './model.ts'
import { qualified, quoted, relationTitle, signature } from './names.ts'

/** A property of the inventory that a reviewer should know. It is no verdict: only an attempt shows the access that it gives. */
export interface Flag {
  /** Stable, kebab-case. */
  readonly code: string
  /** A sentence that explains it. */
  readonly says: string
  /** The objects that it applies to, each with its own detail. */
  readonly objects: readonly string[]
}

/** Privileges that no request through the API needs. */
const needless = ['truncate', 'references', 'trigger']

/**
 * Lists the properties of an inventory that a reviewer should check. Pure.
 *
 * @returns the flags that hold, each with its objects.
 */
export function flagsOf(inventory: Inventory): readonly Flag[] {
  const reachable = inventory.relations.filter((relation) => reachedBy(inventory, relation).length > 0)
  const tables = reachable.filter(isTable)
  const callable = inventory.functions.filter((one) => calledBy(inventory, one).length > 0)
  const definers = callable.filter(({ definer }) => definer)
  const by = (relation: InventoryRelation) =>
    `${relationTitle(relation)} (${reachedBy(inventory, relation).join(', ')})`
  const called = (one: InventoryFunction) => `${signature(one)} (${calledBy(inventory, one).join(', ')})`
  // Without a database URL the row security of a table is unknown: the Data API does not describe it.
  const known = inventory.source === 'database'
  const flags: readonly Flag[] = [
    {
      code: 'row-security-off',
      says: 'Row security is off: a grant lets every row through.',
      objects: known ? tables.filter(({ rowSecurity }) => rowSecurity === 'off').map(by) : [],
    },
    {
      code: 'policy-without-row-security',
      says: 'Policies have no effect, since row security is off.',
      objects: inventory.relations
        .filter(({ rowSecurity, policies }) => rowSecurity === 'off' && policies.length > 0)
        .map(relationTitle),
    },
    {
      code: 'child-without-row-security',
      says: 'A partition or an inheriting table has no row security of its own, and its parent’s does not apply to it.',
      objects: tables.filter((table) => known && table.rowSecurity === 'off' && isChild(table)).map(by),
    },
    {
      code: 'view-as-owner',
      says: 'A view reads tables with row security with the rights of its owner, which policies do not filter.',
      objects: reachable
        .filter((relation) => relation.kind === 'view' && bypassed(relation).length > 0)
        .map((relation) => `${by(relation)} reads ${bypassed(relation).map(qualified).join(', ')}`),
    },
    {
      code: 'materialized-view',
      says: 'A materialized view is reachable; it has no row security and holds what its owner could read.',
      objects: reachable.filter(({ kind }) => kind === 'materialized view').map(by),
    },
    {
      code: 'foreign-table',
      says: 'A foreign table is reachable; row security does not apply to it.',
      objects: reachable.filter(({ kind }) => kind === 'foreign table').map(by),
    },
    {
      code: 'policy-true',
      says: 'A permissive policy lets every row through.',
      objects: inventory.relations.flatMap((relation) => openPolicies(inventory, relation)),
    },
    {
      code: 'policy-trusts-user-metadata',
      says: 'A policy reads user metadata, which every user can change.',
      objects: inventory.relations.flatMap((relation) =>
        relation.policies
          .filter(({ using, check }) => /user_metadata/.test(`${using ?? ''} ${check ?? ''}`))
          .map((policy) => policyTitle(relation, policy)),
      ),
    },
    {
      code: 'definer-function',
      says: 'A function runs with the rights of its owner and clients can call it.',
      objects: definers.map(called),
    },
    {
      code: 'definer-without-search-path',
      says: 'A function runs with the rights of its owner and sets no search_path: the caller’s decides what it names.',
      objects: definers.filter(({ searchPath }) => searchPath === null).map(called),
    },
    {
      code: 'executable-by-public',
      says: 'PUBLIC may execute a function, as PostgreSQL grants by default: every role can call it.',
      objects: callable.filter(({ publicExecute, extension }) => publicExecute && extension === null).map(signature),
    },
    {
      code: 'public-bucket',
      says: 'A bucket is public: its objects are downloaded by name without a credential, whatever the policies say.',
      objects: (inventory.buckets ?? []).filter((bucket) => bucket.public).map(({ id }) => `bucket ${quoted(id)}`),
    },
    {
      code: 'published-without-row-security',
      says: 'Realtime sends the changes of a table without row security to every subscriber whose role may read it.',
      objects: inventory.published.flatMap((table) => {
        const relation = inventory.relations.find((one) => one.schema === table.schema && one.name === table.name)
        if (relation?.rowSecurity !== 'off') return []
        return `${relationTitle(relation)} (${table.columns.map(quoted).join(', ')})`
      }),
    },
    {
      code: 'needless-privilege',
      says: 'A client’s role holds TRUNCATE, REFERENCES or TRIGGER, which no request through the API needs.',
      objects: inventory.relations.flatMap((relation) => (relation.exposed ? needlessOn(relation) : [])),
    },
    {
      code: 'create-on-schema',
      says: 'A client’s role may create objects in an exposed schema.',
      objects: inventory.schemas.flatMap(({ name, create }) => {
        const roles = clientRoles.filter((role) => create.includes(role))
        return roles.length === 0 ? [] : [`schema ${quoted(name)} (${roles.join(', ')})`]
      }),
    },
    {
      code: 'default-privileges',
      says: 'New objects are granted to client roles, or to PUBLIC, by themselves.',
      objects: exposingDefaults(inventory),
    },
  ]
  return flags.filter(({ objects }) => objects.length > 0)
}

function isTable({ kind }: InventoryRelation): boolean {
  return kind === 'table' || kind === 'partitioned table'
}

function isChild({ partitionOf, inherits }: InventoryRelation): boolean {
  return partitionOf !== null || inherits.length > 0
}

/** Policies of tables that no client role is granted anything on open nothing. */
function openPolicies(inventory: Inventory, relation: InventoryRelation): string[] {
  return relation.policies.flatMap((policy) => {
    const roles = policy.appliesTo.filter(
      (role): role is ClientRole => role !== 'service_role' && mayUseSchema(inventory, relation.schema, role),
    )
    if (!policy.permissive || roles.length === 0 || !isOpen(policy)) return []
    return [`${policyTitle(relation, policy)} for ${policy.command} to ${policy.roles.join(', ')}`]
  })
}

function isOpen({ command, using, check }: Policy): boolean {
  return command === 'insert' ? isTrue(check) : isTrue(using) || isTrue(check)
}

function policyTitle(relation: InventoryRelation, { name }: Policy): string {
  return `policy "${name}" on ${qualified(relation)}`
}

function needlessOn(relation: InventoryRelation): string[] {
  const parts = clientRoles.flatMap((role) => {
    const held = needless.filter((privilege) => relation.privileges[role]?.includes(privilege) === true)
    return held.length === 0 ? [] : [`${held.join(', ').toUpperCase()} to ${role}`]
  })
  return parts.length === 0 ? [] : [`${relationTitle(relation)}: ${parts.join('; ')}`]
}

const exposing: Readonly<Record<string, readonly string[]>> = {
  tables: ['select', 'insert', 'update', 'delete'],
  sequences: ['usage', 'select', 'update'],
  functions: ['execute'],
}

/** Types and schemas expose nothing, and REFERENCES on a table shows no row. */
function exposingDefaults({ defaultPrivileges }: Inventory): string[] {
  return defaultPrivileges.flatMap(({ creator, schema, objects, grantee, privileges }) => {
    const held = privileges.filter((privilege) => (exposing[objects] ?? []).includes(privilege))
    if (held.length === 0) return []
    const where = schema === null ? 'every schema' : `schema ${quoted(schema)}`
    return [`${objects} that ${creator} creates in ${where}: ${held.join(', ').toUpperCase()} to ${grantee}`]
  })
}
