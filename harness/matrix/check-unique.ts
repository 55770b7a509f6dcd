import { allOf } from '../message-text.ts'
import { hasUser, type Matrix, type Roster, type RowDeclaration } from '../model/matrix.ts'
import { isFresh, type Reference, referencesIn } from '../model/references.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog } from '../witness/catalog.ts'
import { type RowPlace, tableOf } from './check-catalog-rows.ts'
import { fixtureComponents } from './fixture-graph.ts'
import { certainKeys } from './partial-keys.ts'
import { verbOf, writtenValues } from './read-operations.ts'
import type { Report } from './report.ts'
import { fixtureEvents } from './third-party.ts'

/** How often a fixture is made: once for a matrix, once for every actor, or once for every cell that writes. */
type Making = 'once' | 'per actor' | 'per cell'

/** Reports unique columns that would have the same value in two copies of a fixture, if no copy can be shared. */
export function checkUniqueKeys(
  matrix: Matrix,
  roster: Roster,
  catalog: Catalog,
  paths: readonly AccessPath[],
  placeOf: (fixture: RowDeclaration) => RowPlace,
  report: Report,
): void {
  for (const { fixture, key, making, isOfUser } of equalKeys(matrix, roster, catalog, paths)) {
    if (!isOfUser) reportShared(fixture, key, making, placeOf(fixture), report)
  }
}

/**
 * Marks the fixtures of which each user can have one row: a profile whose key is the user's id, a vote. Every copy of such
 * a fixture is the same row.
 */
export function withUserRows(matrix: Matrix, roster: Roster, catalog: Catalog, paths: readonly AccessPath[]): Matrix {
  const keys = new Map(
    equalKeys(matrix, roster, catalog, paths).flatMap(({ fixture, foundBy, isOfUser }) =>
      isOfUser ? [[fixture.name, foundBy] as const] : [],
    ),
  )
  if (keys.size === 0) return matrix
  const fixtures = matrix.fixtures.map((fixture) => {
    const sharedBy = keys.get(fixture.name)
    return sharedBy === undefined ? fixture : { ...fixture, sharedBy }
  })
  return { ...matrix, fixtures }
}

/** A unique key that is the same in several copies of a fixture. */
interface EqualKey {
  readonly fixture: RowDeclaration
  readonly key: readonly string[]
  /** The key, with what is given of the columns that decide whether it holds. */
  readonly foundBy: readonly string[]
  readonly making: Making
  /** True when the key names a user and no operation removes the row: then one row can be in every copy. */
  readonly isOfUser: boolean
}

function equalKeys(
  matrix: Matrix,
  roster: Roster,
  catalog: Catalog,
  paths: readonly AccessPath[],
): readonly EqualKey[] {
  const equal: EqualKey[] = []
  const users = new Set(['actor', ...roster.actors.flatMap(({ name, kind }) => (hasUser(kind) ? [name] : []))])
  const removed = removedFixtures(matrix, paths)
  const fixtures = new Map(matrix.fixtures.map((fixture) => [fixture.name, fixture]))
  const shared = new Set(
    paths.flatMap(({ stores = [] }) => stores.filter((store) => store.shared)).map(({ table }) => table),
  )
  const written = writtenFixtures(matrix, catalog, paths)
  for (const names of fixtureComponents(matrix.fixtures)) {
    const members = names.flatMap((name) => fixtures.get(name) ?? [])
    const making = makingOf(members, written)
    if (making === 'once') continue
    for (const fixture of members) {
      if (fixture.found === true || shared.has(fixture.table)) continue
      const relation = tableOf(fixture.table, catalog)
      const keys = relation === undefined ? [] : certainKeys(relation, [fixture])
      const equalKey = keys.find(({ columns }) =>
        columns.every((column) => isShared(fixture, column, making, fixtures)),
      )
      if (equalKey === undefined) continue
      const { columns: key, decidedBy } = equalKey
      const isOfUser = !removed.has(fixture.name) && key.some((column) => isUser(fixture, column, users))
      const given = decidedBy.filter((column) => !key.includes(column) && Object.hasOwn(fixture.values, column))
      equal.push({ fixture, key, foundBy: [...key, ...given], making, isOfUser })
    }
  }
  return equal
}

/** A column that holds a user's id and nothing else. */
function isUser(fixture: RowDeclaration, column: string, users: ReadonlySet<string>): boolean {
  const value = own(fixture.values, column) ?? null
  const [reference] = referencesIn(value)
  return reference?.text === value && reference.column === 'id' && users.has(reference.name)
}

