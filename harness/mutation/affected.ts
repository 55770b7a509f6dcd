import { commandsOf } from '../coverage/trials.ts'
import { groupBy } from '../group.ts'
import { cellId } from '../matrix/plan/plan.ts'
import type {
  ActorDeclaration,
  CellDeclaration,
  LoadedMatrix,
  Matrix,
  OperationDeclaration,
  Roster,
} from '../model/matrix.ts'
import { usesApi } from '../model/matrix.ts'
import { isUndecided } from '../model/verdict.ts'
import type { AccessPath } from '../paths/path.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { matricesOf } from '../scenarios/scenario-runner.ts'
import type { Mutant, MutantKind } from './model.ts'
import { isInvokersView } from './objects.ts'
import type { Dependency, MutableSchema } from './schema.ts'
import { literal } from './sql.ts'

/** Cells of one matrix that are tried together. */
export interface Batch {
  readonly loaded: LoadedMatrix
  readonly cells: readonly CellDeclaration[]
}

/** A cell with everything that decides whether a mutant can change its answer. */
interface KnownCell {
  readonly id: string
  readonly declaration: CellDeclaration
  readonly actor: ActorDeclaration
  readonly role: 'anon' | 'authenticated' | 'worker'
  /** The relations, functions and buckets that its request names or writes. */
  readonly objects: readonly string[]
  /** The tables of its matrix's fixtures, which triggers may fill in. */
  readonly fixtures: readonly string[]
  /** The object that its commands are about. */
  readonly about: string
  readonly commands: readonly string[]
  readonly readOnly: boolean
  /** Names of columns that its request gives. */
  readonly columns: readonly string[]
}

/** The most cells likely to notice a mutant that are tried before all others. */
const probes = 3
/** The most cells of each matrix that come next. */
const firstCells = 12
/** The most of them with one operation: the same request by one more actor seldom shows more. */
const firstOfOperation = 3

/** Policies, grants and row security of a table do not apply to its owner, as which definer functions and views read. */
const ownerless: readonly MutantKind[] = [
  'policy-dropped',
  'policy-true',
  'policy-false',
  'policy-part',
  'policy-check',
  'policy-roles',
  'policy-command',
  'policy-mode',
  'row-security',
  'grant-added',
  'grant-removed',
]

/** Kinds that change writes alone. */
const ofWrites: readonly MutantKind[] = ['constraint', 'trigger']

/** Kinds that may change what several requests at once, or a repeated one, come to. */
const ofConcurrency: readonly MutantKind[] = [
  'function-lock',
  'function-conflict',
  'function-check',
  'constraint',
  'trigger',
]

/** Recipes that race or repeat requests. The others take sessions away, or cut migrations short. */
const racing: readonly string[] = ['contended', 'replayed', 'worker-claim', 'worker-crash']

/** The parts from which affected cells and scenarios are found. */
export interface AffectedInput {
  readonly schema: MutableSchema
  readonly matrices: readonly LoadedMatrix[]
  readonly scenarios: readonly Scenario[]
  readonly roster: Roster
  readonly paths: readonly AccessPath[]
}

/** Finds the cells whose answers a mutant can change. Pure. */
export class AffectedCells {
  readonly #matrices: readonly { readonly loaded: LoadedMatrix; readonly cells: readonly KnownCell[] }[]
  readonly #scenarios: readonly { readonly scenario: Scenario; readonly objects: readonly string[] }[]
  readonly #users: ReadonlyMap<string, readonly Dependency[]>
  readonly #owners: ReadonlySet<string>
  readonly #forced: ReadonlySet<string>
  /** Relations, and functions that PostgreSQL lets write nothing. */
  readonly #still: ReadonlySet<string>

  constructor({ schema, matrices, scenarios, roster, paths }: AffectedInput) {
    const actors = new Map(roster.actors.map((actor) => [actor.name, actor]))
    this.#scenarios = scenarios.map((scenario) => ({ scenario, objects: objectsOf(scenario, paths) }))
    this.#matrices = matrices.map((loaded) => ({ loaded, cells: knownCells(loaded.matrix, actors, paths) }))
    this.#users = groupBy(schema.dependencies, ({ on }) => on)
    const asOwner = [
      ...schema.functions.filter(({ definer }) => definer),
      ...schema.views.filter((view) => !isInvokersView(view)),
    ]
    this.#owners = new Set(asOwner.map(nameOf))
    this.#forced = new Set(schema.tables.filter(({ forced }) => forced).map(nameOf))
    const writers = new Set(schema.functions.filter(mayWrite).map(nameOf))
    const still = [...schema.tables, ...schema.views, ...schema.functions].map(nameOf)
    this.#still = new Set(still.filter((name) => !writers.has(name)))
  }

