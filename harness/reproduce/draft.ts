import { withDecisions } from '../decide/edit-matrix.ts'
import { type TextEdit, withEdits } from '../decide/text-edits.ts'
import { yamlMap } from '../decide/yaml-map.ts'
import { flowText, yamlScalar } from '../decide/yaml-scalars.ts'
import { WorkspaceProblems } from '../errors.ts'
import { matrixText, rowText } from '../init/files.ts'
import type { Plan, PlannedMatrix, PlannedRow, Schema } from '../init/model.ts'
import { fileWord } from '../init/plan.ts'
import { isList, isObject, type Json, type JsonObject, sameJson } from '../json.ts'
import { checkAgainstCatalog } from '../matrix/check-catalog.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import { parseMatrixText } from '../matrix/parse-text.ts'
import { cellId } from '../matrix/plan/plan.ts'
import { didYouMean } from '../message-text.ts'
import type { ActorDeclaration, LoadedMatrix, Matrix, RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import { authorizingLayers } from '../model/verdict.ts'
import type { AccessPath } from '../paths/path.ts'
import { withStoreRelations } from '../witness/stores.ts'
import { yamlDocuments } from '../yaml-text.ts'
import { actorsLike, differences, distance, usersOf } from './actors.ts'
import type { Attempt, EqualFilter, Recognised, Wanted } from './attempt.ts'
import type { CapturedRequest } from './captured.ts'
import { type Body, operationOf, type Usual } from './operation.ts'
import { freeName, leadsTo, RowAdapter } from './rows.ts'
import { notReproducible } from './unreadable.ts'

/** The workspace and the schema that a request is turned into a cell of. */
export interface Around {
  readonly workspace: LoadedWorkspace
  /** The texts of the matrices, by file. */
  readonly textOf: (file: string) => string
  readonly schema: Schema
  readonly plan: Plan
  readonly paths: readonly AccessPath[]
  /** Null for the actor that is most like the caller. */
  readonly actor: string | null
  readonly keep: ReadonlySet<string>
}

/** A cell that reproduces a request. */
export interface Reproduction {
  readonly cell: string
  readonly file: string
  readonly state: 'in a new file' | 'in a file that is there' | 'there already'
  /** The whole text of the file; null where nothing has to be written. */
  readonly text: string | null
  readonly operation: { readonly name: string; readonly body: JsonObject }
  readonly fixtures: readonly PlannedRow[]
  /** Sentences about what could not be known, and what was left out or replaced. */
  readonly notes: readonly string[]
}

/**
 * Turns a request into a denied cell: in the matrix of its object, or in a new one. The text is read back as a run reads it.
 *
 * @throws TrespassError `not-reproducible`, or WorkspaceProblems for a text that the loader refuses.
 */
export function reproduce(request: CapturedRequest, recognised: Recognised, around: Around): Reproduction {
  const { roster, matrices } = around.workspace
  const { wanted, attempt } = recognised
  const planned = plannedFor(wanted, around)
  const loaded = matrices.filter(({ matrix }) => isOf(wanted, matrix))
  const there = loaded.find(({ matrix }) => /\.ya?ml$/.test(matrix.file)) ?? loaded[0] ?? null
  if (there === null && planned === null && wanted.kind !== 'edge_function') throw noPlan(wanted, around)
  const matrix = there?.matrix ?? null
  const adapter = new RowAdapter({
    roster,
    matrix,
    plan: around.plan,
    planned: planned?.fixtures ?? [],
    users: usersOf(roster),
  })
  const actors = actorsLike(request.caller, roster, around.actor)
  const isOwn = filtersOf(attempt).some(({ value }) => value === request.caller.subject)
  const fixture = namesRow(attempt) ? fixtureFor({ matrix, planned, adapter, isOwn, attempt, actors }, around) : null
  const rows = rowsOf(around, matrix, adapter)
  const users = usersOf(roster)
  const operation = (other: string | null) =>
    operationOf(attempt, {
      fixture,
      usual: (verb) => usualOf(verb, matrix, planned, adapter),
      stand: { schema: around.schema, subject: request.caller.subject, other, keep: around.keep },
      table: wanted.kind === 'relation' ? wanted.name : null,
      row: rows.get(fixture ?? '') ?? {},
    })
  // A new row leads to users and tenants too: the actor is one that has nothing to do with them.
  const about = fixture === null ? operation(users[0] ?? null).body : (rows.get(fixture) ?? {})
  const reached = leadsTo(about, rowsOf(around, matrix, adapter))
  const actor = isOwn ? actors[0] : nearest(actors, reached, around)
  if (actor === undefined) throw notReproducible('no other actor for the request', 'Name one by --actor.')
  const { body, replaced } = operation(users.find((name) => name !== actor.name) ?? null)
  const notes = [
    ...recognised.notes,
    ...differences(actor, request.caller),
    ...(replaced.length === 0
      ? []
      : [`made-up values stand for ${replaced.join(', ')}; --keep NAME writes the value of the request`]),
    ...unused(around.keep, attempt),
    ...statusNote(request),
  ]
  const known = matrix === null ? null : sameOperation(matrix, body)
  if (matrix !== null && known !== null && adapter.added.length === 0) {
    return thereAlready(matrix, known, body, actor, notes)
  }
  if (matrix !== null && !/\.ya?ml$/.test(matrix.file)) {
    throw notReproducible(
      `the matrix ${matrix.file}, which is a module`,
      `Add the operation by hand: 'reproduced ${verbOf(body)}': ${flowText(body)}, with \`deny\` for ${actor.name}.`,
    )
  }
  const made =
    matrix === null ? newMatrix({ wanted, planned, adapter, body }, around) : inMatrix(matrix, adapter, body, around)
  const text = decided(made, actor, around)
  return {
    cell: cellId(made.matrix.name, actor.name, made.operation),
    file: made.file,
    state: matrix === null ? 'in a new file' : 'in a file that is there',
    text,
    operation: { name: made.operation, body },
    fixtures: adapter.added,
    notes: [...notes, ...othersNote(text, made, actor, around)],
  }
}

/** A matrix with the new operation, before the cell is decided. */
interface Made {
  readonly file: string
  readonly text: string
  readonly matrix: Matrix
  readonly operation: string
}

function isOf({ kind, name }: Wanted, { resource }: Matrix): boolean {
  const kinds = kind === 'relation' ? ['table', 'view'] : [kind]
  return kinds.includes(resource.kind) && resource.name === name
}

function plannedFor({ kind, name }: Wanted, { plan }: Around): PlannedMatrix | null {
  const keys = kind === 'relation' ? ['table', 'view'] : [kind]
  return plan.matrices.find(({ resource }) => keys.some((key) => resource[key] === name)) ?? null
}

function noPlan({ kind, name }: Wanted, { plan, schema }: Around): Error {
  const title =
    kind === 'bucket' ? `the bucket ${name}` : `${kind === 'function' ? 'the function' : 'the table or view'} ${name}`
  const why = plan.left.find((one) => one.title.includes(name))?.reason
  if (why !== undefined) {
    return notReproducible(
      `a request to ${title}, for which no rows could be planned: ${why}`,
      'Write its matrix by hand.',
    )
  }
  const names = [
    ...schema.inventory.relations.map((one) => `${one.schema}.${one.name}`),
    ...schema.inventory.functions.map((one) => `${one.schema}.${one.name}`),
    ...(schema.inventory.buckets ?? []).map(({ id }) => id),
  ]
  return notReproducible(
    `a request to ${title}, which clients of this target do not reach`,
    didYouMean(name, names) ?? 'See `trespass inventory`, and name the target that has it by --target.',
  )
}

function filtersOf(attempt: Attempt): readonly EqualFilter[] {
  return 'filters' in attempt ? attempt.filters : []
}

/** An insert, an upload and a request to an Edge Function name no row of the matrix. */
function namesRow({ verb }: Attempt): boolean {
  return !['insert', 'upsert', 'upload', 'upsert object', 'call', 'invoke'].includes(verb)
}

interface FixtureChoice {
  readonly matrix: Matrix | null
  readonly planned: PlannedMatrix | null
  readonly adapter: RowAdapter
  readonly isOwn: boolean
  readonly attempt: Attempt
  readonly actors: readonly ActorDeclaration[]
}

/** Chooses a fixture of another user, or of the actor where the request named its own rows; adds a planned one for none. */
function fixtureFor({ matrix, planned, adapter, isOwn, attempt, actors }: FixtureChoice, around: Around): string {
  const rows = rowsOf(around, matrix, adapter)
  const homes = new Set(planned?.fixtures.map(({ table }) => table))
  const able = (matrix?.fixtures ?? []).filter((row) => isShownBy(matrix, row, homes, planned))
  const fits = ({ values }: RowDeclaration) =>
    filtersOf(attempt).filter(({ column, value }) => String(values[column] ?? '') === value).length
  const scored = able
    .map((row) => {
      const reached = leadsTo(row.values, rows)
      const isActors = reached.has('actor')
      const far = Math.max(...actors.map(({ name }) => distance(name, reached, around.workspace.roster)))
      return { row, isFit: isActors === isOwn && (isOwn || far > -100), score: far + 2 * fits(row) }
    })
    .filter(({ isFit }) => isFit)
    .toSorted((one, other) => other.score - one.score)
  const [best] = scored
  if (best !== undefined) return best.row.name
  const main = mainOf(planned)
  if (main === null)
    throw notReproducible('a request to an object without a row of another user', 'Add a fixture to its matrix.')
  const row = adapter.bring(main)
  if (isOwn) {
    const owner = adapter.user('alice')
    const values = asActors(row.values, owner)
    adapter.added.splice(adapter.added.indexOf(row), 1, { ...row, values })
  }
  return row.name
}

/** A fixture of the matrix's own table; for a view or a function one of the planned tables. */
function isShownBy(
  matrix: Matrix | null,
  row: RowDeclaration,
  homes: ReadonlySet<string>,
  planned: PlannedMatrix | null,
): boolean {
  if (matrix === null) return false
  const { kind, name, of } = matrix.resource
  if (kind === 'table') return row.table === name
  if (kind === 'bucket') return row.table === 'storage.objects'
  return of === undefined ? (mainOf(planned)?.table ?? row.table) === row.table || homes.size === 0 : row.table === of
}

/** The row that the planned operations are about. */
function mainOf(planned: PlannedMatrix | null): PlannedRow | null {
  if (planned === null) return null
  const verbs = ['select', 'update', 'delete', 'download', 'reads']
  const named = planned.operations.flatMap(({ body }) =>
    verbs.flatMap((verb) => (typeof body[verb] === 'string' ? [body[verb]] : [])),
  )
  return planned.fixtures.find(({ name }) => named.includes(name)) ?? planned.fixtures[0] ?? null
}

function asActors(values: JsonObject, owner: string): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const isOwner = typeof value === 'string' && referencesIn(value).some(({ name }) => name === owner)
      return [key, isOwner && (value === `$${owner}.id` || value === `\${${owner}.id}`) ? '$actor.id' : value]
    }),
  )
}

