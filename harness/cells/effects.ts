import { type Json, type JsonObject, sameJson } from '../json.ts'
import type { WriteIntent } from '../paths/path.ts'
import type { Effect, Meaning } from '../verdict/model.ts'
import type { RowKey, Witness } from '../witness/witness.ts'
import { type Additions, additionQuery } from './additions.ts'
import type { ReachRow } from './reading.ts'

/** A write with its values resolved and its fixture found. */
export type ResolvedWrite =
  | { readonly kind: 'change'; readonly row: ReachRow; readonly set: JsonObject }
  | { readonly kind: 'remove'; readonly row: ReachRow }
  | {
      readonly kind: 'add'
      readonly table: string
      /** The columns by which each new row is found. */
      readonly rows: readonly JsonObject[]
      readonly skippable: boolean
    }

/** The part of the witness that reads effects. */
type Reader = Pick<Witness, 'read' | 'matching'>

/** What a single write came to. */
type Part = { readonly done: 'all' | 'some' | 'none'; readonly what: string } | { readonly unread: string }

/**
 * Reads out of band what an attempt really did.
 *
 * @param writes what was asked for; empty for a read.
 * @param reach the fixtures that a read could have shown: they must be there for its silence to mean anything.
 */
export async function effectOf(
  witness: Reader,
  additions: Additions,
  writes: readonly ResolvedWrite[],
  reach: readonly ReachRow[],
  meaning: Meaning,
): Promise<Effect> {
  try {
    if (writes.length === 0) return await standing(witness, reach)
    const parts = await Promise.all(writes.map((write) => partOf(witness, additions, write, meaning)))
    return merged(parts)
  } catch (error) {
    return { kind: 'unread', why: error instanceof Error ? error.message : String(error) }
  }
}

async function standing(witness: Reader, reach: readonly ReachRow[]): Promise<Effect> {
  const rows = await Promise.all(reach.map(async (row) => ({ row, found: await witness.read(rowKey(row)) })))
  const missing = rows.filter(({ found }) => found === null).map(({ row }) => row.name)
  return missing.length === 0 ? { kind: 'standing' } : { kind: 'missing', what: missing.sort().join(', ') }
}

function merged(parts: readonly Part[]): Effect {
  const unread = parts.find((part) => 'unread' in part)
  if (unread !== undefined) return { kind: 'unread', why: unread.unread }
  const read = parts.filter((part) => 'done' in part)
  const what = read
    .map((part) => part.what)
    .filter((text) => text !== '')
    .join('; ')
  if (read.every(({ done }) => done === 'all')) return { kind: 'happened', what }
  return read.every(({ done }) => done === 'none') ? { kind: 'nothing' } : { kind: 'otherwise', what }
}

function partOf(witness: Reader, additions: Additions, write: ResolvedWrite, meaning: Meaning): Promise<Part> {
  switch (write.kind) {
    case 'change':
      return changed(witness, write.row, write.set, meaning)
    case 'remove':
      return removed(witness, write.row, meaning)
    case 'add':
      return added(witness, additions, write, meaning)
  }
}

async function changed(witness: Reader, target: ReachRow, set: JsonObject, meaning: Meaning): Promise<Part> {
  const newKey = { ...target.baseKey, ...picked(set, Object.keys(target.baseKey)) }
  // Where the row still stands under its old key, a row under the new one is somebody else's.
  const old = await witness.read(rowKey(target))
  const key = old === null ? newKey : target.baseKey
  const after = old ?? (sameJson(newKey, target.baseKey) ? null : await witness.read({ table: target.table, key }))
  if (after === null) return { done: 'some', what: `${target.name} is gone` }
  const columns = Object.keys(set)
  const different = columns.filter((column) => !sameJson(after[column], target.row[column]))
  if (different.length === 0) return unchanged(target, after, set, meaning)
  const what = changesIn(target, after, different)
  return { done: (await isAsAsked(witness, { table: target.table, key }, after, set)) ? 'all' : 'some', what }
}

