import { oneOf, quote } from '../message-text.ts'
import { type ActorDeclaration, type ActorKind, apiKinds, type Resource } from '../model/matrix.ts'
import type { AccessPath } from '../paths/path.ts'
import type { Barred } from './read-expect.ts'

/**
 * @returns the actors that can send requests to the matrix's resource, in their order; all of them while the resource is unknown.
 */
export function actorsWithAccess(
  actors: readonly ActorDeclaration[],
  resource: Resource | undefined,
  paths: readonly AccessPath[],
): readonly ActorDeclaration[] {
  if (resource === undefined) return actors
  const kinds = kindsFor(resource, paths)
  return actors.filter(({ kind }) => kinds.includes(kind))
}

/** @returns by name, why the other actors have no cells in a matrix. */
export function barredActors(
  actors: readonly ActorDeclaration[],
  resource: Resource | undefined,
  paths: readonly AccessPath[],
): ReadonlyMap<string, Barred> {
  const able = actorsWithAccess(actors, resource, paths)
  if (resource === undefined) return new Map()
  const expected = `an actor of kind ${oneOf(kindsFor(resource, paths))}`
  return new Map(
    actors
      .filter((actor) => !able.includes(actor))
      .map(({ name, kind }) => {
        const found = `the actor ${quote(name)} of kind ${quote(kind)}, who cannot ask for a ${resource.kind}`
        const words = paths.filter((path) => callersOf(path).includes(kind)).flatMap(({ resources }) => resources)
        const hint = `what ${quote(name)} may do stands in a matrix with ${oneOf([...new Set(words)])} as its resource`
        return [name, { found, expected, hint }] as const
      }),
  )
}

/** @returns the kinds of actors that can use an access path. */
function callersOf(path: Pick<AccessPath, 'callers'>): readonly ActorKind[] {
  return path.callers ?? apiKinds
}

function kindsFor({ kind }: Resource, paths: readonly AccessPath[]): readonly ActorKind[] {
  return [...new Set(paths.filter(({ resources }) => resources.includes(kind)).flatMap(callersOf))]
}
