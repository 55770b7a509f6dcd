import type { Catalog, ForeignKey } from './catalog.ts'

/** A foreign key, seen from the table that it refers to. */
export interface Incoming {
  readonly from: string
  readonly key: ForeignKey
}

/** @returns by table, the foreign keys of other tables (and of its own) that refer to it. */
export function incomingKeys(catalog: Catalog): ReadonlyMap<string, readonly Incoming[]> {
  const incoming = new Map<string, Incoming[]>()
  for (const relation of Object.values(catalog.relations)) {
    for (const key of relation.foreignKeys) {
      const known = incoming.get(key.references)
      if (known === undefined) incoming.set(key.references, [{ from: relation.name, key }])
      else known.push({ from: relation.name, key })
    }
  }
  return incoming
}

/**
 * Sorts tables so that a table precedes those that it refers to.
 *
 * @returns groups: tables that refer to each other in a circle are one group (Tarjan's algorithm).
 */
export function childrenFirst(tables: Iterable<string>, catalog: Catalog): string[][] {
  const wanted = new Set(tables)
  const index = new Map<string, number>()
  const stack: string[] = []
  const groups: string[][] = []

  function visit(table: string): number {
    const own = index.size
    index.set(table, own)
    let lowest = own
    stack.push(table)
    for (const parent of parents(table)) {
      if (!index.has(parent)) lowest = Math.min(lowest, visit(parent))
      else if (stack.includes(parent)) lowest = Math.min(lowest, index.get(parent) ?? own)
    }
    if (lowest === own) groups.push(stack.splice(stack.indexOf(table)))
    return lowest
  }

  function parents(table: string): string[] {
    const keys = catalog.relations[table]?.foreignKeys ?? []
    return keys.map((key) => key.references).filter((parent) => wanted.has(parent))
  }

  for (const table of wanted) if (!index.has(table)) visit(table)
  // A group is complete when all that it refers to is: parents come out first.
  return groups.reverse()
}