function rowsOf(
  { workspace: { roster } }: Around,
  matrix: Matrix | null,
  { added }: RowAdapter,
): ReadonlyMap<string, JsonObject> {
  return new Map([...roster.world, ...(matrix?.fixtures ?? []), ...added].map(({ name, values }) => [name, values]))
}

function nearest(
  actors: readonly ActorDeclaration[],
  reached: ReadonlySet<string>,
  around: Around,
): ActorDeclaration | undefined {
  const best = actors
    .map((actor) => ({ actor, far: distance(actor.name, reached, around.workspace.roster) }))
    .filter(({ far }) => far > -100 || around.actor !== null)
  // The actors are in the order of their likeness: the first of those that are farthest.
  const farthest = Math.max(...best.map(({ far }) => far))
  return best.find(({ far }) => far === farthest)?.actor
}

/** What an operation of the object with this verb sends: of the matrix, else of the plan. */
function usualOf(
  verb: string,
  matrix: Matrix | null,
  planned: PlannedMatrix | null,
  adapter: RowAdapter,
): Usual | null {
  const own = matrix?.operations.find((operation) => operation.verb === verb)
  if (own !== undefined) return { body: own.body }
  const made = planned?.operations.find(({ body }) => Object.hasOwn(body, verb))
  if (made === undefined) return null
  const names = new Map((planned?.fixtures ?? []).map((row) => [row.name, row]))
  const entries = Object.entries(made.body).map(([key, value]): [string, Json] => {
    const row = typeof value === 'string' ? names.get(value) : undefined
    return [key, row === undefined || typeof value !== 'string' ? adapter.value(value) : adapter.row(row)]
  })
  return { body: Object.fromEntries(entries) }
}

