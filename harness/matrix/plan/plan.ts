import type { Position } from '../../errors.ts'
import {
  type ActorDeclaration,
  hasUser,
  type Matrix,
  type OperationDeclaration,
  type Roster,
  type RowDeclaration,
} from '../../model/matrix.ts'
import { referencesIn } from '../../model/references.ts'
import { authorizingLayers, type Expectation, isProvenBySilence } from '../../model/verdict.ts'
import type { AccessPath, Footprint } from '../../paths/path.ts'
import { isNamed } from '../../qualified-name.ts'
import type { Catalog } from '../../witness/catalog.ts'
import { withUserRows } from '../check-unique.ts'
import { type Component, componentsOf } from '../components.ts'
import { holdsRows } from '../matrix-schema.ts'
import { writtenValues } from '../read-operations.ts'
import { fixtureEvents } from '../third-party.ts'

/** The caller of the control behind a denial. */
type ControlBy = { readonly actor: string } | 'privileged'

/** One operation, with its footprint and the fixtures that it needs. */
export interface OperationPlan {
  readonly declaration: OperationDeclaration
  readonly path: AccessPath
  readonly footprint: Footprint
  /** True when the request may write, so that its cells need fixtures of their own. */
  readonly writes: boolean
  /** Indexes of the components that it involves. */
  readonly components: readonly number[]
}

/** A private or shared copy of one component of fixtures. */
export interface SetPlan {
  readonly key: string
  readonly component: number
  /** The actor as whose user `$actor` is resolved. */
  readonly identity: string
}

/** One attempt: an operation, its actor, and its copies of the fixtures. */
export interface AttemptPlan {
  readonly operation: OperationPlan
  readonly identity: string
  readonly sets: readonly SetPlan[]
}

export interface ControlPlan extends AttemptPlan {
  /** Equal for all cells that share the control. */
  readonly key: string
  readonly by: ControlBy
}

export interface CellPlan {
  readonly id: string
  readonly matrix: string
  readonly actor: ActorDeclaration
  readonly operation: OperationDeclaration
  readonly expected: Expectation
  readonly at: Position
  /** One attempt; two when the operation compares two answers. */
  readonly attempts: readonly AttemptPlan[]
  /** For a denial, where nothing at all may come back, and where nothing is decided: one control per attempt. */
  readonly controls: readonly ControlPlan[]
}

export interface MatrixPlan {
  readonly matrix: Matrix
  readonly components: readonly Component[]
  readonly cells: readonly CellPlan[]
}

/**
 * Plans every cell of a matrix: its attempts, their fixtures, and the control behind a denial.
 *
 * @param roster the actors, in whose order a control is looked for.
 * @param catalog shows which functions cannot write.
 * @param absent names of actors that cannot send requests on the target, and therefore make no control.
 */
export function planMatrix(
  declared: Matrix,
  roster: Roster,
  catalog: Catalog,
  paths: readonly AccessPath[],
  absent: ReadonlySet<string> = new Set(),
): MatrixPlan {
  const matrix = withUserRows(declared, roster, catalog, paths)
  const components = componentsOf(matrix.fixtures)
  const actors = new Map(roster.actors.map((actor) => [actor.name, actor]))
  const operations = new Map<string, OperationPlan>()
  for (const declaration of matrix.operations) {
    const path = paths.find((candidate) => candidate.name === declaration.path)
    if (path !== undefined)
      operations.set(declaration.name, planOperation(declaration, path, matrix, components, catalog))
  }
  const planner = new Planner(matrix, roster, absent, components, operations)
  const cells = matrix.cells.flatMap((cell) => {
    const actor = actors.get(cell.actor)
    const operation = matrix.operations.find(({ name }) => name === cell.operation)
    return actor === undefined || operation === undefined
      ? []
      : [planner.cell(actor, operation, cell.expected, cell.at)]
  })
  return { matrix, components, cells }
}

/** @returns the stable id of a cell: `documents › alice › rename own`. */
export function cellId(matrix: string, actor: string, operation: string): string {
  return [matrix, actor, operation].join(' › ')
}

/** @returns every copy of fixtures that these cells and their controls need, each once. */
export function setsOf(cells: readonly CellPlan[]): readonly SetPlan[] {
  const sets = new Map<string, SetPlan>()
  for (const cell of cells) {
    for (const attempt of [...cell.attempts, ...cell.controls]) {
      for (const set of attempt.sets) sets.set(set.key, set)
    }
  }
  return [...sets.values()]
}

/** @returns the fixtures whose rows `"*"` means. */
export function rowsOfResource(matrix: Pick<Matrix, 'resource' | 'fixtures'>): readonly RowDeclaration[] {
  const { resource, fixtures } = matrix
  const table = resource.of ?? (holdsRows(resource.kind) ? resource.name : null)
  return table === null ? fixtures : fixtures.filter((fixture) => fixture.table === table)
}

/** Plans one operation: its footprint, and the components of the fixtures that it involves. */
export function planOperation(
  declaration: OperationDeclaration,
  path: AccessPath,
  matrix: Pick<Matrix, 'resource' | 'fixtures'>,
  components: readonly Component[],
  catalog: Catalog,
): OperationPlan {
  const verb = path.verbs[declaration.verb]
  if (verb === undefined) throw new Error(`${path.name} has no verb ${declaration.verb}`)
  const footprint = verb.footprint(declaration.body, matrix.resource)
  const involved = new Set(involvedFixtures(footprint, declaration, matrix))
  return {
    declaration,
    path,
    footprint,
    writes: !footprint.readOnly && !cannotWrite(matrix, catalog),
    components: components.flatMap((component, index) =>
      component.fixtures.some(({ name }) => involved.has(name)) ? [index] : [],
    ),
  }
}

