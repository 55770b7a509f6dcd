import { isUniqueReference } from '../model/unique-values.ts'
import { own } from '../values.ts'
import type { Lessons, PlannedRow, Schema } from './model.ts'
import { namesIn } from './naming.ts'

/** How the database refused a row. */
export interface Refusal {
  readonly sqlstate: string
  readonly message: string
}

/** Lessons that can still be added to. */
export interface MutableLessons extends Lessons {
  readonly ways: Map<string, number>
  readonly required: Set<string>
  readonly omitted: Set<string>
  readonly made: Set<string>
  readonly single: Set<string>
  readonly refused: Map<string, string>
  readonly dropped: Set<string>
  readonly remarks: Map<string, string[]>
  metadata: boolean
  noGuest: string | null
  noUsers: string | null
}

export function newLessons(): MutableLessons {
  return {
    ways: new Map(),
    required: new Set(),
    omitted: new Set(),
    made: new Set(),
    single: new Set(),
    refused: new Map(),
    dropped: new Set(),
    remarks: new Map(),
    metadata: false,
    noGuest: null,
    noUsers: null,
  }
}

/**
 * Concludes from a refusal how the row has to be planned otherwise.
 *
 * @param isSecond true where a first copy of the row was taken.
 * @returns false where nothing can be concluded: the row cannot be made.
 */
export function addLesson(
  lessons: MutableLessons,
  schema: Schema,
  row: Pick<PlannedRow, 'name' | 'table' | 'values'>,
  { sqlstate, message }: Refusal,
  isSecond: boolean,
): boolean {
  switch (sqlstate) {
    case '23514':
      return learnCheck(lessons, schema, row.table, message)
    case '23502':
      return learnMissing(lessons, schema, row, message)
    case '23505':
      return learnTaken(lessons, schema, row, message, isSecond)
    case '23P01':
      return addTo(lessons.single, row.table)
    case '428C9':
      return learnGenerated(lessons, row, message)
    default:
      // A trigger counts the rows of a user.
      return isSecond && addTo(lessons.single, row.table)
  }
}

function learnCheck({ ways }: MutableLessons, schema: Schema, table: string, message: string): boolean {
  const [, name] = /check constraint "([^"]+)"/.exec(message) ?? []
  if (name === undefined) return false
  const ofTable = (schema.checks[table] ?? []).find((check) => check.name === name)
  const ofDomain = Object.entries(schema.types).flatMap(([type, info]) =>
    info.kind === 'domain' ? info.checks.filter((check) => check.name === name).map((check) => ({ type, check })) : [],
  )[0]
  const [owner, check] = ofTable === undefined ? [ofDomain?.type, ofDomain?.check] : [table, ofTable]
  if (owner === undefined || check === undefined) return false
  const key = `${owner} ${name}`
  const before = ways.get(key)
  // The first way may have been left to the defaults of the table.
  const next = before === undefined ? 0 : before + 1
  if (next >= check.ways.length) return false
  ways.set(key, next)
  return true
}

function learnMissing(
  { required }: MutableLessons,
  schema: Schema,
  { table, values }: Pick<PlannedRow, 'table' | 'values'>,
  message: string,
): boolean {
  const [, column, relation] = /null value in column "([^"]+)" of relation "([^"]+)"/.exec(message) ?? []
  if (column === undefined || relation !== table.slice(table.indexOf('.') + 1)) return false
  if (own(values, column) !== undefined || own(schema.catalog.relations[table]?.columns ?? {}, column) === undefined) {
    return false
  }
  return addTo(required, `${table} ${column}`)
}

/** A row with this key is there: a trigger has made it, or there can be only one. */
function learnTaken(
  lessons: MutableLessons,
  schema: Schema,
  { name, table, values }: Pick<PlannedRow, 'name' | 'table' | 'values'>,
  message: string,
  isSecond: boolean,
): boolean {
  const relation = schema.catalog.relations[table]
  const [, written = ''] = /Key \(([^=]*)\)=/.exec(message) ?? []
  const [, constraint = ''] = /unique constraint "([^"]+)"/.exec(message) ?? []
  const columns = written.split(', ').map((column) => column.replace(/^"|"$/g, '').replace(/""/g, '"'))
  if (relation === undefined) return false
  // A row that a trigger adds to another table.
  const isOwn = columns.some((column) => own(relation.columns, column) !== undefined)
  if (!isOwn && constraint !== '') return false
  const optional = columns.find((column) => {
    const known = own(relation.columns, column)
    const linked = relation.foreignKeys.some((key) => key.columns.includes(column))
    return known?.nullable === true && !linked && own(values, column) !== undefined
  })
  if (optional !== undefined && addTo(lessons.omitted, `${table} ${optional}`)) return true
  const names = columns.flatMap((column) => namesIn(own(values, column) ?? null))
  const isOfRun = names.length > 0 && !names.some((one) => isUniqueReference(one))
  if (!isSecond && isOfRun && addTo(lessons.made, `${table} ${name}`)) return true
  return addTo(lessons.single, table)
}

function learnGenerated({ omitted }: MutableLessons, { table }: Pick<PlannedRow, 'table'>, message: string): boolean {
  const [, column] = /column "([^"]+)"/.exec(message) ?? []
  return column !== undefined && addTo(omitted, `${table} ${column}`)
}

/** @returns true when it is new. */
export function addTo(set: Set<string>, item: string): boolean {
  const isNew = !set.has(item)
  set.add(item)
  return isNew
}