function sameOperation(matrix: Matrix, body: Body): string | null {
  return matrix.operations.find((operation) => sameJson(operation.body, body))?.name ?? null
}

/** @throws TrespassError `not-reproducible` where the matrix expects that the request works. */
function thereAlready(
  matrix: Matrix,
  operation: string,
  body: JsonObject,
  actor: ActorDeclaration,
  notes: readonly string[],
): Reproduction {
  const cell = matrix.cells.find((one) => one.actor === actor.name && one.operation === operation)
  const id = cellId(matrix.name, actor.name, operation)
  if (cell?.expected.decision !== 'deny') {
    const place = cell === undefined ? matrix.file : `${cell.at.file}:${cell.at.line}`
    throw notReproducible(
      `the cell ${id} in ${place}, which expects ${cell === undefined ? 'nothing (n/a)' : cell.expected.decision}`,
      'Write `deny` there if the request has to be refused, or name another actor by --actor.',
    )
  }
  const state = 'there already'
  return { cell: id, file: matrix.file, state, text: null, operation: { name: operation, body }, fixtures: [], notes }
}

function verbOf(body: JsonObject): string {
  return Object.keys(body)[0] ?? 'request'
}

interface NewMatrix {
  readonly wanted: Wanted
  readonly planned: PlannedMatrix | null
  readonly adapter: RowAdapter
  readonly body: JsonObject
}

