import type { JsonObject } from '../json.ts'
import type { WriteIntent } from '../paths/path.ts'
import type { Effect, Meaning } from '../verdict/model.ts'
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
    }

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

/** What has been seen to happen happened, also where the rest cannot be told. */
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
