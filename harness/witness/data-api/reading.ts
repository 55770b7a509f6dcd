import { setImmediate as nextTurn } from 'node:timers/promises'
import { TrespassError } from '../../errors.ts'
import { type JsonObject, sameJson } from '../../json.ts'
import type { Relation } from '../catalog.ts'
import { RefusedStatement } from '../connection.ts'
import type { RowKey } from '../witness.ts'
import { filterOf } from './filters.ts'
import { type Request, rowsOf } from './request.ts'

/** Keys per request: they are part of its address. */
const batchSize = 40

/** Finds the rows that keys mean, whole, however few the Data API gives at once. */
export type Find = (relation: Relation, keys: readonly JsonObject[]) => Promise<readonly JsonObject[]>

/** @returns how rows are found by these requests. */
export function finder(request: Request): Find {
  async function find(relation: Relation, keys: readonly JsonObject[]): Promise<readonly JsonObject[]> {
    const query = filterOf(relation, keys)
    query.set('select', '*')
    const told = await request({ method: 'GET', of: relation.name, query, prefer: 'count=exact' })
    const rows = rowsOf(told)
    if (told.total === null || told.total === rows.length) return rows
    // A project limits the rows of a response without naming the others.
    if (keys.length > 1) {
      const half = Math.ceil(keys.length / 2)
      return [...(await find(relation, keys.slice(0, half))), ...(await find(relation, keys.slice(half)))]
    }
    const message = `${told.total} rows of ${relation.name} look alike, and the Data API gives ${rows.length} at once`
    throw new TrespassError('too-many-rows', message, { hint: 'Set TRESPASS_DATABASE_URL, or raise `max_rows`.' })
  }
  return find
}

interface Waiting {
  readonly key: JsonObject
  readonly resolve: (row: JsonObject | null) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads rows by their keys. Concurrent calls for one table with the same columns share requests.
 *
 * @param relationOf @throws UnknownName
 */
export function rowReader(
  find: Find,
  relationOf: (name: string) => Promise<Relation>,
): (row: RowKey) => Promise<JsonObject | null> {
  const queues = new Map<string, Waiting[]>()

  async function drain(name: string, table: string): Promise<void> {
    await nextTurn()
    const waiting = queues.get(name) ?? []
    queues.delete(name)
    const batches: Waiting[][] = []
    for (let at = 0; at < waiting.length; at += batchSize) batches.push(waiting.slice(at, at + batchSize))
    await Promise.all(batches.map((batch) => answer(table, batch)))
  }

  async function answer(table: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const relation = await relationOf(table)
      const together =
        batch.length === 1
          ? []
          : await find(
              relation,
              batch.map(({ key }) => key),
            ).catch(oneByOne)
      await Promise.all(batch.map((waiting) => settle(relation, together, waiting)))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async function settle(
    relation: Relation,
    together: readonly JsonObject[],
    { key, resolve, reject }: Waiting,
  ): Promise<void> {
    try {
      const own = together.filter((row) => Object.keys(key).every((column) => sameJson(row[column], key[column])))
      // The same value may be written otherwise than the service writes it: alone, the database compares.
      const rows = own.length > 0 ? own : await find(relation, [key]).catch(noneOfSuchType)
      const [row, another] = rows
      if (another === undefined) resolve(row ?? null)
      else reject(ambiguous(relation, key))
    } catch (error) {
      reject(error)
    }
  }

  return ({ table, key }) =>
    new Promise((resolve, reject) => {
      const name = JSON.stringify([table, Object.keys(key)])
      const queue = queues.get(name)
      if (queue !== undefined) {
        queue.push({ key, resolve, reject })
        return
      }
      queues.set(name, [{ key, resolve, reject }])
      void drain(name, table)
    })
}

/** One value that its column cannot take fails the request for all. */
function oneByOne(error: unknown): readonly JsonObject[] {
  if (error instanceof RefusedStatement) return []
  throw error
}

/** A value that cannot be cast to its column's type (SQLSTATE class 22) is in no row. */
export function noneOfSuchType(error: unknown): readonly JsonObject[] {
  if (error instanceof RefusedStatement && error.sqlstate.startsWith('22')) return []
  throw error
}

function ambiguous({ name }: Relation, key: JsonObject): TrespassError {
  return new TrespassError('ambiguous-key', `${name}: the key (${Object.keys(key).join(', ')}) names several rows`)
}
