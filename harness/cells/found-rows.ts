import { canonical } from '../canonical.ts'
import { messageOf, TrespassError } from '../errors.ts'
import { type Json, type JsonObject, sameJson } from '../json.ts'
import type { MatrixPlan } from '../matrix/plan/plan.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { RowKey, Witness } from '../witness/witness.ts'
import type { ResolvedWrite } from './effects.ts'
import type { ReachRow } from './reading.ts'
import type { RowSet } from './run-rows.ts'

/** A row of an attempt, made or found. */
interface CurrentRow extends RowKey {
  readonly row: JsonObject
}

/** The found rows that an attempt may touch, as they stood right before it, by {@link FoundRows.nameOf}. */
export type RowSnapshot = ReadonlyMap<string, CurrentRow>

/**
 * The found rows that operations of a matrix change. Such a row exists once, however many cells use it: attempts that may change
 * it run one after the other, each is compared with the row's state right before, and its changes are undone right after, so that
 * every attempt starts from the row as the run made it.
 */
export class FoundRows {
  readonly #witness: Pick<Witness, 'read' | 'restore'>
  readonly #catalog: Catalog
  readonly #rows: ReadonlyMap<string, RowKey>

  constructor(
    plan: MatrixPlan,
    catalog: Catalog,
    witness: Pick<Witness, 'read' | 'restore'>,
    sets: ReadonlyMap<string, RowSet>,
  ) {
    this.#witness = witness
    this.#catalog = catalog
    const changed = changedTables(plan)
    const found = [...sets.values()].flatMap((set) => [...set.values()]).filter((made) => made.found === true)
    this.#rows = new Map(
      found
        .filter(({ table }) => changed.has(table))
        .map((made) => [this.nameOf(made), { table: made.table, key: this.#keyOf(made) }]),
    )
  }

  /** @returns true when a row is one of them. */
  has(row: CurrentRow): boolean {
    return this.#rows.has(this.nameOf(row))
  }

  /** @returns one name for one row of the database, however many fixtures stand for it. */
  nameOf(row: CurrentRow): string {
    return `found ${row.table} ${canonical(this.#keyOf(row))}`
  }

  /**
   * @param rows all rows of an attempt.
   * @param mayWrite true when it may write: where it names none of the found rows, it may still change any of them.
   * @returns the names of the found rows that it may change, which are its turns.
   */
  touched(rows: readonly CurrentRow[], mayWrite: boolean): readonly string[] {
    const named = new Set(rows.map((row) => this.nameOf(row)).filter((name) => this.#rows.has(name)))
    return named.size === 0 && mayWrite ? [...this.#rows.keys()] : [...named]
  }

  /** @returns the current state of those of the rows that exist. */
  async read(names: readonly string[]): Promise<RowSnapshot> {
    const read = await Promise.all(
      names.map(async (name): Promise<[string, CurrentRow][]> => {
        const key = this.#rows.get(name)
        const row = key === undefined ? null : await this.#witness.read(key)
        return key === undefined || row === null ? [] : [[name, { ...key, row }]]
      }),
    )
    return new Map(read.flat())
  }

  /**
   * Undoes the changes of an attempt in the columns that differ, and in no others. A column that the attempt does not name
   * may be a trigger's, which may set it again.
   *
   * @param writes the changes that the attempt asked for.
   * @throws TrespassError `row-not-restored` when a row is not as it was: later cells would meet another state.
   */
  async restore(before: RowSnapshot, writes: readonly ResolvedWrite[]): Promise<void> {
    await Promise.all(
      [...before].map(async ([name, current]) => {
        const set = writes.flatMap((write) =>
          write.kind === 'change' && this.nameOf(currentRowOf(write.row)) === name ? [write.set] : [],
        )
        await this.#restoreRow(current, Object.assign({}, ...set)).catch((error: unknown) => {
          const why = messageOf(error)
          throw new TrespassError('row-not-restored', `a found row of ${current.table} is not as it was: ${why}`, {
            hint: 'Use a fixture that is made, with `values`, where a found row cannot be changed back.',
            cause: error,
          })
        })
      }),
    )
  }

  async #restoreRow({ table, key, row }: CurrentRow, set: JsonObject): Promise<void> {
    const moved = { ...key, ...picked(set, Object.keys(key)) }
    const now = (await this.#witness.read({ table, key })) ?? (await this.#witness.read({ table, key: moved }))
    if (now === null) throw new Error('the attempt removed it')
    const changed = Object.keys(row).filter((column) => !sameJson(now[column], row[column]))
    const columns = changed.filter((column) => this.#takesValue(table, column))
    if (columns.length === 0) return
    const restored = await this.#witness.restore(
      { table, key: this.#keyOf({ table, key, row: now }) },
      picked(row, columns),
    )
    const kept = columns.filter((column) => column in set && !sameJson(restored[column], row[column]))
    if (kept.length > 0) throw new Error(`a trigger keeps what the attempt made of ${kept.join(', ')}`)
  }

  #takesValue(table: string, column: string): boolean {
    const known = this.#catalog.relations[table]?.columns[column]
    return known !== undefined && !known.generated && known.identity !== 'always'
  }

  /** By its primary key where there is one: fixtures may name one row by different columns. */
  #keyOf({ table, key, row }: CurrentRow): JsonObject {
    const primary = this.#catalog.relations[table]?.primaryKey ?? []
    return primary.length === 0 ? picked(row, Object.keys(key)) : picked(row, primary)
  }
}

/** Tables of which an operation declares that it changes a found row. */
function changedTables({ matrix, cells }: MatrixPlan): ReadonlySet<string> {
  const single = matrix.fixtures.filter(({ found, sharedBy }) => found === true || sharedBy !== undefined)
  const found = new Map(single.map(({ name, table }) => [name, table] as const))
  const footprints = new Set(
    cells.flatMap(({ attempts, controls }) => [...attempts, ...controls].map(({ operation }) => operation.footprint)),
  )
  const tables = [...footprints].flatMap(({ writes }) =>
    writes.flatMap((write) => (write.kind === 'change' ? (found.get(write.fixture) ?? []) : [])),
  )
  return new Set(tables)
}

/** @returns a row in reach by its key in its own table. */
export function currentRowOf({ table, baseKey, row }: ReachRow): CurrentRow {
  return { table, key: baseKey, row }
}

function picked(row: JsonObject, columns: readonly string[]): JsonObject {
  const values: Record<string, Json> = {}
  for (const column of columns) if (column in row) values[column] = row[column] ?? null
  return values
}