/** None of the columns that were to change did. */
function unchanged(target: ReachRow, after: JsonObject, set: JsonObject, meaning: Meaning): Part {
  const touched = touchedColumns(target, after, meaning)
  if (touched.length > 0) return { done: 'some', what: changesIn(target, after, touched) }
  const asBefore = Object.entries(set).every(([column, value]) => sameJson(target.row[column], value))
  // A write that would change nothing looks the same whether it was refused or not.
  return asBefore && meaning.kind !== 'denied'
    ? { unread: `${target.name} held the values already that were to be set: nothing can be told` }
    : { done: 'none', what: '' }
}

/**
 * Columns that changed though nobody asked for them: a trigger undid or redirected a write that had got through. A
 * service that refused has rolled back, so what changes then is somebody else's doing.
 */
function touchedColumns(target: ReachRow, after: JsonObject, meaning: Meaning): readonly string[] {
  if (meaning.kind === 'denied') return []
  return Object.keys(after).filter((column) => !sameJson(after[column], target.row[column]))
}

function changesIn(target: ReachRow, after: JsonObject, columns: readonly string[]): string {
  return columns
    .map((column) => `${target.name}.${column}: ${shown(target.row[column])} → ${shown(after[column])}`)
    .join(', ')
}

/** The database compares in the column's own type where the texts differ: `1.50` and `1.5` are one number. */
async function isAsAsked(
  witness: Reader,
  { table, key }: RowKey,
  after: JsonObject,
  set: JsonObject,
): Promise<boolean> {
  if (Object.entries(set).every(([column, value]) => sameJson(after[column], value))) return true
  const rows = await witness.matching(table, { ...key, ...set })
  return rows.some((row) => sameJson(row, after))
}

async function removed(witness: Reader, target: ReachRow, meaning: Meaning): Promise<Part> {
  const after = await witness.read(rowKey(target))
  if (after === null) return { done: 'all', what: `${target.name} was removed` }
  const touched = touchedColumns(target, after, meaning)
  return touched.length === 0
    ? { done: 'none', what: '' }
    : { done: 'some', what: `${target.name} is still there, and ${changesIn(target, after, touched)}` }
}

async function added(
  witness: Reader,
  additions: Additions,
  write: Extract<ResolvedWrite, { kind: 'add' }>,
  meaning: Meaning,
): Promise<Part> {
  const wanted = new Map<string, { readonly values: JsonObject; times: number }>()
  for (const values of write.rows) {
    const query = additionQuery(write.table, values)
    const known = wanted.get(query)
    if (known === undefined) wanted.set(query, { values, times: 1 })
    else known.times += 1
  }
  const found = await Promise.all(
    [...wanted].map(async ([query, { values, times }]) => {
      const rows = await witness.matching(write.table, values)
      return Math.min(additions.fresh(query, rows).length, times)
    }),
  )
  const count = found.reduce((sum, one) => sum + one, 0)
  if (count === 0 && meaning.kind === 'done' && !write.skippable) {
    return {
      unread:
        `the service says that it wrote to ${write.table}, and no new row holds the given values; ` +
        'where a trigger changes them, `identify` names the columns that stay',
    }
  }
  const what = count === 0 ? '' : `${count} new ${count === 1 ? 'row' : 'rows'} in ${write.table}`
  return { done: count === write.rows.length ? 'all' : count === 0 ? 'none' : 'some', what }
}

/**
 * Binds the writes of an operation to the rows that they are about.
 *
 * @param writes from a footprint whose references are resolved.
 */
export function bindWrites(
  writes: readonly WriteIntent[],
  rowNamed: (fixture: string) => ReachRow,
): readonly ResolvedWrite[] {
  return writes.map((write) => bound(write, rowNamed))
}

function bound(write: WriteIntent, rowNamed: (fixture: string) => ReachRow): ResolvedWrite {
  switch (write.kind) {
    case 'change':
      return { kind: 'change', row: rowNamed(write.fixture), set: write.set }
    case 'remove':
      return { kind: 'remove', row: rowNamed(write.fixture) }
    case 'add': {
      const { identify } = write
      const rows = identify === null ? write.rows : write.rows.map((row) => picked(row, identify))
      return { kind: 'add', table: write.table, rows, skippable: write.skippable }
    }
  }
}

function rowKey(row: ReachRow): RowKey {
  return { table: row.table, key: row.baseKey }
}

function picked(values: JsonObject, columns: readonly string[]): JsonObject {
  return Object.fromEntries(
    columns.filter((column) => column in values).map((column) => [column, values[column] ?? null]),
  )
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
