import { z } from 'zod'
import { isObject, type Json, type JsonObject, sameJson } from '../json.ts'
import { qualifiedName, rowValues } from '../matrix/shapes.ts'
import type { KeyPath } from '../model/matrix.ts'
import { namesRun } from '../model/references.ts'
import type { StateCheck } from '../model/scenario.ts'
import type { Names } from './names.ts'

const bound = z.union([z.number(), z.strictObject({ at_most: z.number() }), z.strictObject({ at_least: z.number() })])
type Bound = z.output<typeof bound>

/** Rows of a table that belong to the round: one of the given values refers to a row of the round. */
export const rowsExpected = z.strictObject({
  table: qualifiedName,
  where: rowValues.describe('the columns by which the rows are found; one of them refers to something of the round'),
  count: bound.optional().describe('how many rows there are'),
  sum: z.record(z.string(), bound).optional().describe('by column: what its values add up to'),
  each: rowValues.optional().describe('columns that every one of the rows has'),
})

/** The expected state: columns of a fixture, or rows of a table. */
export const stateExpected = z.record(z.string(), z.union([rowsExpected, rowValues]))
export type StateExpected = z.output<typeof stateExpected>

/** The value found for a column when no row exists. */
export const noRows = 'no rows'

export type RowsExpected = z.output<typeof rowsExpected>

export function isRows(expected: StateExpected[string]): expected is RowsExpected {
  return rowsExpected.safeParse(expected).success
}

/** @returns a check for each column of a row against its expected value; null stands for a missing row. */
export function checkRow(name: string, expected: JsonObject, row: JsonObject | null): readonly StateCheck[] {
  if (row === null) return [{ name, expected, found: 'no such row', holds: false }]
  return Object.entries(expected).map(([column, value]) => {
    const found = row[column] ?? null
    return { name: `${name}.${column}`, expected: value, found, holds: sameJson(found, value) }
  })
}

/** @returns checks of the number of rows and of their sums against the expected ones. */
export function checkRows(
  name: string,
  { count, sum = {} }: Pick<RowsExpected, 'count' | 'sum'>,
  each: JsonObject,
  rows: readonly JsonObject[],
): readonly StateCheck[] {
  const checks: StateCheck[] = []
  if (count !== undefined) checks.push(checkBound(`rows of ${name}`, count, rows.length))
  for (const [column, value] of Object.entries(sum)) {
    const found = rows.reduce((total, row) => total + Number(row[column] ?? 0), 0)
    checks.push(checkBound(`the sum of ${name}.${column}`, value, found))
  }
  for (const [column, value] of Object.entries(each)) {
    const values = rows.map((row) => row[column] ?? null)
    const other = values.find((candidate) => !sameJson(candidate, value))
    // A statement about all rows is true of no rows, which proves nothing if rows were expected.
    const none = rows.length === 0 && (count === undefined || !isWithin(count, 0))
    const found = none ? noRows : other === undefined ? value : other
    checks.push({ name: `every ${name}.${column}`, expected: value, found, holds: !none && other === undefined })
  }
  return checks
}

function checkBound(name: string, expected: Bound, found: number): StateCheck {
  return { name, expected, found, holds: isWithin(expected, found) }
}

/** @returns whether a number equals the expected one or is within the bound. */
export function isWithin(expected: Bound, found: number): boolean {
  if (typeof expected === 'number') return found === expected
  return 'at_most' in expected ? found <= expected.at_most : found >= expected.at_least
}

/** @returns an expectation in words: `1`, `at most 3`, `"paid"`. */
export function expectedInWords(expected: Json): string {
  if (isObject(expected) && typeof expected.at_most === 'number') return `at most ${expected.at_most}`
  if (isObject(expected) && typeof expected.at_least === 'number') return `at least ${expected.at_least}`
  return JSON.stringify(expected)
}

/** Checks the names in what is expected of the state. */
export function checkExpected(expected: StateExpected, path: KeyPath, names: Names): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const at = [...path, name]
    if (!isRows(wanted)) {
      names.row(name, at)
      names.references(wanted, at)
      continue
    }
    names.references(wanted.where, [...at, 'where'])
    if (wanted.each !== undefined) names.references(wanted.each, [...at, 'each'])
    if (wanted.count === undefined && wanted.sum === undefined && wanted.each === undefined) {
      names.refuse(at, 'no-state', 'rows of which nothing is said', '`count`, `sum` or `each`')
    }
    if (!namesRun(wanted.where)) {
      const found = 'rows that nothing of the round identifies'
      names.refuse([...at, 'where'], 'unbound-rows', found, 'a reference to a fixture, an actor or `$unique`')
    }
  }
}
