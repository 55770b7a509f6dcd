import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { allOf, quote } from '../message-text.ts'
import { hasUser, type Matrix, type OperationDeclaration, type Roster, type RowDeclaration } from '../model/matrix.ts'
import { isFresh, referencesIn } from '../model/references.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog } from '../witness/catalog.ts'
import { tableOf } from './check-catalog-rows.ts'
import { certainKeys } from './partial-keys.ts'
import { verbOf, writtenValues } from './read-operations.ts'
import type { Report } from './report.ts'

/**
 * Reports allowed inserts whose row has the unique key of a fixture or a row of the world: the database would refuse the insert
 * because of a row that the run itself has made. An operation that names the fixture intends that.
 */
export function checkInserts(
  matrix: Matrix,
  roster: Roster,
  catalog: Catalog,
  paths: readonly AccessPath[],
  report: Report,
): void {
  for (const operation of matrix.operations) {
    const writes = verbOf(operation, paths)?.footprint(operation.body, matrix.resource).writes ?? []
    const named = new Set(referencesIn(writtenValues(operation)).map(({ name }) => name))
    const others = [...matrix.fixtures, ...roster.world].filter(({ name }) => !named.has(name))
    for (const write of writes) {
      if (write.kind !== 'add' || write.skippable || write.merges !== undefined || write.stray === true) continue
      const relation = tableOf(write.table, catalog)
      if (relation === undefined) continue
      for (const other of others.filter(({ table }) => table === write.table)) {
        const users = usersWhoInsert(operation, matrix, roster)
        const [key] = write.rows.flatMap((row) =>
          certainKeys(relation, [{ values: row }, other]).filter(({ columns }) =>
            users.some((user) => meet(row, other, columns, user)),
          ),
        )
        if (key !== undefined) reportMeeting(operation, other, key.columns, report)
      }
    }
  }
}

/** The users of the actors that are allowed to insert. */
function usersWhoInsert(operation: OperationDeclaration, matrix: Matrix, roster: Roster): readonly string[] {
  const allowed = new Set(
    matrix.cells.flatMap((cell) =>
      cell.operation === operation.name && cell.expected.decision === 'allow' ? [cell.actor] : [],
    ),
  )
  const actors = roster.actors.filter(({ name, kind }) => allowed.has(name) && hasUser(kind))
  return [...new Set(actors.map((actor) => actor.as ?? actor.name))]
}

/** Values are compared as they are written, with `$actor` as the user: equal references name the same row. */
function meet(row: JsonObject, other: RowDeclaration, columns: readonly string[], user: string): boolean {
  return columns.every((column) => {
    const [one, two] = [own(row, column), own(other.values, column)]
    if (one === undefined || two === undefined || one === null || two === null) return false
    const unique = [one, two].some((value) => referencesIn(value).some(isFresh))
    return !unique && JSON.stringify(asUser(one, user)) === JSON.stringify(asUser(two, user))
  })
}

function asUser(value: Json, user: string): Json {
  if (typeof value === 'string') {
    const bare = value.replace(/\$\{\s*([^}.]+)\.([^}]+?)\s*\}/g, '$$$1.$2')
    return bare.replaceAll('$actor.', `$${user}.`)
  }
  if (isList(value)) return value.map((item) => asUser(item, user))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asUser(item, user)]))
}

function reportMeeting(
  operation: OperationDeclaration,
  { name }: RowDeclaration,
  columns: readonly string[],
  report: Report,
): void {
  report({
    code: 'insert-meets-fixture',
    path: ['operations', operation.name, operation.verb],
    found: `the same ${allOf(columns)} as in the row ${quote(name)}, which the run makes before the insert`,
    expected: 'a row that no fixture and no row of the world takes the place of',
    hint: 'Refer to another parent row, such as a fixture of its own, or put `$unique` into a column of the key.',
  })
}
