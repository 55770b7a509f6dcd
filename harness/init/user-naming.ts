import { keysOf } from '../model/keys.ts'
import { own } from '../values.ts'
import type { Column, ForeignKey, Relation } from '../witness/catalog.ts'
import type { Schema } from './model.ts'

/** The table of Auth's users. */
export const usersTable = 'auth.users'

/** A table that links users to tenants. */
interface Membership {
  readonly table: string
  readonly userColumns: readonly string[]
  readonly tenantColumn: string
}

/** How a project's tables name users and tenants. */
export interface UserNaming {
  /** Tables with one row for a user, by name: the column that names the user. */
  readonly profiles: ReadonlyMap<string, string>
  /** The table of tenants; null in a project without them. */
  readonly tenant: string | null
  readonly membership: Membership | null
}

/**
 * Finds out how a project's tables name users and tenants: by foreign keys, by keys and by names. Pure.
 */
export function userNamingOf(schema: Schema): UserNaming {
  const tables = Object.values(schema.catalog.relations).filter(({ kind, name }) => kind === 'table' && isOwn(name))
  const profiles = new Map(
    tables.flatMap((table) => {
      const column = profileColumn(table) ?? columnFilled(table, schema)
      return column === null ? [] : [[table.name, column] as const]
    }),
  )
  const isUser = (table: Relation, column: string) => namesUser(table, column, profiles)
  const memberships = tables
    .flatMap((table) => membershipsIn(table, isUser, profiles))
    .map((one) => ({ ...one, score: scoreOf(one, tables, schema) }))
    .filter(({ score }) => score >= 3)
    .sort((one, other) => other.score - one.score)
  const [best] = memberships
  if (best !== undefined) {
    const { table, userColumns, tenantColumn, tenant } = best
    return { profiles, tenant, membership: { table, userColumns, tenantColumn } }
  }
  return { profiles, tenant: tenantOfProfiles(tables, profiles), membership: null }
}

/** Schemas of the platform's services. */
function isOwn(table: string): boolean {
  return !/^(auth|storage|realtime|vault|extensions|graphql|graphql_public|supabase_\w+|net|cron|pgsodium|pgmq|_\w+|sandbox)\./.test(
    table,
  )
}

/** A key that is a user and nothing else: of each user there is one row. */
function profileColumn(table: Relation): string | null {
  for (const { columns, references } of table.foreignKeys) {
    const [column, second] = columns
    if (references !== usersTable || column === undefined || second !== undefined) continue
    // A person may have no account yet.
    const isPerson = /(profile|member|user|person|people|player|employee|customer|client|student|teacher)s?$/i.test(
      table.name,
    )
    if (isKey(table, [column]) && (isPerson || !isOptional(table, column))) return column
  }
  return null
}

/** A table without a foreign key to users: a trigger makes its row for each of them. */
function columnFilled(table: Relation, { filledAtSignUp }: Schema): string | null {
  const named = filledAtSignUp.find(
    (one) => (one.table === table.name || `public.${one.table}` === table.name) && isKey(table, [one.column]),
  )
  return named?.column ?? null
}

function isOptional({ columns }: Relation, column: string): boolean {
  return own(columns, column)?.nullable ?? true
}

function isKey(relation: Relation, columns: readonly string[]): boolean {
  return keysOf(relation).some(
    (key) => key.length === columns.length && key.every((column) => columns.includes(column)),
  )
}

/** @returns the foreign key that a column alone makes up. */
export function foreignKeyOf(table: Relation, column: string): ForeignKey | undefined {
  return table.foreignKeys.find(({ columns }) => columns.length === 1 && columns[0] === column)
}

const userName =
  /^(user\d?|owner|author|creator|member|profile|account_owner|assignee|sender|recipient|uploader|customer|client)_?(user_?)?(id|uid|uuid)$|^(uid|userid|user|owner|created_by|updated_by|uploaded_by|invited_by|assigned_to|added_by|owned_by)$/i

/** @returns true when the name of a column or an argument means a user. */
export function namesUserByName(name: string): boolean {
  return userName.test(name)
}

