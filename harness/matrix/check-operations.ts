import { type Json, type JsonObject, sameJson } from '../json.ts'
import { allOf, didYouMean, quote } from '../message-text.ts'
import type { KeyPath, OperationDeclaration, Resource, RowDeclaration } from '../model/matrix.ts'
import { isFresh, namesRun, referencesIn } from '../model/references.ts'
import { usersTable } from '../paths/own-user.ts'
import type { AccessPath, Footprint, ThirdPartyEvent, WriteIntent } from '../paths/path.ts'
import { own } from '../values.ts'
import { checkReferences, type Reach } from './check-references.ts'
import { holdsRows } from './matrix-schema.ts'
import { mentionOf, placeOf } from './mentions.ts'
import { verbOf, writtenValues } from './read-operations.ts'
import { describeResource, fixtureStoreOf } from './read-resource.ts'
import { reportBareTable } from './read-rows.ts'
import type { Report } from './report.ts'
import { fixtureEvents } from './third-party.ts'

/** The names that the operations of one matrix may refer to. */
export interface OperationContext {
  /** Undefined when it could not be read: then the footprint of an operation is unknown. */
  readonly resource: Resource | undefined
  readonly paths: readonly AccessPath[]
  /** The fixtures that could be read. */
  readonly fixtures: readonly RowDeclaration[]
  /** The names of all fixtures, also of those with mistakes. */
  readonly fixtureNames: readonly string[]
  /** The rows of the world, which operations may read and not write. */
  readonly world: readonly RowDeclaration[]
  /** False when fixtures or the world could not be read: then unknown names are not reported. */
  readonly complete: boolean
  readonly actorNames: readonly string[]
  /** False when the actors could not be read: then unknown names of actors are not reported. */
  readonly actorsComplete: boolean
  readonly operationNames: readonly string[]
  readonly operations: readonly OperationDeclaration[]
  readonly invariants: readonly string[]
  readonly reach: Reach
  /** The judge of an operation; when left out, its effect on fixtures decides, as in a matrix. */
  readonly judgedBy?: 'history'
}

/** Checks the names in an operation, and that it can prove something. */
export function checkOperation(operation: OperationDeclaration, context: OperationContext, report: Report): void {
  const path = ['operations', operation.name]
  checkProves(operation, context, report)
  if (operation.pair !== undefined) {
    checkPair(operation, operation.pair, context, report)
    return
  }
  checkReferences(writtenValues(operation), path, context.reach, report)
  const footprint = footprintIn(operation, context)
  if (footprint?.free !== undefined) checkFree(operation, footprint, footprint.free, context, report)
  if (footprint?.reads === '*') checkAll(operation, context, report)
  for (const name of footprint?.reads ?? []) if (name !== '*') checkFixture(name, operation, context, report)
  for (const intent of footprint?.writes ?? []) checkWrite(intent, operation, context, report)
  for (const name of footprint?.about ?? []) checkFixture(name, operation, context, report)
  if (footprint?.as !== undefined) checkOwnUser(footprint.as, operation, context, report)
  if (operation.others !== undefined && footprint !== undefined) checkOthers(operation, footprint, context, report)
  for (const name of footprint?.others ?? []) checkOther(name, operation, context, report)
  for (const event of footprint === undefined ? [] : fixtureEvents(footprint)) {
    checkEvent(event, operation, context, report)
  }
}

/** A request can carry the session of a user that the cell has to itself, and of no other row. */
function checkOwnUser(name: string, operation: OperationDeclaration, context: OperationContext, report: Report): void {
  refuseWorldRow(name, operation, context, report)
  const fixture = context.fixtures.find((candidate) => candidate.name === name)
  if (fixture === undefined || (fixture.table === usersTable && fixture.found !== true)) return
  report({
    code: 'fixture-elsewhere',
    path: ['operations', operation.name, 'as'],
    found: `the fixture ${quote(name)} of ${quote(fixture.table)}${fixture.found === true ? ', which is found' : ''}`,
    expected: `a fixture of ${quote(usersTable)} that is made, with \`values\``,
  })
}

