import type { Catalog } from './catalog.ts'
import { type Database, RefusedStatement } from './connection.ts'
import { findDependents } from './dependents.ts'
import { UnknownName } from './errors.ts'
import type { Lookup } from './lookup.ts'
import { childrenFirst } from './order.ts'
import { relationOf } from './relations.ts'
import { aliased, byShape, selection } from './rowset.ts'
import type { LeftRow, RowKey } from './witness.ts'

const chunkSize = 2000
/** Each round removes what the one before had to leave; triggers that keep putting rows back end it here. */
const rounds = 5

/** Removes rows and what keeps them from going; see `Witness.remove`. */
export async function removeRows(
  database: Database,
  catalog: Catalog,
  lookup: Lookup,
  rows: readonly RowKey[],
): Promise<{ gone: number; left: LeftRow[] }> {
  const named = distinct(rows)
  const whys = new Map<RowKey, string>()
  let pending: readonly RowKey[] = named
  for (let round = 0; round < rounds && pending.length > 0; round++) {
    const before = pending.length
    await inChunks(catalog, pending, (chunk) => removeChunk(database, catalog, chunk, whys))
    pending = await standing(lookup, pending, whys)
    if (pending.length === before) break
  }
  const left = pending.map((row) => ({ row, why: whys.get(row) ?? 'it was deleted, and a trigger or a rule kept it' }))
  return { gone: named.length - left.length, left }
}

/** Removes what refers to the rows and would keep them from going, but not the rows; see `Witness.removeDependents`. */
export async function removeDependents(
  database: Database,
  catalog: Catalog,
  rows: readonly RowKey[],
): Promise<LeftRow[]> {
  const whys = new Map<RowKey, string>()
  const known = distinct(rows).filter((row) => Object.hasOwn(catalog.relations, row.table))
  await inChunks(catalog, known, (chunk) =>
    splitting(chunk, whys, async (part) => deleteAll(database, catalog, await findDependents(database, catalog, part))),
  )
  return [...whys].map(([row, why]) => ({ row, why }))
}

/** Children first: a delete by cascade looks the children up row by row, often without an index. */
async function inChunks(
  catalog: Catalog,
  rows: readonly RowKey[],
  work: (chunk: readonly RowKey[]) => Promise<void>,
): Promise<void> {
  const groups = byShape(rows)
  const tables = new Set(rows.map((row) => row.table))
  for (const table of childrenFirst(tables, catalog).flat()) {
    for (const group of groups.filter(([row]) => row?.table === table)) {
      for (let at = 0; at < group.length; at += chunkSize) await work(group.slice(at, at + chunkSize))
    }
  }
}

async function removeChunk(
  database: Database,
  catalog: Catalog,
  chunk: readonly RowKey[],
  whys: Map<RowKey, string>,
): Promise<void> {
  // A table that was dropped took its rows along.
  if (!Object.hasOwn(catalog.relations, chunk[0]?.table ?? '')) return
  await splitting(chunk, whys, (part) => removePart(database, catalog, part))
}

async function removePart(database: Database, catalog: Catalog, part: readonly RowKey[]): Promise<void> {
  let dependents: readonly RowKey[] = []
  for (let round = 0; ; round++) {
    try {
      return await deleteAll(database, catalog, [...dependents, ...part])
    } catch (error) {
      const held = error instanceof RefusedStatement && error.sqlstate.startsWith('23')
      if (!held || round === rounds) throw error
      // Removing one dependent may make a trigger write the next, which only another look finds.
      dependents = await findDependents(database, catalog, part)
      if (dependents.length === 0) throw error
    }
  }
}

/** Halves what is refused until the rows stand alone that cannot go. A lost connection is passed on. */
async function splitting(
  rows: readonly RowKey[],
  whys: Map<RowKey, string>,
  work: (rows: readonly RowKey[]) => Promise<void>,
): Promise<void> {
  try {
    await work(rows)
    for (const row of rows) whys.delete(row)
  } catch (error) {
    if (!(error instanceof RefusedStatement || error instanceof UnknownName)) throw error
    const [only] = rows
    if (rows.length === 1 && only !== undefined) {
      whys.set(only, error.message)
      return
    }
    const half = Math.ceil(rows.length / 2)
    await splitting(rows.slice(0, half), whys, work)
    await splitting(rows.slice(half), whys, work)
  }
}

/**
 * One statement per table, children first. Tables that refer to each other in a circle share one statement, because
 * foreign keys are checked when a statement ends.
 */
async function deleteAll(database: Database, catalog: Catalog, rows: readonly RowKey[]): Promise<void> {
  const shapes = byShape(rows)
  for (const tables of childrenFirst(new Set(rows.map((row) => row.table)), catalog)) {
    const parts = shapes.filter(([row]) => row !== undefined && tables.includes(row.table))
    const values: string[] = []
    const deletes = parts.map((part, n) => {
      const relation = relationOf(catalog, part[0]?.table ?? '')
      const by = selection(relation, part[0]?.key ?? {}, n + 1)
      values.push(by.encode(part.map((row) => row.key)))
      return `d${n} as (delete from ${aliased(relation)} using ${by.from} where ${by.condition})`
    })
    await database.query(`with ${deletes.join(', ')} select`, values)
  }
}

async function standing(
  lookup: Lookup,
  rows: readonly RowKey[],
  whys: Map<RowKey, string>,
): Promise<readonly RowKey[]> {
  const there = await Promise.all(rows.map((row) => stands(lookup, row, whys)))
  return rows.filter((_, n) => there[n])
}

/** A dropped table has no rows; a row that cannot be looked up counts as still there. */
async function stands(lookup: Lookup, row: RowKey, whys: Map<RowKey, string>): Promise<boolean> {
  try {
    return (await lookup(row.table, row.key)).length > 0
  } catch (error) {
    if (error instanceof UnknownName && error.kind === 'relation') return false
    if (!(error instanceof RefusedStatement || error instanceof UnknownName)) throw error
    if (!whys.has(row)) whys.set(row, error.message)
    return true
  }
}

function distinct(rows: readonly RowKey[]): RowKey[] {
  const found = new Map<string, RowKey>()
  for (const row of rows) found.set(JSON.stringify([row.table, row.key]), row)
  return [...found.values()]
}
