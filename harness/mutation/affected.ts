import { commandsOf } from '../coverage/trials.ts'
import type {
  ActorDeclaration,
  CellDeclaration,
  LoadedMatrix,
  Matrix,
  OperationDeclaration,
  Roster,
} from '../model/matrix.ts'
import { isUndecided } from '../model/verdict.ts'
import type { AccessPath } from '../paths/path.ts'
import type { Mutant, MutantKind } from './model.ts'
import type { Dependency, MutableSchema } from './schema.ts'
import { literal } from './sql.ts'

/** Cells of one matrix that are tried together. */
export interface Batch {
  readonly loaded: LoadedMatrix
  readonly cells: readonly CellDeclaration[]
}

/** A cell with everything that decides whether a mutant can change its answer. */
interface KnownCell {
  readonly declaration: CellDeclaration
  readonly role: 'anon' | 'authenticated' | 'worker'
  /** The relations, functions and buckets that its request names or writes. */
  readonly objects: readonly string[]
  /** The object that its commands are about. */
  readonly about: string
  readonly commands: readonly string[]
}

/** The most cells likely to notice a mutant that are tried before the others. */
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

/** Finds the cells whose answers a mutant can change. Pure. */
export class AffectedCells {
  readonly #matrices: readonly { readonly loaded: LoadedMatrix; readonly cells: readonly KnownCell[] }[]
  readonly #users: ReadonlyMap<string, readonly string[]>
  readonly #owners: ReadonlySet<string>
  readonly #forced: ReadonlySet<string>

  constructor(schema: MutableSchema, matrices: readonly LoadedMatrix[], roster: Roster, paths: readonly AccessPath[]) {
    const actors = new Map(roster.actors.map((actor) => [actor.name, actor]))
    this.#matrices = matrices.map((loaded) => ({ loaded, cells: knownCells(loaded.matrix, actors, paths) }))
    this.#users = usersOf(schema.dependencies)
    const asOwner = [...schema.functions.filter(({ definer }) => definer), ...schema.views.filter(isOwnersView)]
    this.#owners = new Set(asOwner.map(nameOf))
    this.#forced = new Set(schema.tables.filter(({ forced }) => forced).map(nameOf))
  }

  /**
   * @returns the cells that a mutant touches, in the order in which they are tried: first those of each matrix that are
   *   likely to notice it, nearest matrix first, then all the others.
   */
  batchesFor(mutant: Mutant): readonly Batch[] {
    const distances = this.#distancesFrom(mutant)
    const touched = this.#matrices
      .map(({ loaded, cells }) => {
        const some = cells.filter((cell) => isTouched(cell, mutant, distances))
        const distance = Math.min(...some.flatMap(({ objects }) => objects.flatMap((one) => distances.get(one) ?? [])))
        const near = isNamedBy(mutant, loaded.matrix) ? distance - 1 : distance
        return { loaded, near, ...divided(some, mutant) }
      })
      .filter(({ first, others }) => first.length + others.length > 0)
      .sort((one, other) => one.near - other.near || (one.loaded.matrix.file < other.loaded.matrix.file ? -1 : 1))
    return [
      ...touched.map(({ loaded, first }) => ({ loaded, cells: first })),
      ...touched.map(({ loaded, others }) => ({ loaded, cells: others })),
    ].filter(({ cells }) => cells.length > 0)
  }

