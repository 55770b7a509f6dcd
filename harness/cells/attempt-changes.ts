import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { type Json, type JsonObject, sameJson } from '../json.ts'
import type { AttemptPlan, OperationPlan } from '../matrix/plan/plan.ts'
import type { ChangedRow, Changes } from '../model/verdict.ts'
import type { Answer } from '../paths/path.ts'
import type { RowChange, TransactionChanges } from '../witness/changes/change-log.ts'
import { keylessRow } from '../witness/keyless.ts'
import type { Trace } from './change-reading.ts'
import type { ResolvedWrite } from './effects.ts'
import { OwnChanges } from './own-changes.ts'
import type { PlacedFixtures } from './placed-fixtures.ts'
import type { FixtureRow, RowNames } from './row-names.ts'

/** The changes of an attempt, with the parts that never leave the run. */
export interface AttemptChanges {
  /** For the record. */
  readonly changes: Changes
  /** Separates the columns that the attempt changed from those that others changed; null where that is not possible. */
  readonly own: OwnChanges | null
  /** Rows that the attempt added, and rows of others that it changed, for the sweep. */
  readonly traces: readonly Trace[]
}

/** Rows that a record lists. */
const mostListed = 20

/** Milliseconds between two readings of rows that have changed, and the number of readings. */
const pollIntervalMs = 150
const maxPolls = 6

const changesByItself = 'the column also changes while no attempt is under way'

/** @returns true when the write-ahead log holds everything that the attempt's transactions change. */
export function isMarked(placed: PlacedFixtures, { path, writes }: OperationPlan): boolean {
  const { log, marked } = placed.changes
  return log !== null && marked.has(path.name) && (writes || path.marking?.readsCannotWrite !== true)
}

/**
 * Reads the fixtures before an attempt whose transactions cannot be read, or, before any other, those whose changes no log holds.
 *
 * @param marked true for an attempt whose transactions can be read.
 * @returns a function that reads the changes after the answer; null where nothing is read: the request cannot write, or other
 *   events change the fixtures during the attempt.
 */
export async function watchFixtures(
  placed: PlacedFixtures,
  plan: AttemptPlan,
  { marked }: { readonly marked: boolean },
): Promise<(() => Promise<AttemptChanges>) | null> {
  const { writes, footprint } = plan.operation
  const events = [...(footprint.meanwhile ?? []), ...(footprint.afterwards ?? []), ...(footprint.adds ?? [])]
  if (!(writes || marked) || events.length > 0) return null
  const rows = placed
    .rowsOf(plan)
    .filter(({ table }) => !placed.isStore(table) && (!marked || placed.isUnlogged(table)))
  if (marked && rows.length === 0) return null
  const before = await Promise.all(rows.map((row) => placed.witness.read(row)))
  const read = async (): Promise<readonly ChangedRow[]> => {
    const after = await Promise.all(rows.map((row) => placed.witness.read(row)))
    return rows.flatMap(({ name, table }, n) => changeBetween({ name, table }, before[n] ?? null, after[n] ?? null))
  }
  return async () => {
    const first = await read()
    const steady = first.length === 0 ? first : withoutRestless(first, await restlessColumns(placed, rows))
    return {
      changes: { look: 'fixtures', rows: permittedLast(steady) },
      own: new OwnChanges(steady, new Set(rows.map(({ name }) => name))),
      traces: [],
    }
  }
}

/** @returns the changes that the log holds, with those of fixtures whose changes it does not hold. */
export function withCompared(read: AttemptChanges, compared: AttemptChanges | undefined): AttemptChanges {
  if (compared === undefined) return read
  const rows = permittedLast([...read.changes.rows, ...compared.changes.rows])
  const own = read.own?.withCompared(compared.own) ?? compared.own
  return { ...read, changes: { ...read.changes, rows }, own }
}

/**
 * Reads the changes of an attempt after its answer.
 *
 * @param mark the mark of its transactions.
 * @param writes the writes of the request.
 */
export async function readMarked(
  placed: PlacedFixtures,
  mark: string,
  answer: Answer,
  writes: readonly ResolvedWrite[],
): Promise<AttemptChanges> {
  if (answer.unmarked === true) return unreadChanges('PostgreSQL runs the statement outside of transactions only')
  try {
    return await readTransactions(placed, mark, writes)
  } catch (error) {
    return unreadChanges(messageOf(error))
  }
}

function unreadChanges(unread: string): AttemptChanges {
  return { changes: { look: 'transaction', rows: [], unread }, own: null, traces: [] }
}

