import type { JsonObject } from '../../json.ts'
import { isNamed } from '../../qualified-name.ts'
import type { Catalog, Relation } from '../catalog.ts'
import { RefusedStatement } from '../connection.ts'
import { UnknownName } from '../errors.ts'
import { childrenFirst } from '../order.ts'
import { byShape } from '../rowset.ts'
import type { LeftRow, RowKey } from '../witness.ts'
import { filterOf } from './filters.ts'
import { type Find, noneOfSuchType } from './reading.ts'
import type { Request } from './request.ts'

const chunkSize = 40
/** Each round removes the rows that the one before had to leave; the limit ends triggers that keep putting rows back. */
const rounds = 5

/** The parts of the witness that remove rows through the Data API. */
export interface Removing {
  readonly request: Request
  readonly find: Find
  readonly catalog: Catalog
}

/** Removes rows and the rows that block their deletion, as far as the Data API shows them; see `Witness.remove`. */
export async function removeRows(
  removing: Removing,
  rows: readonly RowKey[],
): Promise<{ gone: number; left: LeftRow[] }> {
  const named = [...new Map(rows.map((row) => [JSON.stringify([row.table, row.key]), row])).values()]
  const whys = new Map<RowKey, string>()
  let pending: readonly RowKey[] = named
  for (let round = 0; round < rounds && pending.length > 0; round++) {
    const before = pending.length
    for (const chunk of chunks(removing.catalog, pending)) await removeChunk(removing, chunk, whys)
    pending = await remainingRows(removing, pending, whys)
    if (pending.length === before) break
  }
  const left = pending.map((row) => ({ row, why: whys.get(row) ?? 'it was deleted, and a trigger or a rule kept it' }))
  return { gone: named.length - left.length, left }
}

/**
 * Removes the rows that belong to users as a whole: those of tables whose only key is the user's id. Other rows of a user are
 * unknown, since the Data API shows no foreign key into Auth's tables; see `Witness.removeDependents`.
 */
export async function removeRowsOfUsers(removing: Removing, users: readonly RowKey[]): Promise<LeftRow[]> {
  const ids = users.map(({ key }) => key.id).filter((id) => typeof id === 'string')
  const tables = Object.values(removing.catalog.relations).flatMap(({ name, primaryKey, columns }) => {
    const [only, second] = primaryKey
    const column = only === undefined || second !== undefined ? undefined : columns[only]
    return column?.type === 'uuid' && !column.hasDefault ? [{ table: name, column: column.name }] : []
  })
  const left: LeftRow[] = []
  for (const { table, column } of tables) {
    const rows = ids.map((id) => ({ table, key: { [column]: id } }))
    const found = await remainingRows(removing, rows, new Map()).catch(() => [])
    const removal = await removeRows(removing, found)
    left.push(...removal.left.map(({ row, why }) => ({ row: userOf(row, column), why: `${table}: ${why}` })))
  }
  return left
}

function userOf({ key }: RowKey, column: string): RowKey {
  return { table: 'auth.users', key: { id: key[column] ?? null } }
}

function chunks(catalog: Catalog, rows: readonly RowKey[]): RowKey[][] {
  const known = rows.filter(({ table }) => Object.hasOwn(catalog.relations, table))
  const groups = byShape(known)
  const tables = childrenFirst(new Set(known.map(({ table }) => table)), catalog).flat()
  return tables.flatMap((table) =>
    groups
      .filter(([row]) => row?.table === table)
      .flatMap((group) =>
        Array.from({ length: Math.ceil(group.length / chunkSize) }, (_, n) =>
          group.slice(n * chunkSize, (n + 1) * chunkSize),
        ),
      ),
  )
}

/** Halves a refused chunk until only the rows that cannot go are left. A lost connection is passed on. */
async function removeChunk(removing: Removing, chunk: readonly RowKey[], whys: Map<RowKey, string>): Promise<void> {
  try {
    await deleteRows(removing, chunk, rounds)
    for (const row of chunk) whys.delete(row)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const [only] = chunk
    if (chunk.length === 1 && only !== undefined) {
      whys.set(only, error.message)
      return
    }
    const half = Math.ceil(chunk.length / 2)
    await removeChunk(removing, chunk.slice(0, half), whys)
    await removeChunk(removing, chunk.slice(half), whys)
  }
}

/** Removes rows of one table. Rows that refer to them and block the deletion go first; each refusal names one such table. */
async function deleteRows(removing: Removing, rows: readonly RowKey[], depth: number): Promise<void> {
  const { request, catalog } = removing
  const relation = catalog.relations[rows[0]?.table ?? '']
  if (relation === undefined || rows.length === 0) return
  const query = filterOf(
    relation,
    rows.map(({ key }) => key),
  )
  for (let left = depth; ; left--) {
    try {
      await request({ method: 'DELETE', of: relation.name, query, prefer: 'return=minimal' })
      return
    } catch (error) {
      if (!(error instanceof RefusedStatement) || error.sqlstate !== '23503' || left === 0) throw error
      const dependents = await dependentsOf(removing, relation, rows, error)
      if (dependents.length === 0) throw error
      for (const chunk of chunks(catalog, dependents)) await deleteRows(removing, chunk, left - 1)
    }
  }
}

/**
 * PostgreSQL's error names the tables of the foreign key: rows that refer to those that were to go, or to others that would go
 * with them by a cascade.
 */
async function dependentsOf(
  { find, catalog }: Removing,
  relation: Relation,
  rows: readonly RowKey[],
  refusal: RefusedStatement,
): Promise<RowKey[]> {
  const said = /on table "([^"]+)" violates foreign key constraint "[^"]*" on table "([^"]+)"/.exec(refusal.message)
  const named = (bare: string | undefined) =>
    Object.values(catalog.relations).filter(({ name }) => bare !== undefined && isNamed(name, bare))
  const keys = rows.map(({ key }) => key)
  const dependents: RowKey[] = []
  for (const referred of named(said?.[1])) {
    const between = referred.name === relation.name ? [] : referring(referred, relation, await find(relation, keys))
    const held = referred.name === relation.name ? keys : between.map(({ key }) => key)
    const whole = held.length === 0 ? [] : await find(referred, held)
    for (const dependent of named(said?.[2])) dependents.push(...referring(dependent, referred, whole))
  }
  return dependents
}

/** @returns the keys of the rows of a table that refer to rows of another. */
function referring(from: Relation, to: Relation, rows: readonly JsonObject[]): RowKey[] {
  return from.foreignKeys
    .filter(({ references }) => references === to.name)
    .flatMap(({ columns: [column = ''], referencedColumns: [referenced = ''] }) =>
      rows.map((row) => ({ table: from.name, key: { [column]: row[referenced] ?? null } })),
    )
    .filter(({ key }) => !Object.values(key).includes(null))
}

async function remainingRows(
  { find, catalog }: Removing,
  rows: readonly RowKey[],
  whys: Map<RowKey, string>,
): Promise<readonly RowKey[]> {
  const there = await Promise.all(
    rows.map(async (row) => {
      const relation = catalog.relations[row.table]
      // A table that was dropped took its rows along.
      if (relation === undefined) return false
      try {
        return (await find(relation, [row.key]).catch(noneOfSuchType)).length > 0
      } catch (error) {
        if (!isRefusal(error)) throw error
        if (!whys.has(row)) whys.set(row, error.message)
        return true
      }
    }),
  )
  return rows.filter((_, n) => there[n])
}

function isRefusal(error: unknown): error is Error {
  if (error instanceof RefusedStatement || error instanceof UnknownName) return true
  return error instanceof Error && 'code' in error && error.code === 'not-granted'
}