function newMatrix({ wanted, planned, adapter, body }: NewMatrix, around: Around): Made {
  const { matrices, files } = around.workspace
  const names = new Set(matrices.map(({ matrix }) => matrix.name))
  const paths = new Set(files.map(({ file }) => file))
  const wantedName = planned?.name ?? wanted.name
  const name = freeName(wantedName, new Set([...names, ...(paths.has(fileOf(wantedName)) ? [wantedName] : [])]))
  const operation = `reproduced ${verbOf(body).replaceAll('_', ' ')}`
  const text = matrixText({
    name,
    title: name,
    resource: planned?.resource ?? { edge_function: wanted.name },
    fixtures: adapter.added,
    operations: [{ name: operation, body }],
    notes: [],
    shown: null,
  })
  const file = fileOf(name)
  return { file, text, matrix: sound(text, file, around).matrix, operation }
}

function fileOf(name: string): string {
  return `matrices/${fileWord(name)}.matrix.yaml`
}

function inMatrix(matrix: Matrix, { added }: RowAdapter, body: JsonObject, around: Around): Made {
  const before = around.textOf(matrix.file)
  const taken = new Set(matrix.operations.map(({ name }) => name))
  const operation = freeName(`reproduced ${verbOf(body).replaceAll('_', ' ')}`, taken)
  const text = withEdits(before, additions(before, matrix, added, `${yamlScalar(operation)}: ${flowText(body)}`))
  return { file: matrix.file, text, matrix: sound(text, matrix.file, around).matrix, operation }
}