/** `others` applies to the answer of a read; a scenario's history is judged by other rules. */
function checkOthers(
  { name }: OperationDeclaration,
  { reads }: Footprint,
  { judgedBy }: OperationContext,
  report: Report,
): void {
  if (reads !== null && judgedBy !== 'history') return
  const why = judgedBy === 'history' ? 'is judged by its history' : 'reads nothing'
  const found = `\`others\` for ${quote(name)}, which ${why}`
  const expected = 'an operation of a matrix that reads fixtures'
  report({ code: 'others-unused', path: ['operations', name, 'others'], on: 'key', found, expected })
}

/** @returns the footprint of an operation, where it is known. */
export function footprintIn(
  operation: OperationDeclaration,
  { paths, resource }: OperationContext,
): Footprint | undefined {
  return resource === undefined ? undefined : verbOf(operation, paths)?.footprint(operation.body, resource)
}

function checkProves(operation: OperationDeclaration, { invariants }: OperationContext, report: Report): void {
  operation.proves.forEach((id, index) => {
    if (invariants.includes(id)) return
    const path = ['operations', operation.name, 'proves', index]
    const hint = didYouMean(id, invariants)
    const expected = 'an invariant of this matrix'
    report({ code: 'unknown-invariant', path, found: `the invariant ${quote(id)}`, expected, hint })
  })
}

function checkPair(
  operation: OperationDeclaration,
  pair: readonly [string, string],
  { operationNames, operations }: OperationContext,
  report: Report,
): void {
  const path = ['operations', operation.name, 'distinguish']
  pair.forEach((name, index) => {
    const found = `the operation ${quote(name)}`
    if (!operationNames.includes(name)) {
      const hint = didYouMean(name, operationNames)
      report({
        code: 'unknown-operation',
        path: [...path, index],
        found,
        expected: 'an operation of this matrix',
        hint,
      })
    } else if (operations.some((other) => other.name === name && other.pair !== undefined)) {
      const expected = 'an operation that asks the service'
      report({ code: 'compared-comparison', path: [...path, index], found: `${found}, which compares`, expected })
    }
  })
  if (pair[0] !== pair[1]) return
  report({ code: 'same-operation', path, found: `${quote(pair[0])} twice`, expected: 'two different operations' })
}

/** A free text is judged by the effects that the matrix declares for it, and limited to the fixtures that the matrix names. */
function checkFree(
  operation: OperationDeclaration,
  footprint: Footprint,
  sent: Json,
  { judgedBy }: OperationContext,
  report: Report,
): void {
  const path = ['operations', operation.name]
  const silent = footprint.reads === null && footprint.writes.length === 0
  if (silent && judgedBy === undefined) {
    const expected = '`reads`, `changes`, `removes` or `adds`: by its effect a cell is judged'
    report({
      code: 'nothing-to-judge',
      path,
      on: 'key',
      found: 'a statement that says nothing of what it does',
      expected,
    })
  }
  const mayWrite = footprint.writes.length > 0 || (silent && judgedBy !== undefined)
  if (!mayWrite || namesRun(sent)) return
  report({
    code: 'unbounded-statement',
    path,
    on: 'key',
    found: `a statement that ${silent ? 'may write' : 'writes'} and is given nothing of this run`,
    expected: '`$run`, `$unique` or a column of a fixture in `values`',
    hint: 'without it, the statement would write to the rows of other people',
  })
}

/** Another participant besides the caller has to be an actor. */
function checkOther(name: string, operation: OperationDeclaration, context: OperationContext, report: Report): void {
  const { actorNames, actorsComplete } = context
  if (!actorsComplete || actorNames.includes(name)) return
  const path = ['operations', operation.name, ...mentionOf(operation.body, name)]
  const hint = didYouMean(name, actorNames)
  report({
    code: 'unknown-actor',
    path,
    found: `the actor ${quote(name)}`,
    expected: 'an actor that can ask here',
    hint,
  })
}

