import type { Catalog, Relation } from './catalog.ts'
import { readCatalog } from './catalog-query.ts'
import type { Database } from './connection.ts'
import { UnknownName } from './errors.ts'

/** The catalog as the witness last saw it. */
export interface Relations {
  /** Reads the catalog again. */
  refresh(): Promise<Catalog>
  /** @returns the catalog, read once. */
  catalog(): Promise<Catalog>
  /**
   * Reads the catalog again before it reports a missing relation or column: a migration may have run in between.
   *
   * @throws UnknownName
   */
  withRelation<T>(name: string, use: (relation: Relation) => T): Promise<T>
}

export function openRelations(database: Database): Relations {
  let known: Promise<Catalog> | undefined

  async function refresh(): Promise<Catalog> {
    const reading = readCatalog(database)
    known = reading
    // A catalog that could not be read is requested again by the next call.
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    return reading
  }

  const catalog = () => known ?? refresh()

  return {
    refresh,
    catalog,
    async withRelation(name, use) {
      try {
        return use(relationOf(await catalog(), name))
      } catch (error) {
        if (!(error instanceof UnknownName)) throw error
        return use(relationOf(await refresh(), name))
      }
    },
  }
}

/** @throws UnknownName */
export function relationOf(catalog: Catalog, name: string): Relation {
  const relation = Object.hasOwn(catalog.relations, name) ? catalog.relations[name] : undefined
  if (relation === undefined) throw new UnknownName('relation', name)
  return relation
}