/** Fixtures that some operation, or an event during it, removes: the next cell would lack them. */
function removedFixtures(matrix: Matrix, paths: readonly AccessPath[]): ReadonlySet<string> {
  const removed = matrix.operations.flatMap((operation) => {
    const footprint = verbOf(operation, paths)?.footprint(operation.body, matrix.resource)
    if (footprint === undefined) return []
    const events = fixtureEvents(footprint).filter(({ kind }) => kind !== 'change')
    return [...footprint.writes.filter(({ kind }) => kind === 'remove'), ...events]
  })
  return new Set(removed.flatMap((one) => ('fixture' in one ? [one.fixture] : [])))
}

function writtenFixtures(matrix: Matrix, catalog: Catalog, paths: readonly AccessPath[]): ReadonlySet<string> {
  const overloads = own(catalog.functions, matrix.resource.name) ?? []
  // PostgreSQL runs a stable or immutable function without letting it write.
  if (overloads.length > 0 && overloads.every(({ volatility }) => volatility !== 'volatile')) return new Set()
  const tried = new Set(matrix.cells.map(({ operation }) => operation))
  for (const { name, pair } of matrix.operations) if (tried.has(name)) for (const one of pair ?? []) tried.add(one)
  const used = matrix.operations.flatMap((operation) => {
    const footprint = verbOf(operation, paths)?.footprint(operation.body, matrix.resource)
    if (footprint === undefined || footprint.readOnly || !tried.has(operation.name)) return []
    const all = matrix.fixtures.map(({ name }) => name)
    const read = footprint.reads === '*' ? all : (footprint.reads ?? [])
    const written = footprint.writes.flatMap((write) => (write.kind === 'add' ? [] : [write.fixture]))
    const touched = fixtureEvents(footprint).map(({ fixture }) => fixture)
    return [
      ...read,
      ...(footprint.about ?? []),
      ...written,
      ...touched,
      ...referencesIn(writtenValues(operation)).map(({ name }) => name),
    ]
  })
  return new Set(used)
}

function makingOf(members: readonly RowDeclaration[], written: ReadonlySet<string>): Making {
  if (members.some(({ name }) => written.has(name))) return 'per cell'
  const names = members.flatMap(({ values }) => referencesIn(values).map(({ name }) => name))
  return names.includes('actor') ? 'per actor' : 'once'
}

/** True for a column whose value is the same in every copy. Values that the database fills in are taken to differ. */
function isShared(
  fixture: RowDeclaration,
  column: string,
  making: Making,
  fixtures: ReadonlyMap<string, RowDeclaration>,
): boolean {
  const value = own(fixture.values, column)
  if (value === undefined && fixture.found === true) {
    // A row that is found by the same values is the same in all its columns.
    return Object.keys(fixture.values).every((name) => isShared(fixture, name, making, fixtures))
  }
  if (value === undefined || (value === null && fixture.found !== true)) return false
  return referencesIn(value).every((reference) => isSharedReference(reference, making, fixtures))
}

function isSharedReference(
  reference: Reference,
  making: Making,
  fixtures: ReadonlyMap<string, RowDeclaration>,
): boolean {
  if (isFresh(reference)) return false
  const { name, column } = reference
  if (name === 'actor') return making === 'per cell'
  const other = fixtures.get(name)
  return other === undefined || column === null || isShared(other, column, making, fixtures)
}

function reportShared(
  fixture: RowDeclaration,
  columns: readonly string[],
  making: Making,
  { row, values }: RowPlace,
  report: Report,
): void {
  const [only, second] = columns
  const path = only !== undefined && second === undefined ? [...values, only] : row
  const copies = making === 'per cell' ? 'every cell that writes' : 'every actor'
  const ofUser = columns.some((column) => namesActor(fixture, column))
  const hint = ofUser ? ofUserHint : undefined
  report({
    code: 'shared-unique',
    path,
    ...(path === row ? { on: 'key' as const } : {}),
    found: `the same ${allOf(columns)} in every copy of this fixture`,
    expected: `\`$unique\` in a unique column, for ${copies} gets a copy`,
    hint,
  })
}

const ofUserHint =
  'several cells of one actor write, and each has a copy of its own; a row whose key is `$actor.id` is made once for each ' +
  'actor where no operation removes it'

function namesActor(fixture: RowDeclaration, column: string): boolean {
  return referencesIn(own(fixture.values, column) ?? null).some(({ name }) => name === 'actor')
}
