import { TrespassError } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { Relation } from './catalog.ts'
import type { Database, Query, TextRows } from './connection.ts'
import { UnknownName } from './errors.ts'
import { quoted } from './identifiers.ts'
import type { Relations } from './relations.ts'
import { aliased, byShape, type Rowset, rowset, selection } from './rowset.ts'
import type { NewKeys, RowBatch, RowKey } from './witness.ts'

/**
 * Inserts a batch with one statement; see `Witness.insert`.
 *
 * @throws UnknownName, RefusedStatement, or a TrespassError when the rows did not all arrive or their key does not name
 *   them alone. Nothing is left behind then.
 */
export async function insertRows(
  database: Database,
  relations: Relations,
  batch: RowBatch,
  journal: NewKeys,
): Promise<readonly JsonObject[]> {
  if (batch.rows.length === 0) return []
  const names = Object.keys(batch.rows[0] ?? {})
  const [relation, set] = await relations.withRelation(batch.table, (found): [Relation, Rowset] => {
    for (const name of batch.keyColumns) {
      if (!Object.hasOwn(found.columns, name)) throw new UnknownName('column', `${found.name}.${name}`)
    }
    return [found, rowset(found, names)]
  })
  return await database.transaction(async (query) => {
    const rows = (await send(query, relation, names, set, batch.rows)).map(([row]) => parseJsonObject(row ?? ''))
    if (rows.length !== batch.rows.length) {
      throw new TrespassError(
        'fixture-refused',
        `${batch.table} took ${rows.length} of ${batch.rows.length} rows: a trigger or a rule left the others out`,
      )
    }
    const keys = rows.map((row) => ({ table: batch.table, key: pick(row, batch.keyColumns) }))
    await refuseSharedKeys(query, relation, batch.keyColumns, keys)
    journal(keys)
    return rows
  })
}

function send(
  query: Query,
  relation: Relation,
  names: readonly string[],
  set: Rowset,
  rows: readonly JsonObject[],
): Promise<TextRows> {
  const into = `insert into ${aliased(relation)}`
  if (names.length === 0) {
    return query(`${into} select from generate_series(1, $1::int) returning to_jsonb(t)`, [rows.length])
  }
  // Harmless without an identity column, and needed where one that is always generated is given.
  const overriding = 'overriding system value'
  return query(
    `${into} (${names.map(quoted).join(', ')}) ${overriding}
     select ${set.columns.join(', ')} from ${set.from} returning to_jsonb(t)`,
    [set.encode(rows)],
  )
}

/** A key that also names other rows would let the sweep remove rows that the run did not make. */
async function refuseSharedKeys(
  query: Query,
  relation: Relation,
  keyColumns: readonly string[],
  keys: readonly RowKey[],
): Promise<void> {
  const { primaryKey } = relation
  if (primaryKey.length > 0 && primaryKey.every((name) => keyColumns.includes(name))) return
  for (const group of byShape(keys)) {
    const by = selection(relation, group[0]?.key ?? {})
    const shared = await query(
      `select count(t) from ${by.from} left join ${aliased(relation)} on ${by.condition}
       group by k.n having count(t) <> 1 limit 1`,
      [by.encode(group.map((row) => row.key))],
    )
    if (shared[0] === undefined) continue
    throw new TrespassError(
      'key-not-unique',
      `the key (${keyColumns.join(', ')}) of ${relation.name} names ${shared[0][0]} rows, expected the new row alone`,
      { hint: 'Name more columns under `key`, or keep the rows apart with $unique.' },
    )
  }
}

function pick(row: JsonObject, names: readonly string[]): JsonObject {
  const key: Record<string, Json> = {}
  for (const name of names) key[name] = row[name] ?? null
  return key
}
