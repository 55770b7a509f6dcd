import type { Inventory } from '../inventory/model.ts'
import { signature } from '../inventory/names.ts'
import type { Json, JsonObject } from '../json.ts'
import { isUniqueReference } from '../model/unique-values.ts'
import { own } from '../values.ts'
import type { DatabaseFunction, Relation } from '../witness/catalog.ts'
import type { PlannedMatrix, PlannedOperation, PlannedRow } from './model.ts'
import { namesIn, plainName, reference, short, singular, Unplannable } from './naming.ts'
import type { Planning } from './planning.ts'
import { newRowGroup, type RowGroup } from './rows.ts'
import { fixturesOf, matrixName, tableName } from './tables.ts'
import { namesUserByName } from './user-naming.ts'
import { valueFor } from './values.ts'

/**
 * Plans the matrix of a function and its overloads: a call with arguments that name rows of the run.
 *
 * @throws Unplannable where no overload can be called.
 */
export function functionMatrix(planning: Planning, overloads: Inventory['functions']): PlannedMatrix {
  const [first] = overloads
  if (first === undefined) throw new Unplannable('there is no function')
  if (/^\s|\s$/.test(first.name)) throw new Unplannable('a matrix cannot write its name')
  const name = tableName(first)
  const declared = own(planning.schema.catalog.functions, name) ?? []
  const title = overloads.map((one) => `function ${signature(one)}`).join(', ')
  const notes: string[] = [...(planning.lessons.remarks.get(title) ?? [])]
  const book = newRowGroup('matrix', false)
  const operations: PlannedOperation[] = []
  let of: string | null = null
  for (const [n, one] of overloads.entries()) {
    const overload = declared[n]
    if (overload === undefined) continue
    try {
      const shown = shownRow(planning, overload, book)
      const call = argumentsOf(planning, overload, book)
      refuseUnbounded(planning, overload, one, call)
      of ??= shown?.table ?? null
      const label = overloads.length === 1 ? 'call' : `call (${one.arguments})`
      operations.push({
        name: plainName(label),
        body: { call, ...(shown === null ? {} : { reads: shown.name }) },
      })
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error
      notes.push(overloads.length === 1 ? error.message : `${signature(one)}: ${error.message}`)
    }
  }
  if (operations.length === 0) throw new Unplannable(notes.join('; '))
  const hasTables = new Set([...book.rows.values()].map(({ table }) => table)).size > 1
  return {
    name: matrixName(first),
    title,
    resource: { function: name, ...(of !== null && hasTables ? { of } : {}) },
    fixtures: [...book.rows.values()],
    operations,
    notes,
    shown: null,
  }
}

/** The row of the table whose rows a function returns. */
function shownRow(planning: Planning, { returnsRowsOf }: DatabaseFunction, book: RowGroup): PlannedRow | null {
  if (returnsRowsOf === null || own(planning.schema.catalog.relations, returnsRowsOf)?.kind !== 'table') return null
  return rowOf(planning, returnsRowsOf, book)
}

function rowOf(planning: Planning, table: string, book: RowGroup): PlannedRow {
  const { people, rows } = planning
  if (table === people.tenant) {
    const tenant = rows.tenant('alice')
    if (tenant !== null) return tenant
  }
  if (table === people.membership?.table) {
    const membership = rows.membership(rows.world, 'alice')
    if (membership !== null) return membership
  }
  if (rows.isSingle(table)) return rows.single(table, 'alice')
  const fixtures = fixturesOf(planning, table)
  const label = fixtures.book.rows.has(fixtures.main.name) ? `alice's ${short(table)}` : fixtures.main.name
  for (const row of fixtures.book.rows.values()) {
    const named = row.name === fixtures.main.name ? { ...row, name: label } : row
    if (!book.rows.has(named.name)) book.rows.set(named.name, named)
  }
  return book.rows.get(label) ?? fixtures.main
}

function argumentsOf(planning: Planning, overload: DatabaseFunction, book: RowGroup): JsonObject {
  const entries = overload.arguments.flatMap(({ name, type, optional }): readonly (readonly [string, Json])[] => {
    if (name === '') throw new Unplannable('an argument has no name')
    const row = rowNamed(planning, name, type, book)
    if (row !== null) return [[name, row]]
    if (optional) return []
    const value = valueFor(
      { column: stripped(name), type, facts: [], side: 'alice', unique: false },
      planning.schema.types,
    )
    if (value === undefined || type === 'uuid' || type === 'uuid[]') {
      throw new Unplannable(`what the argument ${name} (${type}) names is not known`)
    }
    return [[name, value]]
  })
  return Object.fromEntries(entries)
}

