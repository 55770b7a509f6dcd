import { allOf, didYouMean, quote } from '../message-text.ts'
import type { KeyPath, RowDeclaration } from '../model/matrix.ts'
import { own } from '../values.ts'
import type { Catalog, Column, Relation } from '../witness/catalog.ts'
import type { Report } from './report.ts'

/** The places of a row's parts in the document. */
export interface RowPlace {
  readonly row: KeyPath
  readonly table: KeyPath
  readonly values: KeyPath
}

/** @returns the relation of a name in the catalog, or undefined. */
export function tableOf(name: string, catalog: Catalog): Relation | undefined {
  return own(catalog.relations, name)
}

/** @returns true when a relation holds rows of its own, and when its kind is unknown. */
export function isTable(relation: Relation): boolean {
  return relation.kind === 'table' || relation.kind === 'foreign-table' || relation.kind === 'unknown'
}

/** Reports a table or view that the catalog does not have. */
export function reportUnknownRelation(
  name: string,
  what: string,
  path: KeyPath,
  catalog: Catalog,
  report: Report,
): void {
  const found = `the ${what} ${quote(name)}`
  const hint = didYouMean(name, Object.keys(catalog.relations))
  report({ code: 'unknown-relation', path, found, expected: `a ${what} that the target has`, hint })
}

/** Checks that a fixture or a row of the world can be made and found again. */
export function checkRow(row: RowDeclaration, place: RowPlace, catalog: Catalog, report: Report): void {
  const relation = tableOf(row.table, catalog)
  if (relation === undefined) {
    reportUnknownRelation(row.table, 'table', place.table, catalog, report)
    return
  }
  if (!isTable(relation)) {
    const found = `the ${relation.kind} ${quote(row.table)}`
    report({ code: 'relation-kind', path: place.table, found, expected: 'a table, in which a row can be made' })
    return
  }
  for (const column of Object.keys(row.values)) {
    const path = [...place.values, column]
    if (row.found !== true) checkWritten(relation, column, path, report)
    else if (own(relation.columns, column) === undefined) reportUnknownColumn(relation, column, path, report)
  }
  checkKey(row, relation, place, report)
  if (row.found !== true) checkComplete(row, relation, place, report)
}

/** Reports a column that does not exist or takes no value. */
export function checkWritten(relation: Relation, name: string, path: KeyPath, report: Report): void {
  const column = own(relation.columns, name)
  if (column === undefined) {
    reportUnknownColumn(relation, name, path, report)
  } else if (isComputed(column)) {
    const found = `a value for ${quote(name)}, which is generated`
    report({
      code: 'generated-column',
      path,
      on: 'key',
      found,
      expected: `no value: ${quote(relation.name)} computes it`,
    })
  }
}

/** Reports a column that a table or view does not have. */
export function reportUnknownColumn(relation: Relation, name: string, path: KeyPath, report: Report): void {
  report({
    code: 'unknown-column',
    path,
    ...(typeof path.at(-1) === 'number' ? {} : { on: 'key' as const }),
    found: `the column ${quote(name)}`,
    expected: `a column of ${quote(relation.name)}`,
    hint: didYouMean(name, Object.keys(relation.columns)),
  })
}

function isComputed(column: Column): boolean {
  return column.generated || column.identity === 'always'
}

function checkKey(row: RowDeclaration, relation: Relation, place: RowPlace, report: Report): void {
  const unknown = (row.key ?? []).find((column) => own(relation.columns, column) === undefined)
  if (unknown !== undefined) {
    reportUnknownColumn(relation, unknown, [...place.row, 'key'], report)
  } else if (row.key === undefined && relation.primaryKey.length === 0) {
    const found = `no \`key\`, and ${quote(row.table)} has no primary key`
    report({
      code: 'no-key',
      path: place.row,
      on: 'key',
      found,
      expected: '`key: […]`, the columns that identify a row',
    })
  }
}

function checkComplete(row: RowDeclaration, relation: Relation, place: RowPlace, report: Report): void {
  const missing = Object.values(relation.columns).filter((column) => {
    const given = own(row.values, column.name)
    const filled = column.hasDefault || column.generated || column.identity !== 'no'
    return !column.nullable && (given === null || (given === undefined && !filled))
  })
  if (missing.length === 0) return
  const found = `no value for ${allOf(missing.map(({ name }) => name))}`
  const expected = `a value for every column of ${quote(row.table)} that is NOT NULL and has no default`
  report({ code: 'missing-column', path: place.row, on: 'key', found, expected })
}
