import { changesOf, type SchemaChange } from '../../evidence/schema-diff.ts'
import { resourcesOf } from '../lookup.ts'
import type { PolicySurroundings } from '../read-policies.ts'
import type { TriedCell } from '../tried.ts'
import type { ObjectDifference } from './classify.ts'

type Surroundings = Pick<PolicySurroundings, 'catalog' | 'policies'>

/** A cell of one side that says nothing about the other, with the objects that differ. */
export interface SilentCell {
  readonly cell: string
  readonly objects: readonly string[]
}

/**
 * Finds the cells of a report whose object, or something that its policies lean on, differs on the other side: what they showed
 * says nothing about it. Pure.
 *
 * @param surroundings the catalog of the side that the report is about, with its policies read.
 */
export function silentCells(
  cells: readonly TriedCell[],
  differences: readonly ObjectDifference[],
  surroundings: Surroundings,
): readonly SilentCell[] {
  const changes = differences.flatMap(({ object, facts }) =>
    facts.map(({ kind, name }): SchemaChange & { readonly object: string } => ({
      how: 'replaced',
      kind,
      name,
      object,
    })),
  )
  const leaning = new Map<string, readonly string[]>()
  const found = new Map<string, Set<string>>()
  for (const { cell, object, role } of cells) {
    const known = leaning.get(`${object} ${role}`)
    const objects = known ?? differingFor(object, role, changes, surroundings)
    leaning.set(`${object} ${role}`, objects)
    if (objects.length > 0) found.set(cell, new Set([...(found.get(cell) ?? []), ...objects]))
  }
  return [...found].map(([cell, objects]) => ({ cell, objects: [...objects].sort() }))
}

function differingFor(
  object: string,
  role: string,
  changes: readonly (SchemaChange & { readonly object: string })[],
  surroundings: Surroundings,
): readonly string[] {
  const name = object.slice(object.indexOf(' ') + 1)
  const isBucket = object.startsWith('bucket ')
  const resources = [...(isBucket ? [object] : []), ...resourcesOf(surroundings, isBucket ? 'storage.objects' : name)]
  const schemas = resources.map((resource) => resource.slice(resource.indexOf(' ') + 1).split('.')[0])
  const about = changes.filter(
    (change) =>
      resources.some((resource) => changesOf(resource, [change]).length > 0) ||
      (change.kind === 'schema' && schemas.includes(change.name)) ||
      (change.kind === 'role' && change.name === role),
  )
  return [...new Set(about.map((change) => change.object))]
}
