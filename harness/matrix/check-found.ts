import type { Json, JsonObject } from '../json.ts'
import { allOf, quote } from '../message-text.ts'
import type { KeyPath, RowDeclaration } from '../model/matrix.ts'
import { isFresh, namesRun, type Reference, referencesIn } from '../model/references.ts'
import { own } from '../values.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Report } from './report.ts'

const expected = "a user's `id`, `$run`, or the key of another row of this run in one of its columns"

/** Reports a row whose `find` holds no value of this run. */
export function checkFound(find: JsonObject, path: KeyPath, report: Report): void {
  for (const { at, text } of referencesIn(find).filter(isFresh)) {
    const found = `${quote(text)}, which no row can hold already`
    report({
      code: 'found-unique',
      path: [...path, ...at],
      found,
      expected: 'a value that identifies the row that is there',
    })
  }
  if (!namesRun(find)) reportSharedRow('a row that is found by nothing of this run', path, report)
}

/**
 * Reports a row that is found only by values that rows of other people may hold too: `$acme.plan` is a column of this run's row,
 * and still names a plan that all share.
 *
 * @param rows the world and the fixtures.
 */
export function checkFoundOfRun(
  row: RowDeclaration,
  path: KeyPath,
  rows: readonly RowDeclaration[],
  catalog: Catalog,
  report: Report,
): void {
  if (row.found !== true || holdsOfRun(row.values, rows, catalog)) return
  const texts = [...new Set(referencesIn(row.values).map(({ text }) => text))]
  reportSharedRow(`${allOf(texts)}, which rows of other people may hold too`, path, report)
}

function holdsOfRun(value: Json, rows: readonly RowDeclaration[], catalog: Catalog): boolean {
  return referencesIn(value).some((reference) => isOfRun(reference, rows, catalog))
}

function isOfRun({ name, column }: Reference, rows: readonly RowDeclaration[], catalog: Catalog): boolean {
  const row = rows.find((candidate) => candidate.name === name)
  // A reference that names no row names the run, or a user of it.
  if (row === undefined || column === null) return true
  const given = own(row.values, column)
  if (given !== undefined) return holdsOfRun(given, rows, catalog)
  const key = row.key ?? own(catalog.relations, row.table)?.primaryKey ?? []
  return key.length === 1 && key[0] === column
}

function reportSharedRow(found: string, path: KeyPath, report: Report): void {
  const hint = "without it, it could be another user's row"
  report({ code: 'row-of-nobody', path, found, expected, hint })
}
