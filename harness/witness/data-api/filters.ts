import { TrespassError } from '../../errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { columnInQuery } from '../../postgrest-name.ts'
import type { Relation } from '../catalog.ts'
import { UnknownName } from '../errors.ts'

/**
 * Writes a filter of the Data API for the rows whose columns equal the values of one of the keys.
 *
 * @param keys all of them name the same columns.
 * @throws TrespassError `no-columns` when a key names no column, since that would mean every row; UnknownName.
 */
export function filterOf(relation: Relation, keys: readonly JsonObject[]): URLSearchParams {
  const query = new URLSearchParams()
  const [first, second] = keys
  const columns = Object.keys(first ?? {})
  if (columns.length === 0) {
    throw new TrespassError('no-columns', `rows of ${relation.name} are to be found by no column at all`)
  }
  for (const name of columns) {
    if (!Object.hasOwn(relation.columns, name)) throw new UnknownName('column', `${relation.name}.${name}`)
  }
  const [only] = columns
  if (first !== undefined && second === undefined) {
    for (const name of columns) query.append(columnInQuery(name), plain(relation, name, first[name] ?? null))
  } else if (only !== undefined && columns.length === 1 && keys.every((key) => (key[only] ?? null) !== null)) {
    const values = keys.map((key) => quoted(textOf(relation, only, key[only] ?? null)))
    query.append(columnInQuery(only), `in.(${values.join(',')})`)
  } else {
    const each = keys.map((key) => `and(${columns.map((name) => inList(relation, name, key[name] ?? null)).join(',')})`)
    query.append('or', `(${each.join(',')})`)
  }
  return query
}

function plain(relation: Relation, name: string, value: Json): string {
  return value === null ? 'is.null' : `eq.${textOf(relation, name, value)}`
}

function inList(relation: Relation, name: string, value: Json): string {
  const column = columnInQuery(name)
  return value === null ? `${column}.is.null` : `${column}.eq.${quoted(textOf(relation, name, value))}`
}

/** A value as PostgreSQL reads it from a text: a list is an array or JSON, as its column is. */
function textOf(relation: Relation, name: string, value: Json): string {
  if (isList(value)) return isArray(relation, name) ? arrayOf(value) : JSON.stringify(value)
  return isObject(value) ? JSON.stringify(value) : String(value)
}

function isArray(relation: Relation, name: string): boolean {
  return relation.columns[name]?.type.endsWith('[]') === true
}

function arrayOf(value: readonly Json[]): string {
  const elements = value.map((element) => {
    if (element === null) return 'NULL'
    if (isList(element)) return arrayOf(element)
    return quoted(isObject(element) ? JSON.stringify(element) : String(element))
  })
  return `{${elements.join(',')}}`
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
