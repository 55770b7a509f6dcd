import type { ReachRow } from '../../harness/cells/reading.ts'
import type { Reader } from '../../harness/cells/row-effects.ts'
import type { Json, JsonObject } from '../../harness/json.ts'
import { sameJson } from '../../harness/json.ts'
import { redactor } from '../../harness/redaction/redact.ts'
import type { RowKey } from '../../harness/witness/witness.ts'

/** Rows of tables, by the table's name; a test changes them as an attempt would. */
export type Tables = Record<string, JsonObject[]>

/** A witness over rows in memory. It reads; everything else is not for these tests. */
export function witnessOf(tables: Tables, same: (one: Json | undefined, other: Json) => boolean = sameJson): Reader {
  const find = (table: string, values: JsonObject) =>
    (tables[table] ?? []).filter((row) => Object.entries(values).every(([column, value]) => same(row[column], value)))
  return {
    read: async ({ table, key }: RowKey) => find(table, key)[0] ?? null,
    matching: async (table, values) => find(table, values),
    redact: redactor([]),
  }
}

export function reachRow(name: string, row: JsonObject, more: Partial<ReachRow> = {}): ReachRow {
  const key = { id: row.id ?? null }
  return { name, table: 'public.t', key, baseKey: key, row, values: {}, embedded: false, ...more }
}
