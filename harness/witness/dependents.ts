import type { Json, JsonObject } from '../json.ts'
import { parseJsonObject } from '../json-text.ts'
import type { Catalog, ForeignKey } from './catalog.ts'
import type { Database } from './connection.ts'
import { type Incoming, incomingKeys } from './order.ts'
import { relationOf } from './relations.ts'
import { aliased, byShape, selection } from './rowset.ts'
import type { RowKey } from './witness.ts'

/**
 * Finds the rows that block a deletion: rows that refer to the given ones by a foreign key that blocks, rows that refer to those,
 * and so on, also through rows that would go by cascade. They exist only because of the rows that they refer to.
 *
 * @returns the dependents, named by the columns of the foreign key that makes them so.
 */
export async function findDependents(
  database: Database,
  catalog: Catalog,
  rows: readonly RowKey[],
): Promise<readonly RowKey[]> {
  const incoming = incomingKeys(catalog)
  const matters = blockedTables(catalog, incoming)
  const seen = new Set<string>()
  const dependents: RowKey[] = []
  let level = rows.filter((row) => matters.has(row.table))

  while (level.length > 0) {
    const next: RowKey[] = []
    for (const group of byShape(level)) {
      const table = group[0]?.table ?? ''
      const fresh = (await whole(database, catalog, group)).filter((row) => unseen(seen, table, row))
      if (fresh.length === 0) continue
      for (const { from, key } of incoming.get(table) ?? []) {
        const referring = unique(from, key, fresh)
        if (blocks(catalog, from, key)) dependents.push(...referring)
        if (matters.has(from) && !detaches(catalog, from, key)) next.push(...referring)
      }
    }
    level = next
  }
  return dependents
}

/** Tables whose rows can be kept from going by other rows, directly or through a cascade. */
function blockedTables(catalog: Catalog, incoming: ReadonlyMap<string, readonly Incoming[]>): ReadonlySet<string> {
  const blocked = new Set<string>()
  for (;;) {
    const before = blocked.size
    for (const [table, keys] of incoming) {
      const held = ({ from, key }: Incoming) =>
        blocks(catalog, from, key) || (key.onDelete === 'cascade' && blocked.has(from))
      if (keys.some(held)) blocked.add(table)
    }
    if (blocked.size === before) return blocked
  }
}

function blocks(catalog: Catalog, from: string, key: ForeignKey): boolean {
  return key.onDelete !== 'cascade' && !detaches(catalog, from, key)
}

/** The referring row stays and its column becomes null. With a column that cannot be null it blocks. */
function detaches(catalog: Catalog, from: string, key: ForeignKey): boolean {
  if (key.onDelete === 'set-default') return true
  const columns = catalog.relations[from]?.columns ?? {}
  return key.onDelete === 'set-null' && key.columns.every((name) => columns[name]?.nullable === true)
}

async function whole(database: Database, catalog: Catalog, group: readonly RowKey[]): Promise<JsonObject[]> {
  const relation = relationOf(catalog, group[0]?.table ?? '')
  const by = selection(relation, group[0]?.key ?? {})
  const text = `select distinct to_jsonb(t) from ${by.from} join ${aliased(relation)} on ${by.condition}`
  const rows = await database.query(text, [by.encode(group.map((row) => row.key))])
  return rows.map(([row]) => parseJsonObject(row ?? ''))
}

function unseen(seen: Set<string>, table: string, row: JsonObject): boolean {
  const before = seen.size
  return seen.add(`${table} ${JSON.stringify(row)}`).size > before
}

/** @returns the rows of a table that refer to the given rows, each pair of values once; a null refers to nothing. */
function unique(from: string, key: ForeignKey, rows: readonly JsonObject[]): RowKey[] {
  const found = new Map<string, RowKey>()
  for (const row of rows) {
    const values: Record<string, Json> = {}
    for (const [n, name] of key.columns.entries()) values[name] = row[key.referencedColumns[n] ?? ''] ?? null
    if (!Object.values(values).includes(null)) found.set(JSON.stringify(values), { table: from, key: values })
  }
  return [...found.values()]
}
