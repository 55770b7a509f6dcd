import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../json.ts'
import { type Database, RefusedStatement } from './connection.ts'
import { quoted, quotedRelation } from './identifiers.ts'

/** A row of a table without a primary key, known by its values alone. It holds none of them: they may be a secret. */
export interface KeylessRow {
  readonly table: string
  /** The names of all its columns. */
  readonly columns: readonly string[]
  /** Of the values of these columns, as PostgreSQL prints them. */
  readonly digest: string
}

/** The result of removing rows that are known by their values. */
export interface RemovedKeyless {
  readonly gone: number
  /** Why rows are still there, a sentence for each. */
  readonly left: readonly string[]
}

const none = '-'

/** @param row all columns, as PostgreSQL prints their values. */
export function keylessRow(table: string, row: Readonly<Record<string, Json | undefined>>): KeylessRow {
  const columns = Object.keys(row).toSorted()
  const digests = columns.map((column) => {
    const value = row[column] ?? null
    return value === null ? none : sha256(String(value))
  })
  return { table, columns, digest: sha256(digests.join('')) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** `concat` prints a value as the write-ahead log does; a cast to text may print another one (`character(n)`). */
function digestIn(columns: readonly string[]): string {
  const digests = columns
    .map((column) => `t.${quoted(column)}`)
    .map((column) => `case when ${column} is null then '${none}' else ${hashed(`concat(${column})`)} end`)
  return hashed(`concat(${digests.join(', ')})`)
}

function hashed(text: string): string {
  return `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`
}

/**
 * Removes rows that are known by their values; see `Witness.removeKeyless`. If more rows hold the same values than are named,
 * those of the run are unknown among them, and none is removed.
 */
export async function removeKeyless(database: Database, rows: readonly KeylessRow[]): Promise<RemovedKeyless> {
  const groups = new Map<string, KeylessRow[]>()
  for (const row of rows) {
    const name = JSON.stringify([row.table, row.columns])
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  let gone = 0
  const left: string[] = []
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    try {
      for (const [found, removed] of await removeGroup(database, first, group)) {
        gone += removed
        if (removed < found) left.push(stillThere(first.table, found, removed))
      }
    } catch (error) {
      if (!(error instanceof RefusedStatement)) throw error
      // A table or a column that was dropped took the values along.
      if (!dropped.includes(error.sqlstate)) left.push(`${first.table}: ${added}: ${error.message}`)
    }
  }
  return { gone, left }
}

const added = 'a row that an attempt added, and that has no primary key, was not removed'

/** undefined_table, undefined_column, invalid_schema_name */
const dropped = ['42P01', '42703', '3F000']

function stillThere(table: string, found: number, removed: number): string {
  const why = removed === 0 && found > 1 ? `${found} rows hold its values` : 'a trigger or a rule kept it'
  return `${table}: ${added}: ${why}`
}

async function removeGroup(
  database: Database,
  { table, columns }: KeylessRow,
  rows: readonly KeylessRow[],
): Promise<readonly (readonly [found: number, removed: number])[]> {
  const counts = new Map<string, number>()
  for (const { digest } of rows) counts.set(digest, (counts.get(digest) ?? 0) + 1)
  const wanted = [...counts].map(([digest, n]): JsonObject => ({ digest, n }))
  const relation = quotedRelation(table)
  const answer = await database.query(
    `with wanted as (select * from jsonb_to_recordset($1::jsonb) as w(digest text, n int)),
      hashed as materialized (select t.ctid as at, t.tableoid as part, ${digestIn(columns)} as digest from ${relation} as t),
      found as materialized (select hashed.* from hashed join wanted using (digest)),
      counts as (select digest, count(*) as n from found group by digest),
      gone as (
        delete from ${relation} as t using found join counts using (digest) join wanted using (digest)
        where t.ctid = found.at and t.tableoid = found.part and counts.n <= wanted.n
        returning digest)
    select counts.n, (select count(*) from gone where gone.digest = counts.digest) from counts`,
    [JSON.stringify(wanted)],
  )
  return answer.map(([found, removed]) => [Number(found), Number(removed)] as const)
}
