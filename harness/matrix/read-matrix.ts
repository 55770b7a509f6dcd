import type { Problem } from '../errors.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { describe, quote } from '../message-text.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { isUndecided } from '../model/verdict.ts'
import { actorsWithAccess, barredActors } from './actors-with-access.ts'
import { checkStatement } from './check-cells.ts'
import { checkHasRowsToRead, checkOperation, type OperationContext } from './check-operations.ts'
import { locator, type MatrixDocument } from './document.ts'
import { expandCells } from './expand-cells.ts'
import { matrixSchema } from './matrix-schema.ts'
import { checkName } from './names.ts'
import type { Groups } from './read-actors.ts'
import { readExpect, type Statement } from './read-expect.ts'
import { readFixtures, rowsInReach, type Surroundings } from './read-fixtures.ts'
import { readOperations } from './read-operations.ts'
import { readResource } from './read-resource.ts'
import { type Report, reporter } from './report.ts'
import { checkKeys, mappingAt } from './shape-problems.ts'
import { qualifiedName } from './shapes.ts'

/** Everything that a matrix is read against. */
export interface MatrixContext extends Surroundings {
  readonly groups: Groups
}

/** Reads one matrix. @returns undefined after its problems have been added to the list. */
export function readMatrix(
  document: MatrixDocument,
  context: MatrixContext,
  problems: Problem[],
): LoadedMatrix | undefined {
  const before = problems.length
  const report = reporter(document, problems)
  const { data } = document
  if (!isObject(data)) {
    report({ code: 'wrong-type', path: [], found: describe(data), expected: 'a mapping with the key `matrix`' })
    return undefined
  }
  checkKeys(data, Object.keys(matrixSchema(context.paths).shape), [], report)
  const matrix = readBody(data, document, context, report)
  return problems.length > before ? undefined : matrix
}

function readBody(
  data: JsonObject,
  document: MatrixDocument,
  context: MatrixContext,
  report: Report,
): LoadedMatrix | undefined {
  const { paths, roster, groups, complete } = context
  const name = readName(data.matrix, report)
  const resource = readResource(data.resource, paths, report)
  const invariants = readInvariants(data, report)
  const changesOnRefusal = readChangesOnRefusal(data, report)
  const fixtureSection = mappingAt(data, 'fixtures', true, report)
  const operationSection = mappingAt(data, 'operations', false, report)
  const expectSection = mappingAt(data, 'expect', false, report)
  const fixtures = readFixtures(fixtureSection ?? {}, document, resource, context, report)
  const operations = readOperations(operationSection ?? {}, document, resource, paths, report)
  const fixtureNames = Object.keys(fixtureSection ?? {})
  const operationNames = Object.keys(operationSection ?? {})
  const actors = actorsWithAccess(roster.actors, resource, paths)
  const checks: OperationContext = {
    resource,
    paths,
    fixtures,
    fixtureNames,
    world: roster.world,
    complete: complete && fixtureSection !== undefined,
    actorNames: actors.map((actor) => actor.name),
    actorsComplete: complete,
    operationNames,
    operations,
    invariants: Object.keys(invariants),
    reach: { rows: rowsInReach(context, fixtureNames), complete: complete && fixtureSection !== undefined },
  }
  for (const operation of operations) checkOperation(operation, checks, report)
  if (operationSection === undefined || expectSection === undefined) return undefined
  const names = {
    actors: roster.actors.map((actor) => actor.name),
    barred: barredActors(roster.actors, resource, paths),
    groups,
    operations: operationNames,
    complete,
  }
  const statements = readExpect(expectSection, names, report)
  for (const statement of writtenOnce(statements)) checkStatement(statement, checks, report)
  const cells = expandCells(
    actors.map((actor) => actor.name),
    operations,
    statements,
    document,
    report,
  )
  // An undecided cell expects nothing, so that its request may have nothing to read.
  const decided = new Set(cells.filter(({ expected }) => !isUndecided(expected)).map(({ operation }) => operation))
  for (const operation of operations) if (decided.has(operation.name)) checkHasRowsToRead(operation, checks, report)
  const sound = complete && operations.length === operationNames.length
  const unread = statements.some(({ expected }) => expected === null)
  if (cells.length === 0 && sound && !unread) reportNoCell(operationNames, actors.length, report)
  if (resource === undefined) return undefined
  const { file } = document
  const matrix = { name, file, resource, invariants, changesOnRefusal, fixtures, operations, cells }
  return { matrix, locate: locator(document) }
}

/** A key that names several actors makes a statement for each, and its expectation is checked once. */
function writtenOnce(statements: readonly Statement[]): Iterable<Statement> {
  const written = new Map(statements.map((one) => [JSON.stringify([one.path, one.operation]), one]))
  return written.values()
}

function reportNoCell(operations: readonly string[], actors: number, report: Report): void {
  const none = operations.length === 0
  const nobody = actors === 0 ? 'no cell: no actor can ask' : 'no cell: every combination is `n/a`'
  const found = none ? 'no operation' : nobody
  const expected = 'at least one combination of actor and operation to try'
  report({ code: 'no-cell', path: [none ? 'operations' : 'expect'], found, expected })
}

function readName(value: Json | undefined, report: Report): string {
  if (typeof value === 'string') {
    checkName(value, 'a matrix', ['matrix'], report)
    return value
  }
  const found = value === undefined ? 'no `matrix`' : describe(value)
  const code = value === undefined ? 'missing-key' : 'wrong-type'
  report({ code, path: ['matrix'], found, expected: 'the name of the matrix' })
  return ''
}

/** Reads the reasons of `changes_on_refusal`, by table. */
function readChangesOnRefusal(data: JsonObject, report: Report): Readonly<Record<string, string>> {
  const reasons: Record<string, string> = {}
  for (const [table, reason] of Object.entries(mappingAt(data, 'changes_on_refusal', true, report) ?? {})) {
    const path = ['changes_on_refusal', table]
    if (typeof reason !== 'string' || reason.trim() === '') {
      const expected = 'the reason why the table may change although an attempt is refused'
      report({ code: 'wrong-type', path, found: describe(reason), expected })
    } else if (!qualifiedName.safeParse(table).success) {
      report({ code: 'bad-name', path, on: 'key', found: quote(table), expected: 'schema and name of a table' })
    } else reasons[table] = reason
  }
  return reasons
}

/** Reads the sentences of `invariants`, by id. */
export function readInvariants(data: JsonObject, report: Report): Readonly<Record<string, string>> {
  const sentences: Record<string, string> = {}
  for (const [id, sentence] of Object.entries(mappingAt(data, 'invariants', true, report) ?? {})) {
    if (typeof sentence === 'string' && sentence.trim() !== '') {
      sentences[id] = sentence
      continue
    }
    const path = ['invariants', id]
    report({ code: 'wrong-type', path, found: describe(sentence), expected: 'a sentence that says what holds' })
  }
  return sentences
}
