import type { Position, Problem } from '../errors.ts'
import { didYouMean, quote } from '../message-text.ts'
import type { KeyPath, LoadedMatrix, Locate, Resource, Roster, RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog } from '../witness/catalog.ts'
import { checkOperationColumns } from './check-catalog-operations.ts'
import { checkResource } from './check-catalog-resource.ts'
import { checkRow, type RowPlace, tableOf } from './check-catalog-rows.ts'
import { checkFoundOfRun } from './check-found.ts'
import { checkInserts } from './check-inserts.ts'
import { checkUniqueKeys } from './check-unique.ts'
import { writtenValues } from './read-operations.ts'
import { valuesKey } from './read-rows.ts'
import { locatedReport, type Report } from './report.ts'

/**
 * Checks a matrix against the target: relations, functions, columns, arguments and keys.
 *
 * @returns every mistake; none when the matrix can be tried.
 */
export function checkAgainstCatalog(
  { matrix, locate }: LoadedMatrix,
  roster: Roster,
  catalog: Catalog,
  paths: readonly AccessPath[],
): Problem[] {
  const problems: Problem[] = []
  const report = locatedReport(locate, problems)
  if (!checkResource(matrix, catalog, paths, report)) return problems
  checkChangesOnRefusal(matrix.changesOnRefusal ?? {}, catalog, report)
  const rows = [...roster.world, ...matrix.fixtures]
  for (const fixture of matrix.fixtures) {
    const place = placeOfFixture(fixture, homeOf(matrix.resource), locate)
    checkRow(fixture, place, catalog, report)
    checkNamedColumns(fixture.values, place.values, rows, catalog, report)
    checkFoundOfRun(fixture, place.values, rows, catalog, report)
  }
  checkUniqueKeys(
    matrix,
    roster,
    catalog,
    paths,
    (fixture) => placeOfFixture(fixture, homeOf(matrix.resource), locate),
    report,
  )
  checkInserts(matrix, roster, catalog, paths, report)
  for (const operation of matrix.operations) {
    checkOperationColumns(operation, matrix, catalog, paths, report)
    checkNamedColumns(writtenValues(operation), ['operations', operation.name], rows, catalog, report)
  }
  return problems
}

/** Reports tables that may change on a refusal and are not there: a misspelt name would permit nothing. */
export function checkChangesOnRefusal(
  tables: Readonly<Record<string, string>>,
  catalog: Catalog,
  report: Report,
): void {
  for (const table of Object.keys(tables)) {
    const kind = own(catalog.relations, table)?.kind
    if (kind === 'table' || kind === 'unknown') continue
    report({
      code: 'unknown-relation',
      path: ['changes_on_refusal', table],
      on: 'key',
      found: kind === undefined ? `the table ${quote(table)}` : `the ${kind} ${quote(table)}`,
      expected: 'a table of the target',
      hint: didYouMean(table, Object.keys(catalog.relations)),
    })
  }
}

/**
 * Checks the world against the target.
 *
 * @param locate finds positions in the actors file; without it, a problem has the position of its row.
 */
export function checkWorldAgainstCatalog(roster: Roster, catalog: Catalog, locate?: Locate): Problem[] {
  const problems: Problem[] = []
  for (const row of roster.world) {
    const report = locatedReport(locate ?? ((): Position => row.at), problems)
    const path = ['world', row.name]
    const values = [...path, valuesKey(row)]
    checkRow(row, { row: path, table: [...path, 'table'], values }, catalog, report)
    checkNamedColumns(row.values, values, roster.world, catalog, report)
    checkFoundOfRun(row, values, roster.world, catalog, report)
  }
  return problems
}

/** @returns the table of a fixture that is written as plain values. */
function homeOf({ name, of }: Resource): string {
  return of ?? name
}

/** A fixture of the resource's own table may be written as plain values, whose columns are then one level higher. */
function placeOfFixture(fixture: RowDeclaration, resource: string, locate: Locate): RowPlace {
  const row = ['fixtures', fixture.name]
  const table = [...row, 'table']
  const long =
    fixture.found === true || fixture.table !== resource || !samePosition(locate(table, 'key'), locate(row, 'key'))
  return long ? { row, table, values: [...row, valuesKey(fixture)] } : { row, table: row, values: row }
}

function samePosition(one: Position, other: Position): boolean {
  return one.line === other.line && one.column === other.column
}

/** Reports references to columns that the rows which they name do not have. */
function checkNamedColumns(
  value: RowDeclaration['values'],
  path: KeyPath,
  rows: readonly RowDeclaration[],
  catalog: Catalog,
  report: Report,
): void {
  for (const { name, column, text, at } of referencesIn(value)) {
    const row = rows.find((candidate) => candidate.name === name)
    const columns = row === undefined ? undefined : tableOf(row.table, catalog)?.columns
    if (row === undefined || columns === undefined || column === null || own(columns, column) !== undefined) continue
    report({
      code: 'unknown-column',
      path: [...path, ...at],
      found: `the reference ${quote(text)}`,
      expected: `a column of ${quote(row.table)}`,
      hint: bracedColumn(name, column, Object.keys(columns)) ?? didYouMean(column, Object.keys(columns)),
    })
  }
}

/** @returns the form in braces where a reference breaks off at the first space or dot of a column's name. */
function bracedColumn(row: string, written: string, columns: readonly string[]): string | undefined {
  const meant = columns.find(
    (column) => column.startsWith(written) && /^[^\p{L}\p{N}_]/u.test(column.slice(written.length)),
  )
  return meant === undefined
    ? undefined
    : `write ${quote(`\${${row}.${meant}}`)}: a name with spaces, dots or hyphens stands in braces`
}
