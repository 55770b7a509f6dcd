import { grantOf, rowsOf } from '../inventory/access.ts'
import { type Command, clientRoles, type InventoryRelation } from '../inventory/model.ts'
import { relationTitle } from '../inventory/names.ts'
import { type Json, type JsonObject, sameJson } from '../json.ts'
import { collidingKeys, keysOf } from '../model/keys.ts'
import { namesRun } from '../model/references.ts'
import { isUniqueReference } from '../model/unique-values.ts'
import { own } from '../values.ts'
import type { Column, Relation } from '../witness/catalog.ts'
import type { PlannedMatrix, PlannedOperation, PlannedRow } from './model.ts'
import { namesIn, plainName, reference, Unplannable } from './naming.ts'
import type { Planning } from './planning.ts'
import { newRowGroup, type RowGroup } from './rows.ts'
import { namesUser } from './user-naming.ts'
import { isDistinct, valuesFor } from './values.ts'

/** The rows of a matrix, and the one that its operations are about. */
export interface Fixtures {
  readonly book: RowGroup
  readonly main: PlannedRow
  /** Further rows of the table that are worth reading. */
  readonly beside: readonly PlannedRow[]
  /** True where the row is in the world and is found: no cell can remove it. */
  readonly isFound: boolean
  /** True where the row of the world cannot be found again, so that cells may read it alone. */
  readonly readOnly: boolean
}