function additions(
  text: string,
  { resource, file }: Matrix,
  added: readonly PlannedRow[],
  operation: string,
): readonly TextEdit[] {
  const [document] = yamlDocuments(text)
  const top = yamlMap(text, document?.contents)
  const operations = yamlMap(text, top?.entry('operations')?.value)
  const fixtures = yamlMap(text, top?.entry('fixtures')?.value)
  const place = top?.entry('resource')
  if (top === null || operations === null || place === undefined) {
    throw notReproducible(`${file}, whose operations are an alias or a file`, 'Write the operation by hand.')
  }
  const home = resource.kind === 'table' ? resource.name : null
  const lines = added.map(
    (row) => `${yamlScalar(row.name)}: ${flowText(rowText(row, home, resource.kind === 'bucket'))}`,
  )
  const edits = [operations.insertion(null, [operation])]
  if (lines.length === 0) return edits
  return fixtures === null
    ? [...edits, top.insertion(place, [`fixtures: { ${lines.join(', ')} }`])]
    : [...edits, fixtures.insertion(null, lines)]
}

/** @throws WorkspaceProblems for a text that a run would refuse. */
function sound(text: string, file: string, { workspace, schema, paths }: Around): LoadedMatrix {
  const { roster, groups } = workspace
  const { result, problems } = parseMatrixText(text, { file, roster, groups, paths, complete: true })
  if (result === undefined) throw new WorkspaceProblems(problems)
  const stores = paths.flatMap((path) => path.stores ?? [])
  const missing = checkAgainstCatalog(result, roster, withStoreRelations(schema.catalog, stores), paths)
  if (missing.length > 0) throw new WorkspaceProblems(missing)
  return result
}

function decided({ text, file, matrix, operation }: Made, actor: ActorDeclaration, around: Around): string {
  const { roster, groups } = around.workspace
  const cell = matrix.cells.find((one) => one.actor === actor.name && one.operation === operation)
  if (cell?.expected.decision === 'deny') return text
  const expected = { decision: 'deny', layers: [...authorizingLayers] } as const
  const decision = { actor: actor.name, operation, expected }
  const edited = withDecisions(text, { matrix, roster, groups, paths: around.paths }, [decision])
  sound(edited, file, around)
  return edited
}

/** The other actors' cells of the new operation are decided by wider entries, or by none. */
function othersNote(
  text: string,
  { file, operation }: Made,
  actor: ActorDeclaration,
  around: Around,
): readonly string[] {
  const { cells } = sound(text, file, around).matrix
  const others = cells.filter((cell) => cell.operation === operation && cell.actor !== actor.name)
  const named = (decision: string) =>
    others.filter(({ expected }) => expected.decision === decision).map((cell) => cell.actor)
  const open = [...named('define'), ...named('missing')]
  const [allowed, denied] = [named('allow'), named('deny')]
  return [
    ...(allowed.length === 0
      ? []
      : [`the file's wider entries allow it to ${allowed.join(', ')}: check that they may`]),
    ...(denied.length === 0 ? [] : [`the file's wider entries deny it to ${denied.join(', ')}`]),
    ...(open.length === 0
      ? []
      : [`no entry decides it for ${open.join(', ')}: run it, and decide by \`trespass decide\``]),
  ]
}

function unused(keep: ReadonlySet<string>, attempt: Attempt): readonly string[] {
  const names = new Set(
    Object.values(attempt).flatMap((part) =>
      isObject(part)
        ? Object.keys(part)
        : isList(part)
          ? part.flatMap((row) => (isObject(row) ? Object.keys(row) : []))
          : [],
    ),
  )
  const without = [...keep].filter((name) => !names.has(name))
  return without.length === 0 ? [] : [`--keep names ${without.join(', ')}, which the body of the request does not hold`]
}

function statusNote({ status }: CapturedRequest): readonly string[] {
  if (status === null || status < 400) return []
  return [`the request was answered with ${status}: the cell shows whether it is still refused, and why`]
}
