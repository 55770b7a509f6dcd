import pLimit from 'p-limit'
import { TrespassError } from '../errors.ts'
import { type JsonObject, sameJson } from '../json.ts'
import type { OpenStore, Store } from '../paths/path.ts'
import type { Catalog, Column, Relation } from './catalog.ts'
import type { LeftRow, RowKey, Witness } from './witness.ts'

/** A store of an access path, opened with the secret key. */
export interface Shelves {
  readonly store: Store
  readonly open: OpenStore
}

/** Requests of one call that are under way at once. */
const atOnce = 8

/**
 * Lets a witness of rows answer for the stores of access paths too: what is kept in one is made, read and removed through
 * its own service, and looks like a row of a table.
 *
 * @param stores in an order in which each thing may lie in things of earlier ones: buckets before objects.
 */
export function withStores(rows: Witness, stores: readonly Shelves[]): Witness {
  const byTable = new Map(stores.map((shelves) => [shelves.store.table, shelves]))
  const limit = pLimit(atOnce)

  let tables: Promise<Catalog> | undefined

  /** What only the table of the same name tells, where this witness of rows can see it. */
  async function untold({ store }: Shelves, key: JsonObject): Promise<JsonObject> {
    const names = Object.entries(store.columns).flatMap(([name, column]) => (column.untold === true ? [name] : []))
    if (names.length === 0) return {}
    tables ??= rows.catalog()
    const table = (await tables).relations[store.table]
    if (table === undefined || names.some((name) => table.columns[name] === undefined)) return {}
    const row = await rows.read({ table: store.table, key })
    return Object.fromEntries(names.map((name) => [name, row?.[name] ?? null]))
  }

  async function look(shelves: Shelves, key: JsonObject): Promise<JsonObject | null> {
    const [thing, more] = await Promise.all([shelves.open.read(key), untold(shelves, key)])
    return thing === null ? null : { ...thing, ...more }
  }

  async function keep(shelves: Shelves, values: JsonObject): Promise<JsonObject> {
    const { open, store } = shelves
    await open.make(values)
    const made = await look(shelves, keyOf(store, values))
    if (made !== null) return made
    throw new TrespassError('fixture-refused', `${store.table} took a fixture and does not show it`)
  }

  /** A thing that is there already is somebody else's: once it stood in the journal, the sweep would remove it. */
  async function refuseTaken({ open, store }: Shelves, keys: readonly JsonObject[]): Promise<void> {
    if (store.shared === true) return
    const there = await limit.map(keys, async (key) => ((await open.read(key)) === null ? null : key))
    const taken = there.find((key) => key !== null)
    if (taken === undefined) return
    const found = Object.values(taken).map(String).join(', ')
    throw new TrespassError(
      'already-there',
      `${store.table} holds ${found} already, and a run touches only what it makes`,
      {
        hint: `Put \`$run\` or \`$unique\` into ${store.key.join(' or ')}.`,
      },
    )
  }

  return {
    ...rows,
    async catalog() {
      return withRelations(await rows.catalog(), stores)
    },
    async insert(batch, journal) {
      const shelves = byTable.get(batch.table)
      if (shelves === undefined) return rows.insert(batch, journal)
      const keys = batch.rows.map((values) => keyOf(shelves.store, values))
      await refuseTaken(shelves, keys)
      journal(keys.map((key) => ({ table: batch.table, key })))
      return limit.map(batch.rows, (values) => keep(shelves, values))
    },
    async read(row) {
      const shelves = byTable.get(row.table)
      return shelves === undefined ? rows.read(row) : limit(() => look(shelves, row.key))
    },
    async matching(table, values) {
      const shelves = byTable.get(table)
      if (shelves === undefined) return rows.matching(table, values)
      const found = await limit(() => look(shelves, keyOf(shelves.store, values)))
      const fits = found !== null && Object.entries(values).every(([name, value]) => sameJson(found[name], value))
      return fits ? [found] : []
    },
    async restore(row, values) {
      const shelves = byTable.get(row.table)
      if (shelves === undefined) return rows.restore(row, values)
      await shelves.open.change(row.key, values)
      const restored = await look(shelves, row.key)
      if (restored !== null) return restored
      throw new TrespassError('row-gone', `${row.table} does not show what was restored in it`)
    },
    async remove(named) {
      const ordinary = named.filter(({ table }) => !byTable.has(table))
      const removed = ordinary.length === 0 ? { gone: 0, left: [] } : await rows.remove(ordinary)
      const left: LeftRow[] = [...removed.left]
      let gone = removed.gone
      for (const shelves of stores.toReversed()) {
        const mine = named.filter(({ table }) => table === shelves.store.table)
        const outcomes = await limit.map(mine, (row) => removal(shelves.open, row))
        left.push(...outcomes.filter((outcome) => outcome !== null))
        gone += outcomes.filter((outcome) => outcome === null).length
      }
      return { gone, left }
    },
  }
}

/** @returns null when it is gone. */
async function removal(store: OpenStore, row: RowKey): Promise<LeftRow | null> {
  try {
    await store.remove(row.key)
    return null
  } catch (error) {
    return { row, why: error instanceof Error ? error.message : String(error) }
  }
}

function keyOf(store: Store, values: JsonObject): JsonObject {
  return Object.fromEntries(
    store.key.map((name) => {
      const value = values[name]
      if (value !== undefined && value !== null) return [name, value]
      throw new TrespassError('no-key', `${store.table} is asked for a thing without ${name}`, {
        hint: `Give ${store.key.join(' and ')}: together they name one thing.`,
      })
    }),
  )
}

function withRelations(catalog: Catalog, stores: readonly Shelves[]): Catalog {
  const relations = Object.fromEntries(stores.map(({ store }) => [store.table, relationOf(store)]))
  return { ...catalog, relations: { ...catalog.relations, ...relations } }
}

function relationOf({ table, key, columns }: Store): Relation {
  const described = Object.entries(columns).map(([name, { type, required, readOnly }]): [string, Column] => [
    name,
    {
      name,
      type,
      nullable: required !== true,
      hasDefault: required !== true,
      generated: readOnly === true,
      identity: 'no',
    },
  ])
  return {
    name: table,
    kind: 'table',
    columns: Object.fromEntries(described),
    primaryKey: key,
    uniqueKeys: [],
    foreignKeys: [],
  }
}
