import type { LoadedWorkspace } from '../matrix/load.ts'
import type { Layout } from '../model/record.ts'

/** The parts of a workspace that give actors and operations an order. */
interface Declares {
  readonly roster: { readonly actors: readonly { readonly name: string }[] }
  readonly groups: LoadedWorkspace['groups']
  readonly matrices: readonly {
    readonly matrix: { readonly name: string; readonly operations: readonly { readonly name: string }[] }
  }[]
}

/** Returns the declared order: actors as in the actors file, and with the first of a group the others of that group. */
export function layoutOf({ roster, groups, matrices }: Declares): Layout {
  const declared = roster.actors.map(({ name }) => name)
  const actors = new Set<string>()
  for (const name of declared) {
    if (actors.has(name)) continue
    const fellows = Object.values(groups).find((members) => members.includes(name)) ?? [name]
    for (const fellow of declared) if (fellow === name || fellows.includes(fellow)) actors.add(fellow)
  }
  return {
    actors: [...actors],
    matrices: matrices.map(({ matrix: { name, operations } }) => ({
      matrix: name,
      operations: operations.map((operation) => operation.name),
    })),
  }
}
