import { allOf, didYouMean, quote } from '../message-text.ts'
import type { Matrix } from '../model/matrix.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog, Relation } from '../witness/catalog.ts'
import { isTable, reportUnknownColumn, reportUnknownRelation, tableOf } from './check-catalog-rows.ts'
import { holdsRows } from './matrix-schema.ts'
import { verbOf } from './read-operations.ts'
import type { Report } from './report.ts'

/** Checks the resource of a matrix. @returns true when the rest of the matrix can be checked too. */
export function checkResource(matrix: Matrix, catalog: Catalog, paths: readonly AccessPath[], report: Report): boolean {
  const { resource } = matrix
  checkOf(matrix, catalog, report)
  if (resource.kind === 'function') {
    checkSharedKey(matrix, null, catalog, paths, report)
    return checkFunction(matrix, catalog, report)
  }
  if (!holdsRows(resource.kind) && resource.kind !== 'view') return true
  const path = ['resource', resource.kind]
  const relation = tableOf(resource.name, catalog)
  if (relation === undefined) {
    reportUnknownRelation(resource.name, resource.kind, path, catalog, report)
    return false
  }
  if (relation.kind !== 'unknown' && isTable(relation) !== holdsRows(resource.kind)) {
    const right = isTable(relation) ? 'table' : 'view'
    const found = `${quote(resource.name)} as a ${resource.kind}`
    report({
      code: 'relation-kind',
      path,
      found,
      expected: `\`${right}: ${resource.name}\`, for it is a ${relation.kind}`,
    })
    return false
  }
  checkResourceKey(matrix, relation, report)
  if (resource.kind === 'view') {
    if (resource.key === undefined) checkViewKey(matrix, relation, catalog, paths, report)
    else checkSharedKey(matrix, relation, catalog, paths, report)
  }
  return true
}

function checkFunction({ resource }: Matrix, catalog: Catalog, report: Report): boolean {
  if (own(catalog.functions, resource.name) !== undefined) return true
  const found = `the function ${quote(resource.name)}`
  const hint = didYouMean(resource.name, Object.keys(catalog.functions))
  report({
    code: 'unknown-function',
    path: ['resource', 'function'],
    found,
    expected: 'a function that the target has',
    hint,
  })
  return false
}

function checkOf({ resource }: Matrix, catalog: Catalog, report: Report): void {
  if (resource.of === undefined) return
  const path = ['resource', 'of']
  if (tableOf(resource.of, catalog) === undefined) reportUnknownRelation(resource.of, 'table', path, catalog, report)
}

function checkResourceKey({ resource }: Matrix, relation: Relation, report: Report): void {
  for (const [index, column] of (resource.key ?? []).entries()) {
    if (own(relation.columns, column) !== undefined) continue
    reportUnknownColumn(relation, column, ['resource', 'key', index], report)
  }
  if (!holdsRows(resource.kind) || resource.key !== undefined || relation.primaryKey.length > 0) return
  const found = `no \`key\`, and ${quote(resource.name)} has no primary key`
  report({
    code: 'no-key',
    path: ['resource'],
    on: 'key',
    found,
    expected: '`key: […]`, the columns that identify a row',
  })
}

/** A row of a view is recognised by the primary key of its fixture's table, where the view shows it. */
function checkViewKey(
  matrix: Matrix,
  view: Relation,
  catalog: Catalog,
  paths: readonly AccessPath[],
  report: Report,
): void {
  for (const table of shownTables(matrix, paths)) {
    const relation = tableOf(table, catalog)
    if (relation === undefined) continue
    const key = relation.primaryKey
    const hidden = key.filter((column) => own(view.columns, column) === undefined)
    if (key.length > 0 && hidden.length === 0) continue
    const lacks = key.length === 0 ? `${quote(table)} has no primary key` : `the view does not show ${allOf(hidden)}`
    const expected = `\`key: […]\`, columns of ${quote(view.name)} that identify a row`
    report({ code: 'no-key', path: ['resource'], on: 'key', found: `no \`key\`, and ${lacks}`, expected })
    return
  }
}

/**
 * The value of a key is read from the fixture's row: a column that a view or a function computes or renames has none there,
 * and no row would ever be found by it.
 */
function checkSharedKey(
  matrix: Matrix,
  view: Relation | null,
  catalog: Catalog,
  paths: readonly AccessPath[],
  report: Report,
): void {
  const { key = [], name } = matrix.resource
  if (key.length === 0) return
  for (const table of shownTables(matrix, paths)) {
    const relation = tableOf(table, catalog)
    if (relation === undefined) continue
    const columns = Object.keys(relation.columns)
    const shared = view === null ? columns : columns.filter((column) => own(view.columns, column) !== undefined)
    for (const [index, column] of key.entries()) {
      if (columns.includes(column) || (view !== null && own(view.columns, column) === undefined)) continue
      report({
        code: 'key-not-shared',
        path: ['resource', 'key', index],
        found: `the column ${quote(column)}, which ${quote(table)} does not have`,
        expected: `columns that ${quote(name)} shows under the names that they have in ${quote(table)}`,
        hint: view === null || shared.length === 0 ? didYouMean(column, columns) : `both have ${allOf(shared)}`,
      })
    }
  }
}

/** The tables of the fixtures that the operations request. */
function shownTables(matrix: Matrix, paths: readonly AccessPath[]): ReadonlySet<string> {
  const { resource, fixtures, operations } = matrix
  const asked = operations.flatMap((operation) => {
    const footprint = verbOf(operation, paths)?.footprint(operation.body, resource)
    const written = (footprint?.writes ?? []).flatMap((write) => (write.kind === 'add' ? [] : [write.fixture]))
    if (footprint?.reads === '*') return [...written, '*']
    return [...written, ...(footprint?.reads ?? [])]
  })
  const named = fixtures.filter(({ name }) => asked.includes(name)).map(({ table }) => table)
  if (!asked.includes('*')) return new Set(named)
  return new Set([...named, ...(resource.of === undefined ? fixtures.map(({ table }) => table) : [resource.of])])
}