/** `p_org_id` → `org_id` */
function stripped(name: string): string {
  return name.replace(/^(_+|p_|in_|arg_|v_|target_|the_|input_|param_|new_)+|(_param|_arg|_input)+$/gi, '') || name
}

/** The key of a row that an argument names: of a user, of a tenant, or of the table that it is called after. */
function rowNamed(planning: Planning, argument: string, type: string, book: RowGroup): Json | null {
  const name = stripped(argument)
  const item = type.replace(/\[\]$/, '')
  const wrap = (value: string): Json => (item === type ? value : [value])
  if (item === 'text' && /^(user_)?e_?mail(_address)?$/i.test(name)) return wrap(reference('alice', 'email'))
  const { relations } = planning.schema.catalog
  const tables = Object.values(relations).filter(({ kind, name: table }) => kind === 'table' && !isOfService(table))
  const named = tablesCalled(name.replace(/_?(id|ids|uuid|slug)$/i, ''), tables)
  for (const { name: table, primaryKey, columns } of named) {
    const [key, second] = primaryKey
    if (key === undefined || second !== undefined) continue
    const column = /slug$/i.test(name) ? 'slug' : key
    if (own(columns, column)?.type !== item) continue
    try {
      return wrap(reference(rowOf(planning, table, book).name, column))
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error
    }
  }
  const [unique] = uniqueColumns(name, item, tables)
  if (unique !== undefined && item !== 'text')
    return wrap(reference(rowOf(planning, unique.table, book).name, unique.column))
  if (item === 'uuid' && namesUserByName(name)) return wrap(reference('alice', 'id'))
  const { tenant } = planning.people
  if (tenant === null || !/^(.+_)?(org|organi[sz]ation|tenant|workspace|team|company|account)(_?id)?$/i.test(name))
    return null
  const [id] = own(relations, tenant)?.primaryKey ?? []
  const row = planning.rows.tenant('alice')
  return row === null || id === undefined || own(relations, tenant)?.columns[id]?.type !== item
    ? null
    : wrap(reference(row.name, id))
}

function isOfService(table: string): boolean {
  return /^(auth|storage|realtime|vault|extensions|graphql|net|cron|supabase_\w+)\./.test(table)
}

/** The tables that a word may mean, the likeliest first: `season`, `conv` for `conversations`, `listing` for `service_listings`. */
function tablesCalled(written: string, tables: readonly Relation[]): readonly Relation[] {
  const word = written.toLowerCase()
  if (word === '') return []
  const named = tables.map((table) => ({ table, name: short(table.name).toLowerCase() }))
  const exact = named.filter(({ name }) => name === word || singular(name) === singular(word))
  const begun = named.filter(({ name }) => word.length > 2 && name.startsWith(word))
  const ending = named.filter(({ name }) => singular(name).endsWith(`_${singular(word)}`))
  const within = named.filter(({ name }) => word.endsWith(`_${singular(name)}`))
  const shortest = (some: typeof named) => [...some].sort((one, other) => one.name.length - other.name.length)
  return [...exact, ...shortest(begun), ...shortest(ending), ...within].map(({ table }) => table)
}

/** Unique columns that an argument is called after: `token`, or `invite_token` of `invites`. */
function uniqueColumns(name: string, type: string, tables: readonly Relation[]) {
  return tables.flatMap((table) =>
    table.uniqueKeys.flatMap(([column, second]) => {
      if (column === undefined || second !== undefined || own(table.columns, column)?.type !== type) return []
      const isMeant = name === column || name === `${singular(short(table.name))}_${column}`
      return isMeant ? [{ table: table.name, column }] : []
    }),
  )
}

/**
 * A function that may write is called with something of this run: without it, the rows that it writes may be of others.
 */
function refuseUnbounded(
  { schema }: Planning,
  { volatility }: DatabaseFunction,
  one: Inventory['functions'][number],
  call: JsonObject,
): void {
  if (volatility !== 'volatile' || namesIn(call).some((name) => !isUniqueReference(name))) return
  const body = schema.bodies[`${one.schema}.${one.name}(${one.arguments})`] ?? ''
  if (
    body !== '' &&
    !/\b(insert|update|delete|truncate|merge|execute|perform|call|copy|nextval|setval|set_config|create|alter|drop|grant|http\w*|net|cron)\b/i.test(
      body,
    )
  )
    return
  throw new Unplannable('it may write, and takes no row of the run: it could write to rows of others')
}