function involvedFixtures(
  footprint: Footprint,
  declaration: OperationDeclaration,
  matrix: Pick<Matrix, 'resource' | 'fixtures'>,
): readonly string[] {
  const read = footprint.reads === '*' ? rowsOfResource(matrix).map(({ name }) => name) : (footprint.reads ?? [])
  const written = footprint.writes.flatMap((write) => (write.kind === 'add' ? [] : [write.fixture]))
  const embedded = matrix.fixtures.filter(({ table }) =>
    footprint.embeds.some(({ relation }) => isNamed(table, relation)),
  )
  const named = referencesIn(writtenValues(declaration)).map((reference) => reference.name)
  const touched = fixtureEvents(footprint).map(({ fixture }) => fixture)
  return [
    ...read,
    ...(footprint.about ?? []),
    ...(footprint.as === undefined ? [] : [footprint.as]),
    ...written,
    ...touched,
    ...embedded.map(({ name }) => name),
    ...named,
  ]
}

/** PostgreSQL runs a stable or immutable function without letting it write. */
function cannotWrite(matrix: Pick<Matrix, 'resource'>, catalog: Catalog): boolean {
  const overloads = catalog.functions[matrix.resource.name]
  return overloads?.every(({ volatility }) => volatility !== 'volatile') === true
}

class Planner {
  readonly #matrix: Matrix
  readonly #roster: Roster
  readonly #absent: ReadonlySet<string>
  readonly #components: readonly Component[]
  readonly #operations: ReadonlyMap<string, OperationPlan>
  /** The user as which an actor without a user is resolved when no control has one. */
  readonly #standIn: string

  constructor(
    matrix: Matrix,
    roster: Roster,
    absent: ReadonlySet<string>,
    components: readonly Component[],
    operations: ReadonlyMap<string, OperationPlan>,
  ) {
    this.#matrix = matrix
    this.#roster = roster
    this.#absent = absent
    this.#components = components
    this.#operations = operations
    const present = roster.actors.filter(({ name }) => !absent.has(name))
    this.#standIn = present.find(isOrdinary)?.name ?? present.find(({ kind }) => hasUser(kind))?.name ?? ''
  }

  cell(actor: ActorDeclaration, operation: OperationDeclaration, expected: Expectation, at: Position): CellPlan {
    const id = cellId(this.#matrix.name, actor.name, operation.name)
    const plans = (operation.pair ?? [operation.name]).flatMap((name) => this.#operations.get(name) ?? [])
    const controls = isProvenBySilence(expected) ? plans.map((plan) => this.#control(plan)) : []
    const attempts = plans.map((plan, index) => {
      const identity = hasUser(actor.kind) ? actor.name : (controls[index]?.identity ?? this.#standIn)
      return this.#attempt(plan, identity, id)
    })
    const accepted = accepting(expected, plans)
    return { id, matrix: this.#matrix.name, actor, operation, expected: accepted, at, attempts, controls }
  }

  #control(operation: OperationPlan): ControlPlan {
    const { name } = operation.declaration
    const allowed = this.#roster.actors.find(
      (actor) => isIntact(actor) && !this.#absent.has(actor.name) && this.#allows(actor.name, name),
    )
    const by: ControlBy = allowed === undefined ? 'privileged' : { actor: allowed.name }
    const identity = allowed !== undefined && hasUser(allowed.kind) ? allowed.name : this.#standIn
    const key = `control ${this.#matrix.name} › ${by === 'privileged' ? 'privileged' : by.actor} › ${name}`
    return { ...this.#attempt(operation, identity, key), key, by }
  }

  /** An actor that is allowed to see no row is no control for the request. */
  #allows(actor: string, operation: string): boolean {
    return this.#matrix.cells.some(
      ({ expected, ...cell }) =>
        cell.actor === actor &&
        cell.operation === operation &&
        expected.decision === 'allow' &&
        expected.exactly?.length !== 0,
    )
  }

  #attempt(operation: OperationPlan, identity: string, owner: string): AttemptPlan {
    const sets = operation.components.map((component): SetPlan => {
      const shared = this.#components[component]?.dependsOnActor === true ? this.#userOf(identity) : 'everyone'
      const key = operation.writes ? `${owner} #${component}` : `${this.#matrix.name} reads of ${shared} #${component}`
      return { key, component, identity }
    })
    return { operation, identity, sets }
  }

  /** Actors that borrow a user share the fixtures of its reads. */
  #userOf(identity: string): string {
    return this.#roster.actors.find(({ name }) => name === identity)?.as ?? identity
  }
}

/** @returns the expectation; a bare `deny` also accepts the only refusal of an operation's service. */
function accepting(expected: Expectation, plans: readonly OperationPlan[]): Expectation {
  if (expected.decision !== 'deny' || expected.layers !== authorizingLayers) return expected
  const more = plans.flatMap(({ declaration, path }) => path.verbs[declaration.verb]?.refusesBy ?? [])
  return more.length === 0 ? expected : { ...expected, layers: [...expected.layers, ...more] }
}

function isIntact(actor: ActorDeclaration): boolean {
  return actor.token === undefined && actor.apiKey === undefined
}

function isOrdinary(actor: ActorDeclaration): boolean {
  return actor.kind === 'authenticated' && isIntact(actor)
}