/** @returns true when a column holds the id of a user: by its foreign key, its default, or its name and type. */
export function namesUser(table: Relation, name: string, profiles: ReadonlyMap<string, string>): boolean {
  const column = own(table.columns, name)
  if (column === undefined || column.generated) return false
  const key = foreignKeyOf(table, name)
  if (key !== undefined) {
    const [referenced] = key.referencedColumns
    // The key of a profile that is the user's own id.
    return key.references === usersTable ? referenced === 'id' : profiles.get(key.references) === referenced
  }
  if (table.foreignKeys.some(({ columns }) => columns.includes(name))) return false
  return defaultsToUser(column) || (column.type === 'uuid' && userName.test(name) && !table.primaryKey.includes(name))
}

function defaultsToUser({ default: expression = null, type }: Column): boolean {
  return type === 'uuid' && expression !== null && /\bauth\.uid\(\)/.test(expression)
}

interface Candidate extends Membership {
  readonly tenant: string
}

function membershipsIn(
  table: Relation,
  isUser: (table: Relation, column: string) => boolean,
  profiles: ReadonlyMap<string, string>,
): readonly Candidate[] {
  // A user with one row in it belongs to one tenant: that is a profile.
  if (profiles.has(table.name)) return []
  const userColumns = Object.keys(table.columns).filter((column) => isUser(table, column))
  return table.foreignKeys.flatMap(({ columns, references }): Candidate[] => {
    const [tenantColumn, second] = columns
    if (tenantColumn === undefined || second !== undefined) return []
    if (references === usersTable || references === table.name || profiles.has(references) || !isOwn(references))
      return []
    const user = userColumns.filter((column) => isKey(table, [column, tenantColumn]))
    const members = user.length > 0 ? user : memberName.test(table.name) ? userColumns.slice(0, 1) : []
    return members.length === 0 ? [] : [{ table: table.name, userColumns: members, tenantColumn, tenant: references }]
  })
}

const memberName = /(member|membership|collaborator|participant|_users?$|\.users?_|user_?roles?$|staff|employee|team_)/i
const tenantName =
  /(organi[sz]ation|tenant|workspace|team|compan(y|ies)|account|household|famil(y|ies)|compan|agenc(y|ies)|school|clinic|church|club|shop|store|business|org|group)s?$/i

function scoreOf(
  { table, tenant }: Candidate,
  tables: readonly Relation[],
  { catalog, inventory, bodies }: Schema,
): number {
  const relation = own(catalog.relations, table)
  const hasRole = Object.keys(relation?.columns ?? {}).some((column) =>
    /role|permission|is_admin|is_owner/i.test(column),
  )
  const referring = tables.filter(({ foreignKeys }) =>
    foreignKeys.some(({ references }) => references === tenant),
  ).length
  const name = table.slice(table.indexOf('.') + 1)
  const word = new RegExp(`\\b${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`)
  const asking = inventory.relations.filter(({ policies }) =>
    policies.some(({ using, check }) => word.test(`${using ?? ''} ${check ?? ''}`)),
  ).length
  const bodiesAsking = Object.values(bodies).filter((source) => word.test(source)).length
  return (
    (memberName.test(table) ? 3 : 0) +
    (tenantName.test(tenant) ? 3 : 0) +
    (hasRole ? 1 : 0) +
    Math.min(referring - 1, 4) * 0.75 +
    Math.min(asking, 4) * 0.5 +
    Math.min(bodiesAsking, 4) * 0.25 -
    // A like or a vote has a key of that form too.
    (/(like|vote|favou?rite|follow|bookmark|reaction|view|progress|score|rsvp|attendance)s?$/i.test(name) ? 6 : 0)
  )
}

/** If a user belongs to one tenant alone, the profile names it. */
function tenantOfProfiles(tables: readonly Relation[], profiles: ReadonlyMap<string, string>): string | null {
  const named = tables
    .filter(({ name }) => profiles.has(name))
    .flatMap(({ foreignKeys }) => foreignKeys)
    .map(({ references }) => references)
    .filter((references) => references !== usersTable && !profiles.has(references) && tenantName.test(references))
  return named[0] ?? null
}