/** @returns schema and name, as a matrix writes them. */
export function tableName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`
}

/**
 * Plans the matrix of a table: rows of the first user, and an operation for each granted command.
 *
 * @throws Unplannable
 */
export function tableMatrix(planning: Planning, relation: InventoryRelation): PlannedMatrix {
  const table = tableName(relation)
  const title = relationTitle(relation)
  const notes = [...(planning.lessons.remarks.get(title) ?? [])]
  if (relation.kind === 'foreign table') throw new Unplannable('rows of a foreign table are made elsewhere')
  if (/^\s|\s$/.test(relation.name)) throw new Unplannable('a matrix cannot write its name')
  const fixtures = fixturesOf(planning, table)
  const operations = [
    ...reads(planning, relation, fixtures, notes),
    ...adds(planning, relation, fixtures, notes),
    ...changes(planning, relation, fixtures, notes),
    ...removes(planning, relation, fixtures, notes),
  ]
  if (operations.length === 0) throw new Unplannable(notes.join('; ') || 'no operation could be worked out')
  return {
    name: matrixName(relation),
    title,
    resource: { table, ...keyed(planning.rows.table(table), fixtures) },
    fixtures: [...fixtures.book.rows.values()],
    operations,
    notes,
    shown: null,
  }
}

/** @returns the name of a relation, with its schema where that is not `public`. */
export function matrixName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return plainName(schema === 'public' ? name : `${schema} ${name}`)
}

function keyed(relation: Relation, { main }: Fixtures): JsonObject {
  return relation.primaryKey.length > 0 || main.key === null ? {} : { key: [...main.key] }
}

/**
 * Plans the rows of the matrix of a table. Every cell that writes gets copies of them: where a key would be the same in all
 * copies, the rows belong to a tenant of their own, and where that is not enough, they are in the world.
 *
 * @param fixed values that the row has to have.
 * @throws Unplannable
 */
export function fixturesOf(planning: Planning, table: string, fixed: JsonObject = {}): Fixtures {
  const { rows, people, schema } = planning
  if (table === people.tenant) return ofTeam(planning)
  if (table === people.membership?.table) return ofMembership(planning)
  while (!rows.isSingle(table)) {
    let alike: readonly PlannedRow[] = []
    for (const team of people.tenant === null ? [false] : [false, true]) {
      const book = newRowGroup('matrix', team)
      const main = rows.row(book, table, 'alice', nameOf(planning, table), fixed)
      if (team) for (const side of ['alice', 'bob'] as const) rows.membership(book, side)
      alike = alikeIn(book, schema)
      if (alike.length === 0) return { book, main, beside: [], isFound: main.found, readOnly: false }
    }
    // A parent that cannot be copied is in the world, and its children can be copied.
    const parents = alike.filter((row) => !rows.isSingle(row.table))
    for (const row of parents) rows.keepSingle(row.table)
    if (parents.length === 0) rows.keepSingle(table)
  }
  const standing = rows.single(table, 'alice')
  const book = newRowGroup('matrix', false)
  const find = findOf(standing, rows.table(table))
  if (find === null) return { book, main: standing, beside: [], isFound: true, readOnly: true }
  const main: PlannedRow = { name: "alice's", table, key: standing.key, values: find, found: true }
  book.rows.set(main.name, main)
  return { book, main, beside: [], isFound: true, readOnly: false }
}

/** How a fixture finds a row of the world: by the users that its key names, or by the key that it was given. */
function findOf({ name, values, found }: PlannedRow, relation: Relation): JsonObject | null {
  const isLasting = (find: JsonObject) => {
    const names = namesIn(find)
    return names.length > 0 && !names.some((one) => isUniqueReference(one))
  }
  if (found && isLasting(values)) return values
  const key = keysOf(relation).find((columns) => columns.every((column) => own(values, column) !== undefined))
  const find = Object.fromEntries((key ?? []).map((column) => [column, values[column] ?? null]))
  if (isLasting(find)) return find
  const [id, second] = relation.primaryKey
  // A key that was given literally may be that of rows of others.
  if (id === undefined || second !== undefined || own(values, id) !== undefined) return null
  return { [id]: reference(name, id) }
}

function ofTeam({ rows }: Planning): Fixtures {
  const book = newRowGroup('matrix', true)
  const main = rows.team(book)
  if (main === null) throw new Unplannable('there is no tenant')
  for (const side of ['alice', 'bob'] as const) rows.membership(book, side)
  return { book, main, beside: [], isFound: main.found, readOnly: false }
}

function ofMembership({ rows }: Planning): Fixtures {
  const book = newRowGroup('matrix', true)
  const [owner, main] = [rows.membership(book, 'alice'), rows.membership(book, 'bob')]
  if (owner === null || main === null) throw new Unplannable('there is no membership')
  return { book, main, beside: [owner], isFound: main.found, readOnly: false }
}

/** A row that belongs to a user is called after the user. */
function nameOf({ people, schema }: Planning, table: string): string {
  const relation = own(schema.catalog.relations, table)
  const columns = Object.keys(relation?.columns ?? {})
  const isOwned =
    relation !== undefined &&
    (columns.some((column) => namesUser(relation, column, people.profiles)) ||
      relation.foreignKeys.some(({ references }) => people.profiles.has(references)))
  return isOwned || people.tenant !== null ? "alice's" : 'one'
}

/** The rows of a book that would hold the same key in every copy. */
function alikeIn(book: RowGroup, { catalog }: Planning['schema']): readonly PlannedRow[] {
  return [...book.rows.values()].filter((row) => !isDifferent(row, book, catalog.relations[row.table]))
}

/** True when every key of a row differs from copy to copy. A value that the database fills in does. */
function isDifferent(row: PlannedRow, book: RowGroup, relation: Relation | undefined): boolean {
  if (relation === undefined || row.found) return true
  return collidingKeys(relation).every((key) =>
    key.some((column) => {
      const value = own(row.values, column)
      if (value === undefined) return true
      const names = namesIn(value)
      return value === null || names.some((name) => isUniqueReference(name) || refersToCopy(name, row, book))
    }),
  )
}

function refersToCopy(name: string, row: PlannedRow, book: RowGroup): boolean {
  const other = book.rows.get(name)
  return other !== undefined && other.name !== row.name && !other.found
}

/** The columns of a command that some client role holds; null for all of them. */
function grantedColumns({ schema }: Planning, relation: InventoryRelation, command: Command): readonly string[] | null {
  const roles = clientRoles.filter((role) => rowsOf(schema.inventory, relation, role, command).kind !== 'none')
  if (roles.some((role) => grantOf(relation, role, command) === 'whole')) return null
  return relation.columnPrivileges
    .filter(({ privileges }) => roles.some((role) => privileges[role]?.includes(command) === true))
    .map(({ column }) => column)
}

/** @returns true when some client role has a grant for a command on a relation. */
export function isGranted({ schema }: Planning, relation: InventoryRelation, command: Command): boolean {
  return clientRoles.some((role) => rowsOf(schema.inventory, relation, role, command).kind !== 'none')
}

/** @returns the operations that read. */
export function reads(
  planning: Planning,
  relation: InventoryRelation,
  { main, beside }: Fixtures,
  notes: string[],
): readonly PlannedOperation[] {
  if (!isGranted(planning, relation, 'select')) return []
  const columns = grantedColumns(planning, relation, 'select')
  const some = columns === null ? {} : { columns: [...columns] }
  if (columns !== null) notes.push(`read asks for the columns that some role may select: ${columns.join(', ')}`)
  const name = (row: PlannedRow) => (beside.length === 0 ? 'read' : `read ${row.name}`)
  return [main, ...beside].map((row) => ({ name: name(row), body: { select: row.name, ...some } }))
}

function adds(
  planning: Planning,
  relation: InventoryRelation,
  { book, main, isFound }: Fixtures,
  notes: string[],
): readonly PlannedOperation[] {
  if (!isGranted(planning, relation, 'insert')) return []
  const table = tableName(relation)
  const { rows, people } = planning
  if (isFound && rows.isSingle(table)) {
    notes.push(`insert is not tried: every user has a row of ${table} already`)
    return []
  }
  try {
    const values = newRow(planning, table, book, main)
    const columns = grantedColumns(planning, relation, 'insert')
    const missing = columns === null ? [] : Object.keys(values).filter((column) => !columns.includes(column))
    const needed = missing.filter((column) => isRequired(planning, table, column))
    if (needed.length > 0) {
      notes.push(`insert is not tried: no role may insert ${needed.join(', ')}`)
      return []
    }
    const sent = Object.fromEntries(Object.entries(values).filter(([column]) => !missing.includes(column)))
    if (!namesRun(sent)) {
      notes.push('insert is not tried: no column of the new row can say that it is of this run')
      return []
    }
    const name = table === people.membership?.table ? 'add mallory' : 'add'
    if (planning.lessons.dropped.has(`${relationTitle(relation)} ${name}`)) return []
    return [{ name, body: { insert: sent }, adds: { table, values: sent } }]
  } catch (error) {
    if (!(error instanceof Unplannable)) throw error
    notes.push(`insert is not tried: ${error.message}`)
    return []
  }
}

/** A row that the actor adds, whose keys differ from those of the fixtures. */
function newRow({ rows, people, schema }: Planning, table: string, book: RowGroup, main: PlannedRow): JsonObject {
  const [userColumn] = people.membership?.userColumns ?? []
  if (table === people.membership?.table && userColumn !== undefined) {
    return rows.values(book, table, 'bob', 'new', { [userColumn]: reference('mallory', 'id') })
  }
  const plain = newRowGroup('matrix', false)
  const collides = (values: JsonObject) =>
    collidingKeys(schema.catalog.relations[table] ?? rows.table(table)).some((key) =>
      key.every((column) => {
        const [one, two] = [own(values, column), own(main.values, column)]
        if (one === undefined || two === undefined || isDistinct(one)) return false
        return sameJson(JSON.parse(JSON.stringify(one).replaceAll('$actor.', '$alice.')), two)
      }),
    )
  for (const [home, label] of [
    [book, 'new'],
    [plain, 'another'],
  ] as const) {
    const before = new Map(book.rows)
    const values = rows.values(home, table, 'actor', label)
    const isCopied = alikeIn(home, schema).length === 0
    if (!collides(values) && isCopied) {
      for (const [name, row] of plain.rows) book.rows.set(name, row)
      return values
    }
    for (const name of book.rows.keys()) if (!before.has(name)) book.rows.delete(name)
  }
  throw new Unplannable('the new row would have the key of the fixture')
}

function isRequired({ schema }: Planning, table: string, name: string): boolean {
  const column = own(schema.catalog.relations[table]?.columns ?? {}, name)
  return column !== undefined && !column.nullable && !column.hasDefault
}

/** Columns by which a user could gain rights. */
const privileged =
  /^(.*_)?(role|permissions?|is_\w*admin|is_staff|is_owner|is_verified|is_approved|verified|approved|plan|tier|credits|balance|quota)$/i

function changes(
  planning: Planning,
  relation: InventoryRelation,
  fixtures: Fixtures,
  notes: string[],
): readonly PlannedOperation[] {
  const { main, readOnly } = fixtures
  const isUpdatable = isGranted(planning, relation, 'update')
  const isPublished = planning.schema.inventory.published.some(
    ({ schema, name }) => schema === relation.schema && name === relation.name,
  )
  const isHeard = isPublished && isGranted(planning, relation, 'select')
  if (!isUpdatable && !isHeard) return []
  if (readOnly) {
    notes.push('update is not tried: nothing names the row as one of this run')
    return []
  }
  const columns = grantedColumns(planning, relation, 'update')
  const sets = settable(planning, tableName(relation), main, isUpdatable ? columns : null)
  const [first] = sets.filter(({ column }) => !privileged.test(column)).concat(sets)
  if (first === undefined) {
    notes.push('update is not tried: no column was found that can take another value')
    return []
  }
  const { column, value } = first
  const set = { [column]: value }
  const powers = sets.filter((one) => privileged.test(one.column) && one.column !== column).slice(0, 2)
  return [
    ...(isUpdatable ? [{ name: 'change', body: { update: main.name, set } }] : []),
    ...(isUpdatable
      ? powers.map((one) => ({
          name: `set ${plainName(one.column)}`,
          body: { update: main.name, set: { [one.column]: one.value } },
        }))
      : []),
    ...(isHeard ? [{ name: 'hear a change', body: { subscribe: main.name, on: 'update', set } }] : []),
  ]
}

/** @returns columns that can take another value, texts first. */
export function settable(
  { schema, people, lessons }: Planning,
  table: string,
  main: PlannedRow,
  granted: readonly string[] | null,
): readonly { readonly column: string; readonly value: JsonObject[string] }[] {
  const relation = schema.catalog.relations[table]
  if (relation === undefined) return []
  const facts = (schema.checks[table] ?? []).flatMap(
    ({ name, ways }) => ways[lessons.ways.get(`${table} ${name}`) ?? 0] ?? [],
  )
  const linked = new Set([...relation.foreignKeys.flatMap(({ columns }) => columns), ...relation.primaryKey])
  const inKeys = new Set(collidingKeys(relation).flat())
  const free = Object.values(relation.columns).filter(
    ({ name, generated, identity }) =>
      !generated &&
      identity === 'no' &&
      !linked.has(name) &&
      !namesUser(relation, name, people.profiles) &&
      !/^(created|updated|inserted|modified)(_at|_on|At)$/.test(name) &&
      !lessons.omitted.has(`${table} ${name} set`) &&
      (granted === null || granted.includes(name)),
  )
  const usable = free.flatMap((column) => {
    const { name, type } = column
    const wanted = { column: name, type, facts, side: 'alice' as const, unique: inKeys.has(name) }
    const before = own(main.values, name) ?? defaultOf(column)
    const values = valuesFor(wanted, schema.types)
    const changed = values.map(redone).find((value) => !sameJson(value, before))
    const isGiven = own(main.values, name) !== undefined
    return changed === undefined ? [] : [{ column: name, value: changed, rank: rankOf(type, isGiven) }]
  })
  return usable.sort((one, other) => one.rank - other.rank)
}

/** @returns the value of a column that is not given, where its default is a constant. */
function defaultOf({ default: expression = null }: Column): Json {
  if (expression === null) return null
  const text = /^'((?:[^']|'')*)'(?:::.*)?$/.exec(expression)?.[1]
  if (text !== undefined) return text.replaceAll("''", "'")
  if (expression === 'true' || expression === 'false') return expression === 'true'
  return /^-?\d+(\.\d+)?$/.test(expression) ? Number(expression) : null
}

/** A text that the run recognises as the changed one. */
function redone(value: JsonObject[string]): JsonObject[string] {
  return typeof value === 'string' ? value.replace(/^Trespass (?=\$unique)/, 'Changed ') : value
}

function rankOf(type: string, isGiven: boolean): number {
  const isText = /^(text|character varying)/.test(type)
  return (isText ? 0 : 2) + (isGiven ? 0 : 1)
}

function removes(
  planning: Planning,
  relation: InventoryRelation,
  { main, isFound }: Fixtures,
  notes: string[],
): readonly PlannedOperation[] {
  if (!isGranted(planning, relation, 'delete')) return []
  if (isFound) {
    notes.push('delete is not tried: the row is there once for a user, and could not be put back')
    return []
  }
  return [{ name: 'remove', body: { delete: main.name } }]
}
