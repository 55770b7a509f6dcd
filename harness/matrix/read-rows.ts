import type { z } from 'zod'
import type { Position } from '../errors.ts'
import { isObject, type Json } from '../json.ts'
import type { KeyPath, RowDeclaration } from './model.ts'
import type { Report } from './report.ts'
import { parseShape } from './shape-problems.ts'
import { tableRow } from './shapes.ts'
import { own } from './values.ts'
import { describe, quote } from './words.ts'

type TableRow = z.output<typeof tableRow>

/** Reads `{ table: …, values: … }`. */
export function readRow(value: Json, path: KeyPath, report: Report): TableRow | undefined {
  if (isObject(value) && typeof value.table === 'string' && !value.table.includes('.')) {
    reportBareTable(value.table, [...path, 'table'], report)
    return undefined
  }
  return parseShape(tableRow, value, path, report, Object.keys(tableRow.shape))
}

/** Reports a table that is named without its schema. */
export function reportBareTable(name: string, path: KeyPath, report: Report): void {
  const expected = 'schema and name, such as `public.documents`'
  const hint = /^\w+$/.test(name) ? `did you mean ${quote(`public.${name}`)}?` : undefined
  report({ code: 'wrong-value', path, found: describe(name), expected, hint })
}

/** @returns whether a fixture says itself in which table it lies, instead of giving plain values. */
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
export function asRow(name: string, row: TableRow, at: Position): RowDeclaration {
  const { table, key, values } = row
  return { name, table, ...(key === undefined ? {} : { key }), values, at }
}