/** A third party's event during an attempt changes a fixture of the cell's own. */
function checkEvent(
  { kind, fixture }: ThirdPartyEvent,
  operation: OperationDeclaration,
  context: OperationContext,
  report: Report,
): void {
  const path = ['operations', operation.name, ...mentionOf(operation.body, fixture)]
  reportUnknownFixture(fixture, path, context, report)
  refuseWorldRow(fixture, operation, context, report)
  const found = context.fixtures.some(({ name, found: isFound }) => name === fixture && isFound === true)
  if (kind !== 'change' && found) reportRemovalOfFound(fixture, operation, report)
}

function checkFixture(name: string, operation: OperationDeclaration, context: OperationContext, report: Report): void {
  const path = ['operations', operation.name, ...mentionOf(operation.body, name)]
  reportUnknownFixture(name, path, context, report)
  const row = [...context.fixtures, ...context.world].find((candidate) => candidate.name === name)
  const { resource } = context
  if (footprintIn(operation, context)?.free !== undefined) return
  const tables = resource === undefined ? undefined : ownTables(resource, context.paths)
  if (row === undefined || resource === undefined || tables === undefined || tables.includes(row.table)) return
  const found = `the fixture ${quote(name)} of ${quote(row.table)}`
  report({ code: 'fixture-elsewhere', path, found, expected: `a row of ${describeResource(resource)}` })
}

/**
 * @returns the tables in which the fixtures lie that an operation on the resource names: those of its access path, where
 *   that keeps its own, for one thing may lie in another; undefined when it may be any.
 */
function ownTables(resource: Resource, paths: readonly AccessPath[]): readonly string[] | undefined {
  if (holdsRows(resource.kind)) return [resource.name]
  if (fixtureStoreOf(resource, paths) === null) return undefined
  const reaching = paths.filter(({ resources }) => resources.includes(resource.kind))
  if (reaching.some(({ concernsAnyTable }) => concernsAnyTable === true)) return undefined
  return reaching.flatMap(({ stores = [] }) => stores.map(({ table }) => table))
}

/** `*` means the fixtures of one table: the resource's own, or the one that a view or function shows. */
function checkAll(operation: OperationDeclaration, { resource, fixtures }: OperationContext, report: Report): void {
  const tables = new Set(fixtures.map(({ table }) => table))
  if (resource === undefined || holdsRows(resource.kind) || resource.of !== undefined || tables.size < 2) return
  const path = ['operations', operation.name, ...mentionOf(operation.body, '*')]
  const found = `all fixtures, of ${allOf([...tables])}`
  report({ code: 'no-of', path, found, expected: '`of:` in `resource`, the table whose rows are meant' })
}

/**
 * Checks that a read of all fixtures has one. A request that is bounded by the keys of its rows cannot be sent without one, so
 * it can neither show access nor prove its absence.
 */
export function checkHasRowsToRead(operation: OperationDeclaration, context: OperationContext, report: Report): void {
  const { resource, fixtures, complete } = context
  const footprint = footprintIn(operation, context)
  if (resource === undefined || !complete || footprint?.reads !== '*' || !footprint.bounded) return
  const table = resource.of ?? (holdsRows(resource.kind) ? resource.name : null)
  if (fixtures.some((fixture) => table === null || fixture.table === table)) return
  report({
    code: 'nothing-to-read',
    path: ['operations', operation.name, ...mentionOf(operation.body, '*')],
    found: `all fixtures${table === null ? '' : ` of ${quote(table)}`}, and there is none`,
    expected: 'a fixture, whose row shows that the read works for an allowed actor',
    hint: 'A row that the run cannot make, such as one of a foreign table, is found: `fixtures: { there: { find: { id: 1 } } }`.',
  })
}

