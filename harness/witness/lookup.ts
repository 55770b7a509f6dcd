import type { JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import { CallBatch } from './call-batch.ts'
import type { Relation } from './catalog.ts'
import { type Database, RefusedStatement } from './connection.ts'
import type { Relations } from './relations.ts'
import { aliased, type Selection, selection, shapeOf } from './rowset.ts'

/** Finds the rows of a table whose columns equal the given values. */
export type Lookup = (table: string, values: JsonObject) => Promise<readonly JsonObject[]>

interface Waiting {
  readonly values: JsonObject
  readonly resolve: (rows: readonly JsonObject[]) => void
  readonly reject: (error: unknown) => void
}

interface Queue {
  readonly waiting: Waiting[]
  readonly gathering: CallBatch
  running: boolean
}

const batchSize = 1000

/**
 * Concurrent calls for one table with the same columns share statements: calls that come while one statement is under way wait
 * and are sent together with the next. No call is answered by a statement that was sent before it.
 */
export function createLookup(database: Database, relations: Relations): Lookup {
  const queues = new Map<string, Queue>()

  async function drain(table: string, queue: Queue): Promise<void> {
    queue.running = true
    while (queue.waiting.length > 0) {
      await queue.gathering.over()
      const batch = queue.waiting.splice(0, batchSize)
      try {
        const found = await find(database, relations, table, batch)
        for (const [n, call] of batch.entries()) call.resolve(found[n] ?? [])
      } catch (error) {
        for (const call of batch) call.reject(error)
      }
    }
    queue.running = false
  }

  return (table, values) =>
    new Promise((resolve, reject) => {
      const name = `${table} ${shapeOf(values)}`
      const queue = queues.get(name) ?? { waiting: [], gathering: new CallBatch(), running: false }
      queues.set(name, queue)
      queue.waiting.push({ values, resolve, reject })
      if (!queue.running) void drain(table, queue)
    })
}

async function find(
  database: Database,
  relations: Relations,
  table: string,
  batch: readonly { readonly values: JsonObject }[],
): Promise<JsonObject[][]> {
  const sample = batch[0]?.values ?? {}
  const [relation, by] = await relations.withRelation(table, (found): [Relation, Selection] => [
    found,
    selection(found, sample),
  ])
  const values = batch.map((call) => call.values)
  const text = `select k.n, to_jsonb(t) from ${by.from} join ${aliased(relation)} on ${by.condition}`
  return await splitting(values, async (part) => {
    const found: JsonObject[][] = part.map(() => [])
    for (const [n, row] of await database.query(text, [by.encode(part)])) {
      if (typeof row === 'string') found[Number(n)]?.push(parseJsonObject(row))
    }
    return found
  })

  /** One value that cannot be cast to its column's type fails the statement: it is singled out, and matches no row. */
  async function splitting(
    rows: readonly JsonObject[],
    ask: (rows: readonly JsonObject[]) => Promise<JsonObject[][]>,
  ): Promise<JsonObject[][]> {
    try {
      return await ask(rows)
    } catch (error) {
      if (!(error instanceof RefusedStatement) || (await castable(rows))) throw error
      if (rows.length === 1) return [[]]
      const half = Math.ceil(rows.length / 2)
      return [...(await splitting(rows.slice(0, half), ask)), ...(await splitting(rows.slice(half), ask))]
    }
  }

  async function castable(rows: readonly JsonObject[]): Promise<boolean> {
    try {
      await database.query(`select count(*) from ${by.from}`, [by.encode(rows)])
      return true
    } catch (error) {
      if (error instanceof RefusedStatement && /^(22|23)/.test(error.sqlstate)) return false
      throw error
    }
  }
}
