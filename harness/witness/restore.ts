import { TrespassError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { Relation } from './catalog.ts'
import type { Database } from './connection.ts'
import { quoted } from './identifiers.ts'
import type { Relations } from './relations.ts'
import { aliased, type Rowset, rowset, type Selection, selection } from './rowset.ts'
import type { RowKey } from './witness.ts'

/** Gives columns of one row the values that they had; see `Witness.restore`. */
export async function restoreRow(
  database: Database,
  relations: Relations,
  { table, key }: RowKey,
  values: JsonObject,
): Promise<JsonObject> {
  const names = Object.keys(values)
  const [relation, set, by] = await relations.withRelation(table, (found): [Relation, Rowset, Selection] => [
    found,
    rowset(found, names, 1),
    selection(found, key, 2),
  ])
  const columns = names.map(quoted).join(', ')
  return await database.transaction(async (query) => {
    const restored = await query(
      `update ${aliased(relation)} set (${columns}) = (select ${set.columns.join(', ')} from ${set.from})
       from ${by.from} where ${by.condition} returning to_jsonb(t)`,
      [set.encode([values]), by.encode([key])],
    )
    const [row] = restored
    if (row !== undefined && restored.length === 1) return parseJsonObject(row[0] ?? '')
    throw new TrespassError(
      'key-not-unique',
      `the key of a row of ${table} names ${restored.length} rows, expected one`,
    )
  })
}
