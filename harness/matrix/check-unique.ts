import { allOf } from '../message-text.ts'
import type { Matrix, RowDeclaration } from '../model/matrix.ts'
import { type Reference, referencesIn } from '../model/references.ts'
import type { AccessPath } from '../paths/path.ts'
import { own } from '../values.ts'
import type { Catalog } from '../witness/catalog.ts'
import { type RowPlace, tableOf } from './check-catalog-rows.ts'
import { fixtureComponents } from './fixture-graph.ts'
import { verbOf } from './read-operations.ts'
import type { Report } from './report.ts'
import { fixtureEvents } from './third-party.ts'

/** How often a fixture is made: once for a matrix, once for every actor, or once for every cell that writes. */
type Making = 'once' | 'per actor' | 'per cell'

/** Reports unique columns of which two copies of a fixture would hold the same. */
export function checkUniqueKeys(
  matrix: Matrix,
  catalog: Catalog,
  paths: readonly AccessPath[],
  placeOf: (fixture: RowDeclaration) => RowPlace,
  report: Report,
): void {
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
      const keys = relation === undefined ? [] : [relation.primaryKey, ...relation.uniqueKeys]
      const equal = keys.find(
        (key) => key.length > 0 && key.every((column) => isShared(fixture, column, making, fixtures)),
      )
      if (equal !== undefined) reportShared(fixture, equal, making, placeOf(fixture), report)
    }
  }
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
      ...referencesIn(operation.body).map(({ name }) => name),
    ]
  })
  return new Set(used)
}

function makingOf(members: readonly RowDeclaration[], written: ReadonlySet<string>): Making {
  if (members.some(({ name }) => written.has(name))) return 'per cell'
  const names = members.flatMap(({ values }) => referencesIn(values).map(({ name }) => name))
  return names.includes('actor') ? 'per actor' : 'once'
}

/** A column whose value is the same in every copy. What the database fills in is taken to differ. */
function isShared(
  fixture: RowDeclaration,
  column: string,
  making: Making,
  fixtures: ReadonlyMap<string, RowDeclaration>,
): boolean {
  const value = own(fixture.values, column)
  if (value === undefined && fixture.found === true) {
    // Where the same row is found, it is the same in all its columns.
    return Object.keys(fixture.values).every((name) => isShared(fixture, name, making, fixtures))
  }
  if (value === undefined || (value === null && fixture.found !== true)) return false
  return referencesIn(value).every((reference) => isSharedReference(reference, making, fixtures))
}

function isSharedReference(
  { name, column }: Reference,
  making: Making,
  fixtures: ReadonlyMap<string, RowDeclaration>,
): boolean {
  if (name === 'unique') return false
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
  const hint = ofUser ? 'several cells of one actor write, and each has a copy of its own' : undefined
  report({
    code: 'shared-unique',
    path,
    ...(path === row ? { on: 'key' as const } : {}),
    found: `the same ${allOf(columns)} in every copy of this fixture`,
    expected: `\`$unique\` in a unique column, for ${copies} gets a copy`,
    hint,
  })
}

function namesActor(fixture: RowDeclaration, column: string): boolean {
  return referencesIn(own(fixture.values, column) ?? null).some(({ name }) => name === 'actor')
}