async function readTransactions(
  placed: PlacedFixtures,
  mark: string,
  writes: readonly ResolvedWrite[],
): Promise<AttemptChanges> {
  const { log } = placed.changes
  if (log === null) throw new Error('the write-ahead log is not open')
  const transactions = await log.changesOf(mark)
  const names = placed.names
  const all = transactions.flatMap(({ rows }) => rows)
  const written = new Set(writes.flatMap((write) => (write.kind === 'add' ? [] : [write.row.name])))
  const described = all.map((change) => ({ change, fixtures: fixturesOf(names, change) }))
  const namesOf = new Map(
    described.map(({ change, fixtures }) => [changedRow(placed, change, nameFor(fixtures, written)), fixtures]),
  )
  const rows = [...namesOf.keys()]
  const more = countOf(transactions)
  const listed = permittedLast(rows)
  const left = listed.length - mostListed
  return {
    changes: {
      look: 'transaction',
      rows: listed.slice(0, mostListed),
      ...(left > 0 || more > 0 ? { more: Math.max(left, 0) + more } : {}),
    },
    own: new OwnChanges(
      rows,
      null,
      (table) => placed.isStore(table) || placed.isUnlogged(table),
      (row) => namesOf.get(row) ?? [],
    ),
    traces: tracesOf(placed, transactions, writes),
  }
}

function fixturesOf(names: RowNames, { table, partition, before }: RowChange): readonly string[] {
  return before === null ? [] : names.of([table, partition], before)
}

/** A row that is several fixtures is called as the attempt calls it. */
function nameFor(fixtures: readonly string[], written: ReadonlySet<string>): string | undefined {
  return fixtures.find((name) => written.has(name)) ?? fixtures.at(-1)
}

function changedRow(placed: PlacedFixtures, change: RowChange, fixture: string | undefined): ChangedRow {
  const { table, partition, action, columns, before, after } = change
  const row = before ?? after
  const key = row === null ? undefined : plainKey(placed, table, row)
  const permitted = fixture === undefined ? placed.permission(change) : undefined
  return {
    table,
    ...(partition === undefined ? {} : { partition }),
    action,
    ...(fixture === undefined ? {} : { fixture }),
    ...(key === undefined ? {} : { key }),
    ...(columns === null ? {} : { columns }),
    ...(permitted === undefined ? {} : { permitted }),
  }
}

/** A key of another kind may be an address or a name, which no record may hold. */
const plainTypes = ['uuid', 'smallint', 'integer', 'bigint']

function plainKey(
  placed: PlacedFixtures,
  table: string,
  row: JsonObject,
): Readonly<Record<string, string>> | undefined {
  const { primaryKey = [], columns = {} } = placed.context.catalog.relations[table] ?? {}
  const values = primaryKey.flatMap((column): [string, string][] => {
    const value = row[column]
    return plainTypes.includes(columns[column]?.type ?? '') && typeof value === 'string' ? [[column, value]] : []
  })
  return values.length === 0 || values.length < primaryKey.length ? undefined : Object.fromEntries(values)
}

function tracesOf(
  placed: PlacedFixtures,
  transactions: readonly TransactionChanges[],
  writes: readonly ResolvedWrite[],
): readonly Trace[] {
  const asked = askedWithoutKey(placed, writes)
  const rows = transactions.flatMap((transaction) => transaction.rows)
  const single = rows.flatMap((change): readonly Trace[] => {
    const { table, action, columns, before } = change
    if (placed.isStore(table) || platformSchemas.includes(schemaOf(table))) return []
    if (action === 'insert') return [added(placed, change)]
    if (before !== null && placed.names.of([table, change.partition], before).length > 0) {
      // A fixture that was given another key is swept under that one.
      return isMoved(placed, change) ? [added(placed, change)] : []
    }
    if (before === null && isAsked(placed, change, asked)) return []
    const what = action === 'update' ? `${columns?.join(', ') ?? 'columns'} of a row` : 'a row'
    const done = { update: 'changed', delete: 'removed', truncate: 'removed' }[action]
    return [{ kind: 'stays', what: `${table}: an attempt ${done} ${what} that the run did not make` }]
  })
  const many = transactions.flatMap(({ more }) =>
    [...more].map(([table, count]): Trace => {
      return { kind: 'stays', what: `${table}: an attempt changed ${count} rows more than were looked at one by one` }
    }),
  )
  return [...single, ...many]
}

/** By action and table: how many rows without a primary key an attempt is to change or to remove. All are fixtures. */
function askedWithoutKey(placed: PlacedFixtures, writes: readonly ResolvedWrite[]): Map<string, number> {
  const asked = new Map<string, number>()
  for (const write of writes) {
    if (write.kind === 'add') continue
    const { table } = write.row
    if (placed.context.catalog.relations[table]?.primaryKey.length !== 0) continue
    const name = `${write.kind === 'remove' ? 'delete' : 'update'} ${table}`
    asked.set(name, (asked.get(name) ?? 0) + 1)
  }
  return asked
}

