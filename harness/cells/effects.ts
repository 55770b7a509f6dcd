import { type Json, type JsonObject, sameJson } from '../json.ts'
import type { WriteIntent } from '../paths/path.ts'
import type { Effect, Meaning } from '../verdict/model.ts'
import type { Witness } from '../witness/witness.ts'
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

/** What a single write came to. */
type Part = { readonly done: 'all' | 'some' | 'none'; readonly what: string } | { readonly unread: string }

/**
 * Reads out of band what an attempt really did.
 *
 * @param writes what was asked for; empty for a read.
 * @param reach the fixtures that a read could have shown: they must be there for its silence to mean anything.
 */
export async function effectOf(
  witness: Witness,
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

async function standing(witness: Witness, reach: readonly ReachRow[]): Promise<Effect> {
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

function partOf(witness: Witness, additions: Additions, write: ResolvedWrite, meaning: Meaning): Promise<Part> {
  switch (write.kind) {
    case 'change':
      return changed(witness, write.row, write.set)
    case 'remove':
      return removed(witness, write.row)
    case 'add':
      return added(witness, additions, write, meaning)
  }
}

async function changed(witness: Witness, target: ReachRow, set: JsonObject): Promise<Part> {
  const newKey = { ...target.baseKey, ...picked(set, Object.keys(target.baseKey)) }
  const moved = !sameJson(newKey, target.baseKey)
  const after = await witness.read({ table: target.table, key: moved ? newKey : target.baseKey })
  if (after === null) {
    const old = moved ? await witness.read(rowKey(target)) : null
    return old === null ? { done: 'some', what: `${target.name} is gone` } : { done: 'none', what: '' }
  }
  const columns = Object.keys(set)
  const different = columns.filter((column) => !sameJson(after[column], target.row[column]))
  if (different.length === 0) return { done: 'none', what: '' }
  const what = different.map(
    (column) => `${target.name}.${column}: ${shown(target.row[column])} → ${shown(after[column])}`,
  )
  return { done: (await isAsAsked(witness, target.table, newKey, after, set)) ? 'all' : 'some', what: what.join(', ') }
}

/** The database compares in the column's own type where the texts differ: `1.50` and `1.5` are one number. */
async function isAsAsked(
  witness: Witness,
  table: string,
  key: JsonObject,
  after: JsonObject,
  set: JsonObject,
): Promise<boolean> {
  if (Object.entries(set).every(([column, value]) => sameJson(after[column], value))) return true
  return (await witness.matching(table, { ...set, ...key })).length > 0
}

async function removed(witness: Witness, target: ReachRow): Promise<Part> {
  const after = await witness.read(rowKey(target))
  return after === null ? { done: 'all', what: `${target.name} was removed` } : { done: 'none', what: '' }
}

async function added(
  witness: Witness,
  additions: Additions,
  write: Extract<ResolvedWrite, { kind: 'add' }>,
  meaning: Meaning,
): Promise<Part> {
  const found = await Promise.all(
    write.rows.map(async (values) => {
      const rows = await witness.matching(write.table, values)
      return additions.fresh(additionQuery(write.table, values), rows).length > 0
    }),
  )
  const count = found.filter((one) => one).length
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

function rowKey(row: ReachRow) {
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
