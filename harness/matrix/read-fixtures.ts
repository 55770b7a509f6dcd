import { isObject, type Json, type JsonObject } from '../json.ts'
import { quote } from '../message-text.ts'
import type { KeyPath, Resource, Roster, RowDeclaration } from '../model/matrix.ts'
import type { AccessPath, FixtureStore } from '../paths/path.ts'
import { actorAmong, checkReferences, type ReachableRow, usersInReach } from './check-references.ts'
import { locateKey, type MatrixDocument } from './document.ts'
import { fixtureCircles } from './fixture-graph.ts'
import { holdsRows } from './matrix-schema.ts'
import { checkName, type Taken } from './names.ts'
import { describeResource, fixtureStoreOf } from './read-resource.ts'
import { asRow, findsItsRow, namesItsTable, readRow, type WrittenRow } from './read-rows.ts'
import type { Report } from './report.ts'
import { parseShape } from './shape-problems.ts'
import { rowValues } from './shapes.ts'

/** Everything of the workspace that a matrix may name. */
export interface Surroundings {
  readonly roster: Roster
  readonly paths: readonly AccessPath[]
  /** False when the actors file has mistakes: names of actors and of the world are not checked then. */
  readonly complete: boolean
}

/** @returns the rows that references of a matrix may name. */
export function rowsInReach(surroundings: Surroundings, fixtures: Iterable<string>): Map<string, ReachableRow> {
  const rows = usersInReach(surroundings.roster.actors)
  for (const { name } of surroundings.roster.world) rows.set(name, { columns: null })
  for (const name of fixtures) rows.set(name, { columns: null })
  rows.set('actor', actorAmong(surroundings.roster.actors))
  return rows
}

/** Reads the fixtures of a matrix. */
export function readFixtures(
  section: JsonObject,
  document: MatrixDocument,
  resource: Resource | undefined,
  surroundings: Surroundings,
  report: Report,
): RowDeclaration[] {
  const { actors, world } = surroundings.roster
  const taken: Taken = new Map(actors.map((actor) => [actor.name, 'an actor']))
  for (const { name } of world) taken.set(name, 'a row of the world')
  const reach = { rows: rowsInReach(surroundings, Object.keys(section)), complete: surroundings.complete }
  const fixtureStore = resource === undefined ? null : fixtureStoreOf(resource, surroundings.paths)
  const fixtures = Object.entries(section).flatMap(([name, value]) => {
    const path = ['fixtures', name]
    checkName(name, 'a fixture', path, report, taken)
    checkReferences(value, path, reach, report)
    const row = readFixture(value, path, { resource, fixtureStore }, report)
    return row === undefined ? [] : [asRow(name, row, locateKey(document, path))]
  })
  for (const circle of fixtureCircles(fixtures)) {
    const found = `fixtures that refer to one another in a circle: ${circle.map(quote).join(' → ')}`
    const expected = 'a fixture that can be made first'
    report({ code: 'fixture-circle', path: ['fixtures', circle[0] ?? ''], on: 'key', found, expected })
  }
  return fixtures
}

/** The resource and the store of a fixture that declares no table. */
interface Home {
  readonly resource: Resource | undefined
  readonly fixtureStore: FixtureStore | null
}

function readFixture(value: Json, path: KeyPath, home: Home, report: Report): WrittenRow | undefined {
  if (findsItsRow(value) && !Object.hasOwn(value, 'table')) return readFoundHere(value, path, home, report)
  return namesItsTable(value) || findsItsRow(value)
    ? readRow(value, path, report)
    : readPlain(value, path, home, report)
}

/** Reads `{ find: … }`, which lies in the matrix's own table. */
function readFoundHere(
  value: JsonObject,
  path: KeyPath,
  { resource, fixtureStore }: Home,
  report: Report,
): WrittenRow | undefined {
  if (resource === undefined) return undefined
  if (fixtureStore !== null) {
    const find = isObject(value.find) ? { ...fixtureStore.values, ...value.find } : (value.find ?? null)
    return readRow({ table: fixtureStore.table, ...value, find }, path, report)
  }
  const { name: table, key } = resource
  if (holdsRows(resource.kind)) {
    return readRow({ table, ...(key === undefined ? {} : { key }), ...value }, path, report)
  }
  const found = `no \`table\`, though ${describeResource(resource)} holds no rows of its own`
  report({ code: 'fixture-table', path, found, expected: '`{ table: …, find: { … } }`' })
  return undefined
}

function readPlain(
  value: Json,
  path: KeyPath,
  { resource, fixtureStore }: Home,
  report: Report,
): WrittenRow | undefined {
  const values = parseShape(rowValues, value, path, report)
  if (values === undefined || resource === undefined) return undefined
  if (fixtureStore !== null) return { table: fixtureStore.table, values: { ...fixtureStore.values, ...values } }
  if (!holdsRows(resource.kind)) {
    const found = `plain values, though ${describeResource(resource)} holds no rows of its own`
    report({ code: 'fixture-table', path, found, expected: '`{ table: …, values: { … } }`' })
    return undefined
  }
  return { table: resource.name, values, key: resource.key }
}