  /**
   * @param likely ids of cells that noticed mutants like this one: they come first.
   * @returns the cells that a mutant touches, in the order in which they are tried: a few that are the likeliest to notice
   *   it, then those of each matrix that are likely to, nearest matrix first, then all the others.
   */
  batchesFor(mutant: Mutant, likely: readonly string[] = []): readonly Batch[] {
    // No cell makes two requests at once.
    if (mutant.kind === 'function-lock') return []
    const distances = this.#distancesFrom(mutant)
    const touched = this.#matrices
      .map(({ loaded, cells }) => {
        const some = isOfOtherBucket(mutant, loaded.matrix)
          ? []
          : cells.filter((cell) => isTouched(cell, mutant, distances))
        const distance = Math.min(...some.flatMap(({ objects }) => objects.flatMap((one) => distances.get(one) ?? [])))
        const near = isNamedBy(mutant, loaded.matrix) ? distance - 1 : distance
        return { loaded, near, cells: ranked(some, mutant) }
      })
      .filter(({ cells }) => cells.length > 0)
      .sort((one, other) => one.near - other.near || (one.loaded.matrix.file < other.loaded.matrix.file ? -1 : 1))
    const probed = probesOf(touched, likely)
    const isProbed = new Set(probed.flatMap(({ cells }) => cells))
    const left = touched.map(({ loaded, cells }) => ({ loaded, cells: cells.filter((cell) => !isProbed.has(cell)) }))
    const next = left.map(({ loaded, cells }) => ({ loaded, cells: firstOf(cells, mutant) }))
    const isNext = new Set(next.flatMap(({ cells }) => cells))
    const others = left.map(({ loaded, cells }) => ({ loaded, cells: cells.filter((cell) => !isNext.has(cell)) }))
    return [...probed, ...next, ...others]
      .filter(({ cells }) => cells.length > 0)
      .map(({ loaded, cells }) => ({ loaded, cells: cells.map(({ declaration }) => declaration) }))
  }

  /** @returns the scenarios that may notice a mutant of what keeps callers apart who come at once, or who come again. */
  scenariosFor(mutant: Mutant): readonly Scenario[] {
    if (!ofConcurrency.includes(mutant.kind)) return []
    const distances = this.#distancesFrom(mutant)
    const distanceOf = (objects: readonly string[]) => Math.min(...objects.flatMap((one) => distances.get(one) ?? []))
    return this.#scenarios
      .map(({ scenario, objects }) => ({ scenario, distance: distanceOf(objects) }))
      .filter(({ distance }) => Number.isFinite(distance))
      .sort((one, other) => one.distance - other.distance || (one.scenario.file < other.scenario.file ? -1 : 1))
      .map(({ scenario }) => scenario)
  }