  /** By object, over how many others the mutant reaches it. */
  #distancesFrom({ touches, kind }: Mutant): ReadonlyMap<string, number> {
    const distances = new Map(touches.map((one) => [one, 0]))
    const stopsAtOwners = ownerless.includes(kind) && !touches.some((one) => this.#forced.has(one))
    const queue = [...touches]
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      const next = (distances.get(at) ?? 0) + 1
      for (const user of this.#users.get(at) ?? []) {
        if (distances.has(user) || (stopsAtOwners && this.#owners.has(user))) continue
        distances.set(user, next)
        queue.push(user)
      }
    }
    return distances
  }
}

/** Policies of all buckets are on one table: a bucket that a policy names comes before the others. */
function isNamedBy({ original }: Mutant, { resource }: Matrix): boolean {
  return resource.kind === 'bucket' && original.includes(literal(resource.name))
}

function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`
}

function isOwnersView({ invoker }: MutableSchema['views'][number]): boolean {
  return invoker === null || !['on', 'true', 'yes', '1'].includes(invoker.toLowerCase())
}

function usersOf(dependencies: readonly Dependency[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  for (const { object, on } of dependencies) users.set(on, [...(users.get(on) ?? []), object])
  return users
}

function isTouched(cell: KnownCell, mutant: Mutant, distances: ReadonlyMap<string, number>): boolean {
  if (!cell.objects.some((one) => distances.has(one))) return false
  if (mutant.role !== null && cell.role !== 'worker' && cell.role !== mutant.role) return false
  // Commands are compared only where the mutated object is the cell's only one: elsewhere the cell reads it, whatever it does.
  const isItself = mutant.touches.includes(cell.about) && cell.objects.every((one) => one === cell.about)
  const { commands } = mutant
  if (!isItself || commands.length === 0 || commands.includes('select')) return true
  return cell.commands.some((command) => commands.includes(command))
}

function divided(
  cells: readonly KnownCell[],
  mutant: Mutant,
): { readonly first: readonly CellDeclaration[]; readonly others: readonly CellDeclaration[] } {
  const counts = new Map<string, number>()
  const first: CellDeclaration[] = []
  for (const { declaration, commands } of cells) {
    const { expected, operation } = declaration
    const fits =
      mutant.direction === 'either' ||
      (expected.decision === 'deny') === (mutant.direction === 'wider') ||
      isExact(declaration)
    const isMeant = mutant.commands.length === 0 || commands.some((command) => mutant.commands.includes(command))
    const count = counts.get(operation) ?? 0
    if (!fits || !isMeant || count >= firstOfOperation || first.length >= firstCells) continue
    counts.set(operation, count + 1)
    first.push(declaration)
  }
  return { first, others: cells.map(({ declaration }) => declaration).filter((one) => !first.includes(one)) }
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
  return matrix.cells.flatMap((declaration): KnownCell[] => {
    const actor = actors.get(declaration.actor)
    const operation = operations.get(declaration.operation)
    if (actor === undefined || operation === undefined || isUndecided(declaration.expected)) return []
    // A credential that the services refuse never reaches the schema.
    if ((actor.token !== undefined && actor.token !== 'none') || actor.apiKey !== undefined) return []
    const asked = (operation.pair ?? [operation.name]).flatMap((name) => known.get(name) ?? [])
    const objects = [...new Set(asked.flatMap((one) => one.objects))]
    const commands = [...new Set(asked.flatMap((one) => one.commands))]
    return [{ declaration, role: roleOf(actor), objects, about: aboutOf(matrix), commands }]
  })
}

function roleOf({ kind, token }: ActorDeclaration): KnownCell['role'] {
  if (kind === 'worker') return 'worker'
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
): { readonly objects: readonly string[]; readonly commands: readonly string[] } {
  const path = paths.find(({ name }) => name === pathName)
  const verb = path?.verbs[verbName]
  if (path === undefined || verb === undefined) return { objects: [], commands: [] }
  const { resource, fixtures } = matrix
  const footprint = verb.footprint(body, resource)
  const schema = resource.name.split('.')[0] ?? ''
  const written = footprint.writes.flatMap((write) =>
    write.kind === 'add'
      ? [write.table]
      : fixtures.filter(({ name }) => name === write.fixture).map(({ table }) => table),
  )
  const isFree = footprint.free !== undefined || resource.kind === 'database'
  return {
    objects: [
      aboutOf(matrix),
      ...(resource.kind === 'bucket' ? ['storage.buckets', `bucket ${resource.name}`] : []),
      ...(path.name === 'realtime' ? ['realtime.messages'] : []),
      ...footprint.embeds.map(({ relation }) => `${schema}.${relation}`),
      ...written,
      // SQL of the matrix's own may use any table and function.
      ...(isFree ? [...fixtures.map(({ table }) => table), ...namesIn(footprint.free)] : []),
    ],
    commands: commandsOf(verb, footprint),
  }
}

/** Names with a schema in a text of SQL. */
function namesIn(free: unknown): readonly string[] {
  return JSON.stringify(free ?? '').match(/\b[a-z_]\w*\.[a-z_]\w*/g) ?? []
}
