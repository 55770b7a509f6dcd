import pLimit from 'p-limit'
import { messageOf, TrespassError } from '../errors.ts'
import { type JsonObject, sameJson } from '../json.ts'
import type { ObjectStore, OpenObjectStore } from '../paths/path.ts'
import type { Catalog, Column, Relation } from './catalog.ts'
import type { LeftRow, RowKey, Witness } from './witness.ts'

/** A store of an access path, opened with the secret key. */
export interface OpenStores {
  readonly store: ObjectStore
  readonly open: OpenObjectStore
}

/** Requests of one call that are under way at once. */
const atOnce = 8

/**
 * Adds the stores of access paths to a witness of rows: a thing in a store is made, read and removed through its own service, and
 * looks like a row of a table.
 *
 * @param stores in an order in which each thing may lie in things of earlier ones: buckets before objects.
 */
export function withStores(rows: Witness, stores: readonly OpenStores[]): Witness {
  const byTable = new Map(stores.map((shelves) => [shelves.store.table, shelves]))
  const limit = pLimit(atOnce)

  let tables: Promise<Catalog> | undefined

  /** @returns true when this witness of rows sees a table of the store's name that has these columns. */
  async function sees({ table }: ObjectStore, columns: readonly string[]): Promise<boolean> {
    tables ??= rows.catalog()
    const relation = (await tables).relations[table]
    return relation !== undefined && columns.every((name) => Object.hasOwn(relation.columns, name))
  }

  /** @returns the columns that only the table of the same name holds, where it can be read. */
  async function databaseOnly({ store }: OpenStores, key: JsonObject): Promise<JsonObject> {
    const names = Object.entries(store.columns).flatMap(([name, column]) =>
      column.databaseOnly === true ? [name] : [],
    )
    if (names.length === 0 || !(await sees(store, names))) return {}
    const row = await rows.read({ table: store.table, key })
    return Object.fromEntries(names.map((name) => [name, row?.[name] ?? null]))
  }

  /** @returns true when things of a store are read as rows of the table of its name. */
  async function isMirrored({ store }: OpenStores): Promise<boolean> {
    return store.mirrored === true && (await sees(store, store.key))
  }

  async function look(shelves: OpenStores, key: JsonObject): Promise<JsonObject | null> {
    if (await isMirrored(shelves)) return rows.read({ table: shelves.store.table, key })
    const [thing, more] = await Promise.all([shelves.open.read(key), databaseOnly(shelves, key)])
    return thing === null ? null : { ...thing, ...more }
  }

  /**
   * @returns those of many things that exist. The table of the same name shows all of them in one statement; where it cannot be
   *   read, the service gets a request for each.
   */
  async function present({ store, open }: OpenStores, keys: readonly JsonObject[]): Promise<readonly JsonObject[]> {
    const table = await sees(store, store.key)
    const look = (key: JsonObject) => (table ? rows.read({ table: store.table, key }) : limit(() => open.read(key)))
    const found = await Promise.all(keys.map(async (key) => ((await look(key)) === null ? [] : [key])))
    return found.flat()
  }

  /** @returns the thing with the requested values: its state is read after all fixtures have been made. */
  async function keep({ open }: OpenStores, values: JsonObject): Promise<JsonObject> {
    await open.make(values)
    return values
  }

  /** A thing that exists already does not belong to the run: if the journal named it, the sweep would remove it. */
  async function refuseTaken(shelves: OpenStores, keys: readonly JsonObject[]): Promise<void> {
    const { store } = shelves
    if (store.shared === true) return
    const [taken] = await present(shelves, keys)
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

  /** @returns the things that remain, each with why. */
  async function removeAll(shelves: OpenStores, mine: readonly RowKey[]): Promise<readonly LeftRow[]> {
    if (mine.length === 0) return []
    const { open, store } = shelves
    const keys = await present(
      shelves,
      mine.map(({ key }) => key),
    )
    const one = async (key: JsonObject) => removal(open, { table: store.table, key })
    if (open.removeMany === undefined) return (await limit.map(keys, one)).filter((left) => left !== null)
    // Things that a joint request left are removed one by one, each with its own error.
    await open.removeMany(keys).catch(() => undefined)
    return (await limit.map(await present(shelves, keys), one)).filter((left) => left !== null)
  }

  return {
    ...rows,
    async catalog() {
      return withStoreRelations(
        await rows.catalog(),
        stores.map(({ store }) => store),
      )
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
    async has(row) {
      const shelves = byTable.get(row.table)
      if (shelves === undefined) return (await rows.read(row)) !== null
      return (await present(shelves, [row.key])).length === 1
    },
    async matching(table, values) {
      const shelves = byTable.get(table)
      if (shelves === undefined || (await isMirrored(shelves))) return rows.matching(table, values)
      if (shelves.open.find !== undefined) return limit(async () => (await shelves.open.find?.(values)) ?? [])
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
    async remove(named, options) {
      const ordinary = named.filter(({ table }) => !byTable.has(table))
      const removed = ordinary.length === 0 ? { gone: 0, left: [] } : await rows.remove(ordinary, options)
      const left: LeftRow[] = [...removed.left]
      let gone = removed.gone
      for (const shelves of stores.toReversed()) {
        const mine = named.filter(({ table }) => table === shelves.store.table)
        if (shelves.store.mirrored === true && mine.length > 0) await rows.removeDependents(mine)
        const still = await removeAll(shelves, mine)
        left.push(...still)
        gone += mine.length - still.length
      }
      return { gone, left }
    },
  }
}

/** @returns null when it is gone. */
async function removal(store: OpenObjectStore, row: RowKey): Promise<LeftRow | null> {
  try {
    await store.remove(row.key)
    return null
  } catch (error) {
    return { row, why: messageOf(error) }
  }
}

function keyOf(store: ObjectStore, values: JsonObject): JsonObject {
  return Object.fromEntries(
    store.key.map((name) => {
      const value = values[name]
      if (value !== undefined && value !== null) return [name, value]
      throw new TrespassError('incomplete-key', `${store.table} is asked for a thing without ${name}`, {
        hint: `Give ${store.key.join(' and ')}: together they name one thing.`,
      })
    }),
  )
}

/** @returns a catalog in which the things of stores look like rows of tables. */
export function withStoreRelations(catalog: Catalog, stores: readonly ObjectStore[]): Catalog {
  const relations = Object.fromEntries(
    stores.map((store) => [store.table, withColumnsOf(catalog.relations[store.table], store)]),
  )
  return { ...catalog, relations: { ...catalog.relations, ...relations } }
}

/** A mirrored table has columns that the service gives no value for; it says so where a fixture gives one. */
function withColumnsOf(table: Relation | undefined, store: ObjectStore): Relation {
  const relation = relationOf(store)
  if (store.mirrored !== true || table === undefined) return relation
  const others = Object.values(table.columns).map((column): [string, Column] => [
    column.name,
    { ...column, nullable: true },
  ])
  return { ...table, columns: { ...Object.fromEntries(others), ...relation.columns }, primaryKey: store.key }
}

function relationOf({ table, key, columns }: ObjectStore): Relation {
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