  /** By object, over how many others the mutant reaches it. */
  #distancesFrom({ touches, kind }: Mutant): ReadonlyMap<string, number> {
    const distances = new Map(touches.map((one) => [one, 0]))
    const stopsAtOwners = ownerless.includes(kind) && !touches.some((one) => this.#forced.has(one))
    const queue = [...touches]
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      const next = (distances.get(at) ?? 0) + 1
      for (const use of this.#users.get(at) ?? []) {
        if (distances.has(use.object) || (stopsAtOwners && this.#owners.has(use.object))) continue
        if (ofWrites.includes(kind) && !this.#carriesWrites(use)) continue
        distances.set(use.object, next)
        queue.push(use.object)
      }
    }
    return distances
  }

  /** Returns true when the user of an object may write to it, or make it write. */
  #carriesWrites({ object, on, through }: Dependency): boolean {
    if (!this.#still.has(on)) return true
    if (through !== 'view' && through !== 'trigger' && through !== 'body') return false
    return through !== 'body' || !this.#still.has(object)
  }
}

/** A function is volatile where its definition does not say otherwise, and PostgreSQL lets no other one write. */
function mayWrite({ definition }: MutableSchema['functions'][number]): boolean {
  const head = definition.slice(0, definition.search(/^AS /m))
  return !/^ .*\b(?:STABLE|IMMUTABLE)\b/m.test(head)
}

/** True when a mutant lets only objects of other buckets through, and no operation of a matrix names such a one. */
function isOfOtherBucket({ bucket }: Mutant, { resource, operations }: Matrix): boolean {
  if (bucket === undefined || resource.kind !== 'bucket' || resource.name === bucket) return false
  return !JSON.stringify(operations).includes(JSON.stringify(bucket).slice(1, -1))
}

/** Policies of all buckets are on one table: a bucket that a policy names comes before the others. */
function isNamedBy({ original }: Mutant, { resource }: Matrix): boolean {
  return resource.kind === 'bucket' && original.includes(literal(resource.name))
}

function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`
}

function isTouched(cell: KnownCell, mutant: Mutant, distances: ReadonlyMap<string, number>): boolean {
  const isReached = (names: readonly string[]) => names.some((one) => distances.has(one))
  // A trigger may have made what a cell finds when the fixtures were inserted.
  if (mutant.kind === 'trigger' && isReached(cell.fixtures)) return true
  if (!isReached(cell.objects)) return false
  if (mutant.role !== null && cell.role !== 'worker' && cell.role !== mutant.role) return false
  if (ofWrites.includes(mutant.kind) && cell.readOnly) return false
  // Commands are compared only where the mutated object is the cell's only one: elsewhere the cell reads it, whatever it does.
  const isItself = mutant.touches.includes(cell.about) && cell.objects.every((one) => one === cell.about)
  const { commands } = mutant
  if (!isItself || commands.length === 0 || commands.includes('select')) return true
  return cell.commands.some((command) => commands.includes(command))
}

/** Cells that noticed mutants like this one, and where none did, the likeliest of the nearest matrix. */
function probesOf<M extends { readonly cells: readonly KnownCell[] }>(
  touched: readonly M[],
  likely: readonly string[],
): readonly M[] {
  const known = touched
    .map((one) => ({ ...one, cells: one.cells.filter(({ id }) => likely.includes(id)) }))
    .filter(({ cells }) => cells.length > 0)
  const some = known.length > 0 ? known : touched.slice(0, 1)
  return some.map((one) => ({ ...one, cells: one.cells.slice(0, probes) }))
}

/** The likeliest to notice a mutant first; of equals, one of each operation before a second one of any. */
function ranked(cells: readonly KnownCell[], mutant: Mutant): readonly KnownCell[] {
  const counts = new Map<string, number>()
  const places = cells.map((cell, index) => {
    const rank = rankOf(cell, mutant)
    const key = `${rank} ${cell.declaration.operation}`
    const occurrence = counts.get(key) ?? 0
    counts.set(key, occurrence + 1)
    return { cell, rank, occurrence, index }
  })
  return places
    .sort((one, other) => one.rank - other.rank || one.occurrence - other.occurrence || one.index - other.index)
    .map(({ cell }) => cell)
}

/** Lower for a cell that is likelier to notice a mutant. */
function rankOf({ declaration, actor, commands, columns }: KnownCell, mutant: Mutant): number {
  const { expected } = declaration
  const text = mutant.apply.join(' ')
  const isMeant = mutant.commands.length === 0 || commands.some((command) => mutant.commands.includes(command))
  const isPrivilege = mutant.kind === 'grant-added'
  // A policy decides nothing for a role without the privilege, and a privilege nothing for an actor that has it.
  const refusal = expected.decision === 'deny' && !expected.layers.some((layer) => (layer === 'grant') === isPrivilege)
  const named = columns.some((column) => new RegExp(`\\b${column.replaceAll(/\W/g, '.')}\\b`).test(text))
  const isAnonymousUser = text.includes('is_anonymous') && actor.kind === 'anonymous-auth'
  return (
    (fits(declaration, mutant) ? 0 : 16) +
    (isMeant ? 0 : 8) +
    (refusal ? 4 : 0) +
    (text.includes('is_anonymous') && !isAnonymousUser ? 2 : 0) +
    (named ? 0 : 1)
  )
}

/** True when a mutant takes away what a cell expects. */
function fits(declaration: CellDeclaration, { direction }: Mutant): boolean {
  const isDenied = declaration.expected.decision === 'deny'
  return direction === 'either' || isDenied === (direction === 'wider') || isExact(declaration)
}

/** @param cells in their rank. */
function firstOf(cells: readonly KnownCell[], mutant: Mutant): readonly KnownCell[] {
  const counts = new Map<string, number>()
  const first = cells.filter(({ declaration, commands }) => {
    const { operation } = declaration
    const isMeant = mutant.commands.length === 0 || commands.some((command) => mutant.commands.includes(command))
    const count = counts.get(operation) ?? 0
    if (!fits(declaration, mutant) || !isMeant || count >= firstOfOperation) return false
    counts.set(operation, count + 1)
    return true
  })
  return first.slice(0, firstCells)
}

/** An allowance that names the rows that come notices one more, and one less. */
function isExact({ expected }: CellDeclaration): boolean {
  return expected.decision === 'allow' && expected.exactly !== undefined
}

function knownCells(
  matrix: Matrix,
  actors: ReadonlyMap<string, ActorDeclaration>,
  paths: readonly AccessPath[],
): readonly KnownCell[] {
  const operations = new Map(matrix.operations.map((one) => [one.name, one]))
  const known = new Map(matrix.operations.map((one) => [one.name, askedBy(one, matrix, paths)]))
  const fixtures = [...new Set(matrix.fixtures.map(({ table }) => table))]
  return matrix.cells.flatMap((declaration): KnownCell[] => {
    const actor = actors.get(declaration.actor)
    const operation = operations.get(declaration.operation)
    if (actor === undefined || operation === undefined || isUndecided(declaration.expected)) return []
    // A credential that the services refuse never reaches the schema.
    if ((actor.token !== undefined && actor.token !== 'none') || actor.apiKey !== undefined) return []
    const asked = (operation.pair ?? [operation.name]).flatMap((name) => known.get(name) ?? [])
    return [
      {
        id: cellId(matrix.name, declaration.actor, declaration.operation),
        declaration,
        actor,
        role: roleOf(actor),
        objects: [...new Set(asked.flatMap((one) => one.objects))],
        fixtures,
        about: aboutOf(matrix),
        commands: [...new Set(asked.flatMap((one) => one.commands))],
        readOnly: asked.every((one) => one.readOnly),
        columns: [...new Set(asked.flatMap((one) => one.columns))],
      },
    ]
  })
}

function roleOf({ kind, token }: ActorDeclaration): KnownCell['role'] {
  if (!usesApi(kind)) return 'worker'
  return kind === 'anon' || token === 'none' ? 'anon' : 'authenticated'
}

function aboutOf({ resource }: Matrix): string {
  if (resource.kind === 'bucket') return 'storage.objects'
  return resource.kind === 'channel' ? 'realtime.messages' : resource.name
}

function askedBy(
  { path: pathName, verb: verbName, body }: OperationDeclaration,
  matrix: Matrix,
  paths: readonly AccessPath[],
): Pick<KnownCell, 'objects' | 'commands' | 'readOnly' | 'columns'> {
  const path = paths.find(({ name }) => name === pathName)
  const verb = path?.verbs[verbName]
  if (path === undefined || verb === undefined) return { objects: [], commands: [], readOnly: true, columns: [] }
  const { resource, fixtures } = matrix
  const footprint = verb.footprint(body, resource)
  const schema = resource.name.split('.')[0] ?? ''
  const tablesOf = (fixture: string) => fixtures.filter(({ name }) => name === fixture).map(({ table }) => table)
  const written = footprint.writes.flatMap((write) => (write.kind === 'add' ? [write.table] : tablesOf(write.fixture)))
  const happening = [...(footprint.meanwhile ?? []), ...(footprint.afterwards ?? [])]
  const isFree = footprint.free !== undefined || resource.kind === 'database' || resource.kind === 'job'
  return {
    objects: [
      aboutOf(matrix),
      ...(resource.kind === 'bucket' ? ['storage.buckets', `bucket ${resource.name}`] : []),
      ...(path.name === 'realtime' ? ['realtime.messages', 'service realtime'] : []),
      ...footprint.embeds.map(({ relation }) => `${schema}.${relation}`),
      ...written,
      // What the service sends of changes depends on the tables that they are made in.
      ...happening.flatMap(({ fixture }) => tablesOf(fixture)),
      ...(footprint.adds ?? []),
      // SQL of the matrix's own may use any table and function.
      ...(isFree ? [...fixtures.map(({ table }) => table), ...namesIn(footprint.free)] : []),
    ],
    commands: commandsOf(verb, footprint),
    readOnly: footprint.readOnly,
    columns: footprint.columns.map(({ column }) => column),
  }
}

/** The objects that the requests of a scenario name or write; none for a recipe that no mutant is tried with. */
function objectsOf(scenario: Scenario, paths: readonly AccessPath[]): readonly string[] {
  if (!racing.includes(scenario.recipe)) return []
  return matricesOf(scenario).flatMap((matrix) =>
    matrix.operations.flatMap((operation) => askedBy(operation, matrix, paths).objects),
  )
}

/** Names with a schema in a text of SQL. */
function namesIn(free: unknown): readonly string[] {
  return JSON.stringify(free ?? '').match(/\b[a-z_]\w*\.[a-z_]\w*/g) ?? []
}
