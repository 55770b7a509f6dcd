import { messageOf } from '../errors.ts'
import { type JsonObject, sameJson } from '../json.ts'
import type { Effect, Meaning } from '../model/verdict.ts'
import type { WriteIntent } from '../paths/path.ts'
import { type Additions, additionQuery } from './additions.ts'
import type { ReachRow } from './reading.ts'
import { changed, type Part, picked, type Reader, removed, rowKey } from './row-effects.ts'

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
      /** All values that new rows have to hold, where finding them is not enough. */
      readonly wanted?: readonly JsonObject[]
      readonly stray?: true
    }

/**
 * Reads an attempt's effect out of band.
 *
 * @param writes the writes of the request; empty for a read.
 * @param reach the fixtures that a read could have shown: an empty answer means something only while they exist.
 */
export async function effectOf(
  witness: Reader,
  additions: Additions,
  writes: readonly ResolvedWrite[],
  reach: readonly ReachRow[],
  meaning: Meaning,
): Promise<Effect> {
  try {
    if (writes.length === 0) return await current(witness, reach)
    const parts = await Promise.all(writes.map((write) => partOf(witness, additions, write, meaning)))
    return merged(parts.filter((part) => part !== null))
  } catch (error) {
    return { kind: 'unread', why: messageOf(error) }
  }
}

async function current(witness: Reader, reach: readonly ReachRow[]): Promise<Effect> {
  const there = async (row: ReachRow) =>
    (await witness.has?.(rowKey(row))) ?? (await witness.read(rowKey(row))) !== null
  const rows = await Promise.all(reach.map(async (row) => ({ row, found: await there(row) })))
  const missing = rows.filter(({ found }) => !found).map(({ row }) => row.name)
  return missing.length === 0 ? { kind: 'standing' } : { kind: 'missing', what: missing.sort().join(', ') }
}

/** An effect that was seen counts even if the rest could not be read. */
function merged(parts: readonly Part[]): Effect {
  const read = parts.filter((part) => 'done' in part)
  const unread = parts.filter((part) => 'unread' in part)
  const [first] = unread
  const some = read.some(({ done }) => done !== 'none')
  if (first !== undefined && !some) return { kind: 'unread', why: first.unread }
  const what = [...read.map((part) => part.what), ...unread.map((part) => part.unread)]
    .filter((text) => text !== '')
    .join('; ')
  if (first === undefined && read.every(({ done }) => done === 'all')) return { kind: 'happened', what }
  return some ? { kind: 'otherwise', what } : { kind: 'nothing' }
}

/** @returns null for a write without a readable effect. */
function partOf(witness: Reader, additions: Additions, write: ResolvedWrite, meaning: Meaning): Promise<Part | null> {
  switch (write.kind) {
    case 'change':
      return changed(witness, write.row, write.set, meaning)
    case 'remove':
      return removed(witness, write.row, meaning)
    case 'add':
      return added(witness, additions, write, meaning)
  }
}

async function added(
  witness: Reader,
  additions: Additions,
  write: Extract<ResolvedWrite, { kind: 'add' }>,
  meaning: Meaning,
): Promise<Part | null> {
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
      return additions.fresh(query, rows).slice(0, times)
    }),
  )
  const fresh = found.flat()
  const count = fresh.length
  if (write.stray === true) return count === 0 ? null : { done: 'some', what: `${newRows(count, write.table)}, astray` }
  if (count === 0 && meaning.kind === 'done' && !write.skippable && witness.own?.addedNothingTo(write.table) !== true) {
    return {
      unread:
        `the service says that it wrote to ${write.table}, and no new row holds the given values; ` +
        'where a trigger changes them, `identify` names the columns that stay',
    }
  }
  const what = count === 0 ? '' : newRows(count, write.table)
  const different = (write.wanted ?? []).flatMap((values) => differences(values, fresh))
  if (count > 0 && different.length > 0) return { done: 'some', what: `${what}, with other ${different.join(', ')}` }
  return { done: count === write.rows.length ? 'all' : count === 0 ? 'none' : 'some', what }
}

function newRows(count: number, table: string): string {
  return `${count} new ${count === 1 ? 'row' : 'rows'} in ${table}`
}

/** @returns the columns in which no new row holds the given value; none when one row holds all of them. */
function differences(values: JsonObject, rows: readonly JsonObject[]): readonly string[] {
  const different = rows.map((row) => Object.keys(values).filter((column) => !sameJson(row[column], values[column])))
  return different.toSorted((one, other) => one.length - other.length)[0] ?? []
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
      const { identify, table, skippable } = write
      const rows = identify === null ? write.rows : write.rows.map((row) => picked(row, identify))
      return {
        kind: 'add',
        table,
        rows,
        skippable,
        ...(write.exact === true ? { wanted: write.rows } : {}),
        ...(write.stray === true ? { stray: true } : {}),
      }
    }
  }
}
