import type { JsonObject } from '../json.ts'
import { allOf, didYouMean, oneOf, quote } from '../message-text.ts'
import type { KeyPath, Matrix, OperationDeclaration } from '../model/matrix.ts'
import { namesRun } from '../model/references.ts'
import type { AccessPath, Footprint } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog, DatabaseFunction } from '../witness/catalog.ts'
import { checkWritten, reportUnknownColumn, reportUnknownRelation, tableOf } from './check-catalog-rows.ts'
import { mentionOf, placeOf } from './mentions.ts'
import { verbOf } from './read-operations.ts'
import type { Report } from './report.ts'

/** Checks the columns and arguments that an operation names. */
export function checkOperationColumns(
  operation: OperationDeclaration,
  matrix: Matrix,
  catalog: Catalog,
  paths: readonly AccessPath[],
  report: Report,
): void {
  const footprint = verbOf(operation, paths)?.footprint(operation.body, matrix.resource)
  if (footprint === undefined) return
  const written = checkWrites(footprint, operation, matrix, catalog, report)
  for (const { table, column, at } of footprint.columns) {
    const relation = tableOf(table, catalog)
    if (relation === undefined || own(relation.columns, column) !== undefined) continue
    if (written.has(`${table} ${column}`)) continue
    reportUnknownColumn(relation, column, ['operations', operation.name, ...at], report)
  }
  checkArguments(footprint, operation, matrix, catalog, report)
}

/** @returns the columns that have been checked, with their tables. */
function checkWrites(
  footprint: Footprint,
  operation: OperationDeclaration,
  matrix: Matrix,
  catalog: Catalog,
  report: Report,
): ReadonlySet<string> {
  const path = ['operations', operation.name]
  const checked = new Set<string>()
  for (const write of footprint.writes) {
    if (write.kind === 'remove') continue
    const fixture = write.kind === 'change' ? matrix.fixtures.find(({ name }) => name === write.fixture) : undefined
    const table = write.kind === 'add' ? write.table : fixture?.table
    const relation = table === undefined ? undefined : tableOf(table, catalog)
    if (write.kind === 'add' && relation === undefined) {
      const place = [...path, ...mentionOf(operation.body, write.table)]
      reportUnknownRelation(write.table, 'table', place, catalog, report)
    }
    if (table === undefined || relation === undefined) continue
    for (const row of write.kind === 'add' ? write.rows : [write.set]) {
      const place = [...path, ...placeOf(operation.body, row)]
      const conflict = write.merges === undefined ? [] : (write.merges ?? relation.primaryKey)
      if (mayBeOfOthers(conflict, row)) reportForeignMerge(conflict, place, report)
      const decided = write.kind === 'add' ? (write.decided ?? []) : []
      for (const column of Object.keys(row)) {
        checked.add(`${table} ${column}`)
        if (!decided.includes(column)) checkWritten(relation, column, [...place, column], report)
      }
    }
  }
  return checked
}

/**
 * A merge changes any row with these values. A value that only this run gives makes it a row of this run; a column that is not
 * given makes it a fixture or a new row.
 */
function mayBeOfOthers(conflict: readonly string[], row: JsonObject): boolean {
  return conflict.length > 0 && conflict.every((column) => Object.hasOwn(row, column) && !namesRun(row[column] ?? null))
}

function reportForeignMerge(conflict: readonly string[], path: KeyPath, report: Report): void {
  report({
    code: 'merge-with-others',
    path,
    found: `a merge by ${allOf(conflict)}, of which no value is this run’s`,
    expected: '`$unique`, `$run`, `$actor.id` or a column of another row in one of them',
    hint: 'it would change another user’s row with the same values',
  })
}

function checkArguments(
  footprint: Footprint,
  operation: OperationDeclaration,
  matrix: Matrix,
  catalog: Catalog,
  report: Report,
): void {
  const overloads = matrix.resource.kind === 'function' ? own(catalog.functions, matrix.resource.name) : undefined
  if (overloads === undefined || overloads.some((overload) => takes(overload, footprint))) return
  const [nearest] = [...overloads].sort((one, other) => strangers(one, footprint) - strangers(other, footprint))
  if (nearest === undefined) return
  const names = nearest.arguments.map(({ name }) => name)
  const expected = names.length === 0 ? 'no argument' : `an argument of ${quote(nearest.name)}: ${oneOf(names)}`
  for (const { name, at } of footprint.arguments) {
    if (names.includes(name)) continue
    const path = ['operations', operation.name, ...at]
    const found = `the argument ${quote(name)}`
    report({ code: 'unknown-argument', path, on: 'key', found, expected, hint: didYouMean(name, names) })
  }
  const missing = nearest.arguments.filter(({ name, optional }) => !optional && !gives(footprint, name))
  if (missing.length === 0) return
  const path = ['operations', operation.name, operation.verb]
  const found = `no value for ${allOf(missing.map(({ name }) => name))}`
  const wanted = `a value for every argument of ${quote(nearest.name)} without a default`
  report({ code: 'missing-argument', path, found, expected: wanted })
}

function takes(overload: DatabaseFunction, footprint: Footprint): boolean {
  const [only, second] = overload.arguments
  if (only?.name === '' && second === undefined) return true
  const complete = overload.arguments.every(({ name, optional }) => optional || gives(footprint, name))
  return complete && strangers(overload, footprint) === 0
}

function strangers(overload: DatabaseFunction, footprint: Footprint): number {
  const known = overload.arguments.map(({ name }) => name)
  return footprint.arguments.filter(({ name }) => !known.includes(name)).length
}

function gives(footprint: Footprint, argument: string): boolean {
  return footprint.arguments.some(({ name }) => name === argument)
}
