import type { Catalog } from './catalog.ts'
import { type Database, RefusedStatement } from './connection.ts'
import { findDependents } from './dependents.ts'
import { UnknownName } from './errors.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { childrenFirst } from './order.ts'
import { type Relations, relationOf } from './relations.ts'
import { removePastRules } from './remove-past-rules.ts'
import { aliased, byShape, selection } from './rowset.ts'
import type { LeftRow, RowKey } from './witness.ts'

const chunkSize = 2000
/** Each round removes the rows that the one before had to leave; the limit ends triggers that keep putting rows back. */
const rounds = 5

/** Whose triggers and rules are switched off for rows that they keep; `none` leaves such rows. */
export type PastRules = 'none' | 'of-named-tables' | 'of-any-table'

/** Removes rows and the rows that block their deletion; see `Witness.remove`. */
export async function removeRows(
  database: Database,
  relations: Relations,
  rows: readonly RowKey[],
  pastRules: PastRules,
): Promise<{ gone: number; left: LeftRow[] }> {
  let catalog = await relations.catalog()
  const lookup = createLookup(database, relations)
  const named = distinct(rows)
  const whys = new Map<RowKey, string>()
  let pending: readonly RowKey[] = named
  for (let round = 0; round < rounds && pending.length > 0; round++) {
    const before = pending.length
    const known = catalog
    await inChunks(known, pending, (chunk) =>
      removeKnown(known, chunk, whys, (part) => removePart(database, known, part)),
    )
    pending = await remainingRows(lookup, pending, whys)
    if (pending.length < before) continue
    // A foreign key that came, or a table that went, since the catalog was read keeps rows from going.
    catalog = await relations.refresh()
    if (JSON.stringify(catalog) === JSON.stringify(known)) break
  }
  if (pastRules !== 'none' && pending.length > 0) {
    const anyTable = pastRules === 'of-any-table'
    await inChunks(catalog, pending, (chunk) => removeKept(database, relations, catalog, { chunk, anyTable, whys }))
    pending = await remainingRows(lookup, pending, whys)
  }
  const left = pending.map((row) => ({ row, why: whys.get(row) ?? 'it was deleted, and a trigger or a rule kept it' }))
  return { gone: named.length - left.length, left }
}

/** Removes the rows that block a deletion, but not the rows themselves; see `Witness.removeDependents`. */
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

async function removeKnown(
  catalog: Catalog,
  chunk: readonly RowKey[],
  whys: Map<RowKey, string>,
  work: (part: readonly RowKey[]) => Promise<void>,
): Promise<void> {
  // A table that was dropped took its rows along.
  if (Object.hasOwn(catalog.relations, chunk[0]?.table ?? '')) await splitting(chunk, whys, work)
}

/** A row that neither a trigger nor a rule keeps stays with the reason that it had. */
async function removeKept(
  database: Database,
  relations: Relations,
  catalog: Catalog,
  { chunk, anyTable, whys }: { chunk: readonly RowKey[]; anyTable: boolean; whys: Map<RowKey, string> },
): Promise<void> {
  const kept = new Map<RowKey, string>()
  await removeKnown(catalog, chunk, kept, async (rows) => {
    const why = await removePastRules(database, {
      rows,
      anyTable,
      remove: (inside) => removePart(inside, catalog, rows),
      isGone: async (inside) => (await remainingRows(createLookup(inside, relations), rows, new Map())).length === 0,
    })
    // Not thrown, since halves of the rows would wait for the same lock again.
    if (why !== null) for (const row of rows) whys.set(row, why)
  })
  for (const [row, why] of kept) if (!whys.has(row)) whys.set(row, why)
}

async function removePart(database: Database, catalog: Catalog, part: readonly RowKey[]): Promise<void> {
  let dependents: readonly RowKey[] = []
  for (let round = 0; ; round++) {
    try {
      return await deleteAll(database, catalog, [...dependents, ...part])
    } catch (error) {
      const held = error instanceof RefusedStatement && error.sqlstate.startsWith('23')
      if (!held || round === rounds) throw error
      // Removing one dependent may make a trigger write the next, which only another query finds.
      dependents = await findDependents(database, catalog, part)
      if (dependents.length === 0) throw error
    }
  }
}

/** Halves a refused chunk until only the rows that cannot go are left. A lost connection is passed on. */
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

async function remainingRows(
  lookup: Lookup,
  rows: readonly RowKey[],
  whys: Map<RowKey, string>,
): Promise<readonly RowKey[]> {
  const there = await Promise.all(rows.map((row) => exists(lookup, row, whys)))
  return rows.filter((_, n) => there[n])
}

/** A dropped table has no rows; a row that cannot be looked up counts as still there. */
async function exists(lookup: Lookup, row: RowKey, whys: Map<RowKey, string>): Promise<boolean> {
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