/**
 * The log does not hold the old row where a table has no primary key: a changed one is a fixture by the columns that it
 * still has, and one that is gone is the fixture that the request named.
 */
function isAsked(
  placed: PlacedFixtures,
  { table, partition, action, after }: RowChange,
  asked: Map<string, number>,
): boolean {
  if (after !== null && placed.names.of([table, partition], after).length > 0) return true
  const left = asked.get(`${action} ${table}`) ?? 0
  asked.set(`${action} ${table}`, left - 1)
  return left > 0
}

/** The services of the platform keep these and tidy them up. */
const platformSchemas = [
  ...['auth', 'storage', 'realtime', 'cron', 'net', 'vault', 'extensions', 'graphql', 'pgsodium'],
  ...['supabase_functions', 'supabase_migrations'],
]

function isMoved(placed: PlacedFixtures, { table, action, columns }: RowChange): boolean {
  const { primaryKey = [] } = placed.context.catalog.relations[table] ?? {}
  return action === 'update' && primaryKey.some((column) => columns?.includes(column))
}

function added(placed: PlacedFixtures, { table, after: row }: RowChange): Trace {
  const { primaryKey = [] } = placed.context.catalog.relations[table] ?? {}
  if (row === null || primaryKey.length === 0) {
    return placed.witness.removeKeyless === undefined || row === null
      ? { kind: 'stays', what: `${table}: an attempt added a row, which has no primary key to remove it by` }
      : { kind: 'added-keyless', row: keylessRow(table, row) }
  }
  return {
    kind: 'added',
    table,
    key: Object.fromEntries(primaryKey.map((column): [string, Json] => [column, row[column] ?? null])),
  }
}

function schemaOf(table: string): string {
  return table.slice(0, table.indexOf('.'))
}

function countOf(transactions: readonly TransactionChanges[]): number {
  return transactions.reduce((sum, { more }) => sum + [...more.values()].reduce((all, count) => all + count, 0), 0)
}

function permittedLast(rows: readonly ChangedRow[]): readonly ChangedRow[] {
  return [
    ...rows.filter(({ permitted }) => permitted === undefined),
    ...rows.filter(({ permitted }) => permitted !== undefined),
  ]
}

function changeBetween(
  { name, table }: FixtureRow,
  before: JsonObject | null,
  after: JsonObject | null,
): readonly ChangedRow[] {
  const row = { table, fixture: name }
  if (before === null) return after === null ? [] : [{ ...row, action: 'insert' }]
  if (after === null) return [{ ...row, action: 'delete' }]
  const columns = differingColumns(before, after)
  return columns.length === 0 ? [] : [{ ...row, action: 'update', columns }]
}

function differingColumns(before: JsonObject, after: JsonObject): readonly string[] {
  return Object.keys(after)
    .filter((column) => !sameJson(after[column], before[column]))
    .sort()
}

/**
 * Columns of fixtures that go on changing after the answer, when nothing that the run does can be the reason: a background
 * job writes them.
 */
async function restlessColumns(
  placed: PlacedFixtures,
  rows: readonly (FixtureRow & { readonly key: JsonObject })[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const restless = new Map<string, Set<string>>()
  let last = await Promise.all(rows.map((row) => placed.witness.read(row)))
  for (let look = 0; look < maxPolls; look++) {
    await pause(pollIntervalMs)
    const now = await Promise.all(rows.map((row) => placed.witness.read(row)))
    for (const [n, { name }] of rows.entries()) {
      const columns = differingColumns(last[n] ?? {}, now[n] ?? {})
      restless.set(name, new Set([...(restless.get(name) ?? []), ...columns]))
    }
    last = now
  }
  return restless
}

/** A column that changes by itself is no evidence; other columns of the same row still are. */
function withoutRestless(
  rows: readonly ChangedRow[],
  restless: ReadonlyMap<string, ReadonlySet<string>>,
): readonly ChangedRow[] {
  return rows.flatMap((row) => {
    const moving = restless.get(row.fixture ?? '') ?? new Set<string>()
    const { columns } = row
    if (columns === undefined) return [row]
    const steady = columns.filter((column) => !moving.has(column))
    const moved = columns.filter((column) => moving.has(column))
    return [
      ...(steady.length === 0 ? [] : [{ ...row, columns: steady }]),
      ...(moved.length === 0 ? [] : [{ ...row, columns: moved, permitted: changesByItself }]),
    ]
  })
}
