import { cellId, rowsOfResource } from '../matrix/plan/plan.ts'
import type { Matrix, OperationDeclaration, Roster } from '../model/matrix.ts'
import { usesApi } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import { type Expectation, isUndecided } from '../model/verdict.ts'
import type { AccessPath, Footprint, Verb } from '../paths/path.ts'
import type { ObjectKey } from './units.ts'

/** A declared or attempted cell: the object, the commands and the actor that it tries. */
export interface Trial {
  readonly cell: string
  readonly object: ObjectKey
  readonly commands: readonly string[]
  readonly actor: 'anon' | 'authenticated' | 'anonymous-auth'
  /** Actors that share a user are one. */
  readonly user: string
  /** Equal for all cells of one operation. */
  readonly operation: string
  readonly expects: 'allow' | 'deny' | 'comparison' | 'undecided'
  /** True when it is allowed, and some of the requested rows must not come. */
  readonly partial: boolean
  /** Columns of the object that the operation names. */
  readonly columns: readonly string[]
  /** Relations whose rows come along with the object's, by schema and name. */
  readonly embeds: readonly string[]
  /** Relations that the operation changes in other ways than through the object itself. */
  readonly touches: readonly string[]
}

/**
 * Computes the trials of cells. Pure.
 *
 * @param isAttempted true for a cell that counts: by its record, or because it is declared.
 */
export function trialsOf(
  matrices: readonly Matrix[],
  roster: Roster,
  paths: readonly AccessPath[],
  isAttempted: (cell: string) => boolean,
): readonly Trial[] {
  const actors = new Map(roster.actors.map((actor) => [actor.name, actor]))
  return matrices.flatMap((matrix) => {
    const verbs = new Map(matrix.operations.map((one) => [one.name, triedBy(one, matrix, paths)]))
    return matrix.cells.flatMap(({ actor: name, operation, expected }): Trial[] => {
      const actor = actors.get(name)
      const cell = cellId(matrix.name, name, operation)
      if (actor === undefined || !isAttempted(cell)) return []
      // A credential that is broken on purpose tests the services, and no grants or policies.
      if (!usesApi(actor.kind) || actor.token !== undefined || actor.apiKey !== undefined) return []
      const shared = { cell, actor: actor.kind, user: actor.as ?? name, operation: `${matrix.name} › ${operation}` }
      const expects = expectationOf(expected, matrix, operation)
      return (verbs.get(operation) ?? []).map(({ reads, ...tried }): Trial => {
        return { ...shared, ...tried, expects, partial: isPartial(expected, reads) }
      })
    })
  })
}

/** @returns the ids of the cells that were attempted: not left out, and not failed in Trespass itself. */
export function attemptedCells(records: readonly CellRecord[]): ReadonlySet<string> {
  const attempted = records.filter(
    ({ notRun, outcome, comparison }) => notRun === undefined && (outcome !== null || comparison !== null),
  )
  return new Set(attempted.map(({ id }) => id))
}

function expectationOf(expected: Expectation, matrix: Matrix, operation: string): Trial['expects'] {
  if (isUndecided(expected)) return 'undecided'
  const compares = matrix.operations.find(({ name }) => name === operation)?.pair !== undefined
  return compares ? 'comparison' : expected.decision
}

function isPartial(expected: Expectation, reads: readonly string[]): boolean {
  return expected.decision === 'allow' && expected.exactly !== undefined && expected.exactly.length < reads.length
}

type Tried = Pick<Trial, 'object' | 'commands' | 'columns' | 'embeds' | 'touches'> & {
  readonly reads: readonly string[]
}

/** An operation that compares two others tries both. */
function triedBy(operation: OperationDeclaration, matrix: Matrix, paths: readonly AccessPath[]): readonly Tried[] {
  if (operation.pair !== undefined) {
    const halves = matrix.operations.filter(({ name }) => operation.pair?.includes(name) === true)
    return halves.flatMap((half) => triedBy(half, matrix, paths))
  }
  const path = paths.find(({ name }) => name === operation.path)
  const verb = path?.verbs[operation.verb]
  const object = objectOf(matrix)
  if (path === undefined || verb === undefined || object === null) return []
  const footprint = verb.footprint(operation.body, matrix.resource)
  const { name } = matrix.resource
  const written = footprint.writes.flatMap((write) =>
    write.kind === 'add'
      ? [write.table]
      : matrix.fixtures.filter((fixture) => fixture.name === write.fixture).map(({ table }) => table),
  )
  const schema = name.split('.')[0] ?? ''
  const reads =
    footprint.reads === '*' ? rowsOfResource(matrix).map((fixture) => fixture.name) : (footprint.reads ?? [])
  return [
    {
      object,
      commands: commandsOf(verb, footprint),
      columns: footprint.columns.filter(({ table }) => table === name).map(({ column }) => column),
      embeds: footprint.embeds.map(({ relation }) => `${schema}.${relation}`),
      touches: [...new Set(written)].filter((table) => table !== name),
      reads,
    },
  ]
}

function objectOf({ resource }: Matrix): ObjectKey | null {
  switch (resource.kind) {
    case 'table':
    case 'view':
      return { kind: 'relation', name: resource.name }
    case 'function':
      return { kind: 'function', name: resource.name }
    case 'bucket':
      return { kind: 'bucket', name: resource.name }
    case 'channel':
      return { kind: 'channel', name: '' }
    case 'edge_function':
      return { kind: 'edge function', name: resource.name }
    default:
      return null
  }
}

/** @returns the commands that an operation exercises. */
export function commandsOf(
  { exercises }: Pick<Verb, 'exercises'>,
  { reads, writes }: Pick<Footprint, 'reads' | 'writes'>,
): readonly string[] {
  if (exercises !== undefined) return exercises
  const some = new Set<string>(reads === null ? [] : ['select'])
  for (const write of writes) {
    if (write.kind === 'remove') some.add('delete')
    else {
      if (write.kind === 'add' || write.merges !== undefined) some.add('insert')
      if (write.kind === 'change' || write.merges !== undefined) some.add('update')
    }
  }
  return [...some]
}