/** Reports a name that is neither a fixture nor a row of the world. */
export function reportUnknownFixture(name: string, path: KeyPath, context: OperationContext, report: Report): void {
  const known = [...context.fixtureNames, ...context.world.map((row) => row.name)]
  if (!context.complete || known.includes(name)) return
  const found = `the fixture ${quote(name)}`
  const hint = didYouMean(name, known)
  report({ code: 'unknown-fixture', path, found, expected: 'a fixture of this matrix or a row of the world', hint })
}

function checkWrite(
  intent: WriteIntent,
  operation: OperationDeclaration,
  context: OperationContext,
  report: Report,
): void {
  if (intent.kind === 'add') {
    checkAdded(intent, operation, report)
    return
  }
  checkFixture(intent.fixture, operation, context, report)
  refuseWorldRow(intent.fixture, operation, context, report)
  const fixture = context.fixtures.find(({ name }) => name === intent.fixture)
  if (intent.kind === 'remove') {
    if (fixture?.found === true) reportRemovalOfFound(fixture.name, operation, report)
    return
  }
  if (fixture === undefined || !changesNothing(intent.set, fixture.values)) return
  const path = ['operations', operation.name, ...placeOf(operation.body, intent.set)]
  const found = `no change: ${quote(intent.fixture)} has these values already`
  report({ code: 'no-change', path, found, expected: 'a value that differs from the fixture, so that a change shows' })
}

function refuseWorldRow(
  fixture: string,
  operation: OperationDeclaration,
  context: OperationContext,
  report: Report,
): void {
  if (!context.world.some((row) => row.name === fixture)) return
  report({
    code: 'shared-row',
    path: ['operations', operation.name, ...mentionOf(operation.body, fixture)],
    found: `a write to ${quote(fixture)}, a row of the world`,
    expected: 'a fixture of this matrix: every cell that writes has its own',
  })
}

function reportRemovalOfFound(name: string, operation: OperationDeclaration, report: Report): void {
  report({
    code: 'found-row',
    path: ['operations', operation.name, ...mentionOf(operation.body, name)],
    found: `a removal of ${quote(name)}, which is found and not made`,
    expected: 'a fixture that is made, with `values`',
    hint: 'a found row exists once, and all cells need it: once removed, it cannot be put back as it was',
  })
}

function changesNothing(set: JsonObject, values: JsonObject): boolean {
  return Object.entries(set).every(([column, value]) => {
    const before = own(values, column)
    const renewed = referencesIn(value).some(isFresh)
    return before !== undefined && !renewed && sameJson(value, before)
  })
}

type Addition = Extract<WriteIntent, { readonly kind: 'add' }>

function checkAdded(intent: Addition, operation: OperationDeclaration, report: Report): void {
  const path = ['operations', operation.name]
  if (!intent.table.includes('.')) {
    reportBareTable(intent.table, [...path, ...mentionOf(operation.body, intent.table)], report)
  }
  for (const row of intent.rows) {
    const place = [...path, ...placeOf(operation.body, row)]
    const by = intent.identify ?? Object.keys(row)
    checkIdentifying(intent.identify ?? [], row, operation, report)
    if (by.some((column) => namesRun(own(row, column) ?? null))) continue
    reportAnonymousRow(place, intent.identify !== null, report)
  }
}

function checkIdentifying(
  identify: readonly string[],
  row: JsonObject,
  operation: OperationDeclaration,
  report: Report,
): void {
  identify.forEach((column, index) => {
    if (Object.hasOwn(row, column)) return
    const path = ['operations', operation.name, 'identify', index]
    const hint = didYouMean(column, Object.keys(row))
    report({ code: 'identify', path, found: `the column ${quote(column)}`, expected: 'a column of the new row', hint })
  })
}

function reportAnonymousRow(path: KeyPath, identified: boolean, report: Report): void {
  const where = identified ? ' in the columns of `identify`' : ''
  report({
    code: 'row-of-nobody',
    path,
    found: `a new row that holds nothing of this run${where}`,
    expected: '`$actor.id`, `$run`, `$unique`, `$uuid` or a column of another row in one of its values',
    hint: 'without it, the row cannot be distinguished from the rows of other people, nor removed afterwards',
  })
}
