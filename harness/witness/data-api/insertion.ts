import { randomUUID } from 'node:crypto'
import { TrespassError } from '../../errors.ts'
import { isList, isObject, type Json, type JsonObject, sameJson } from '../../json.ts'
import type { Relation } from '../catalog.ts'
import type { NewKeys, RowBatch, RowKey } from '../witness.ts'
import type { Find } from './reading.ts'
import { type Request, rowsOf } from './request.ts'

/**
 * Inserts a batch with one request; see `Witness.insert`. There is no transaction in which a key could be journaled between the
 * database's assigning it and the commit, so every row is identified before it is sent: by a key that is given, by a uuid that is
 * chosen here, or by values that no other row holds.
 *
 * @throws TrespassError `fixture-refused`, `key-not-known`, `key-not-unique`, and the errors of requests.
 */
export async function insertRows(
  parts: { readonly request: Request; readonly find: Find; readonly relation: Relation },
  batch: RowBatch,
  journal: NewKeys,
): Promise<readonly JsonObject[]> {
  const { request, find, relation } = parts
  if (batch.rows.length === 0) return []
  const body = withUuids(relation, batch)
  const known = await knownBefore(find, relation, batch, body)
  journal(known.keys, known.by)
  const prefer = 'return=representation'
  const rows = rowsOf(await request({ method: 'POST', of: relation.name, prefer, body }))
  const keys = rows.map((row) => ({ table: relation.name, key: pick(row, batch.keyColumns) }))
  // The rows hold keys that the database assigned or a trigger changed.
  const news = keys.filter(({ key }) => known.by === 'values' || !known.keys.some((one) => sameJson(one.key, key)))
  if (news.length > 0) journal(news, 'key')
  if (rows.length === body.length) return rows
  const message = `${relation.name} took ${rows.length} of ${body.length} rows: a trigger or a rule left the others out`
  throw new TrespassError('fixture-refused', message)
}

/** A key column of type uuid that the database would fill in at random is filled in here. */
function withUuids(relation: Relation, { keyColumns, rows }: RowBatch): readonly JsonObject[] {
  const given = Object.keys(rows[0] ?? {})
  const random = keyColumns.filter((name) => {
    const column = relation.columns[name]
    return !given.includes(name) && column?.type === 'uuid' && column.hasDefault
  })
  return rows.map((row) => ({ ...row, ...Object.fromEntries(random.map((name) => [name, randomUUID()])) }))
}

interface Known {
  readonly keys: readonly RowKey[]
  readonly by: 'key' | 'values'
}

async function knownBefore(
  find: Find,
  relation: Relation,
  batch: RowBatch,
  body: readonly JsonObject[],
): Promise<Known> {
  const given = Object.keys(body[0] ?? {})
  const byKey = batch.keyColumns.every((name) => given.includes(name))
  if (!byKey && !batch.ofRun) throw withoutKeyError(relation)
  const names = byKey ? batch.keyColumns : given.filter((name) => body.every((row) => isPlain(row[name])))
  const keys = body.map((row) => ({ table: relation.name, key: pick(row, names) }))
  // A row with the key exists already and does not belong to the run, so the journal must not name it.
  const chosen = byKey && batch.keyColumns.some((name) => !Object.hasOwn(batch.rows[0] ?? {}, name))
  if (!chosen) await refuseKnown(find, relation, keys, byKey)
  return { keys, by: byKey ? 'key' : 'values' }
}

async function refuseKnown(find: Find, relation: Relation, keys: readonly RowKey[], byKey: boolean): Promise<void> {
  const distinct = new Map(keys.map(({ key }) => [JSON.stringify(key), key]))
  const twice = byKey && distinct.size < keys.length
  const found = await Promise.all([...distinct.values()].map((key) => find(relation, [key])))
  if (!twice && found.every((rows) => rows.length === 0)) return
  const columns = Object.keys(keys[0]?.key ?? {}).join(', ')
  throw new TrespassError('key-not-unique', `rows of ${relation.name} with the same (${columns}) are there already`, {
    hint: 'Keep the rows apart with $unique, or set TRESPASS_DATABASE_URL.',
  })
}

function withoutKeyError(relation: Relation): TrespassError {
  const message = `the database chooses the key of ${relation.name}, and nothing in the rows is this run's own`
  const hint = 'Write $unique into a column, or set TRESPASS_DATABASE_URL: a crash must leave no row without a trace.'
  return new TrespassError('key-not-known', message, { hint })
}

function isPlain(value: Json | undefined): boolean {
  return value !== undefined && !isList(value) && !isObject(value)
}

function pick(row: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
}
