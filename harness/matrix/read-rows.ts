import type { Position } from '../errors.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { describe, quote } from '../message-text.ts'
import type { KeyPath, RowDeclaration } from '../model/matrix.ts'
import { own } from '../values.ts'
import { checkFound } from './check-found.ts'
import type { Report } from './report.ts'
import { parseShape } from './shape-problems.ts'
import { foundRow, tableRow } from './shapes.ts'

/** A row as it is written, without its name. */
export interface WrittenRow {
  readonly table: string
  readonly key?: readonly string[] | undefined
  readonly values: JsonObject
  readonly found?: true
}

/** Reads `{ table: …, values: … }` or `{ table: …, find: … }`. */
export function readRow(value: Json, path: KeyPath, report: Report): WrittenRow | undefined {
  if (isObject(value) && typeof value.table === 'string' && !value.table.includes('.')) {
    reportBareTable(value.table, [...path, 'table'], report)
    return undefined
  }
  if (!findsItsRow(value)) return parseShape(tableRow, value, path, report, Object.keys(tableRow.shape))
  const row = parseShape(foundRow, value, path, report, Object.keys(foundRow.shape))
  if (row === undefined) return undefined
  checkFound(row.find, [...path, 'find'], report)
  return { table: row.table, key: row.key, values: row.find, found: true }
}

/** @returns true when a row is declared as an existing one. */
export function findsItsRow(value: Json): value is JsonObject {
  if (!isObject(value)) return false
  const find = own(value, 'find')
  return isObject(find) || (find !== undefined && looksQualified(own(value, 'table')))
}

/** @returns the key of a row's columns in the long form. */
export function valuesKey({ found }: Pick<RowDeclaration, 'found'>): 'find' | 'values' {
  return found === true ? 'find' : 'values'
}

/** Reports a table that is named without its schema. */
export function reportBareTable(name: string, path: KeyPath, report: Report): void {
  const expected = 'schema and name, such as `public.documents`'
  const hint = /^\w+$/.test(name) ? `did you mean ${quote(`public.${name}`)}?` : undefined
  report({ code: 'wrong-value', path, found: describe(name), expected, hint })
}

/** @returns true when a fixture names its table itself, instead of giving plain values. */
export function namesItsTable(value: Json): boolean {
  if (!isObject(value)) return false
  const table = own(value, 'table')
  const values = own(value, 'values')
  return isObject(values) || (table !== undefined && values !== undefined) || looksQualified(table)
}

function looksQualified(table: Json | undefined): boolean {
  return typeof table === 'string' && /^\w+\.\w+$/.test(table)
}

/** @returns the declaration of a row. */
export function asRow(name: string, row: WrittenRow, at: Position): RowDeclaration {
  const { table, key, values, found } = row
  return { name, table, ...(key === undefined ? {} : { key }), values, ...(found === true ? { found } : {}), at }
}
