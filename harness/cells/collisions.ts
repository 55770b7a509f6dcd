import { canonical } from '../canonical.ts'
import { TrespassError } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Footprint } from '../paths/path.ts'
import type { Catalog, Column, Exclusion, Relation } from '../witness/catalog.ts'
import type { RowKey, Witness } from '../witness/witness.ts'
import { Additions } from './additions.ts'
import type { ResolvedWrite } from './effects.ts'

/** The part of an attempt that determines the rows that it adds. */
export interface Adding {
  readonly footprint: Pick<Footprint, 'writes'>
  readonly writes: readonly ResolvedWrite[]
  /** The text in place of `$unique`. */
  readonly unique: string
}

/**
 * Keeps attempts apart whose new rows would take the same place: a like of one post by one user, made by a cell, by
 * another session of that user and by a control. Such attempts run one after the other, and each new row is removed
 * before the next attempt. All other rows stay until the matrix is swept.
 */
export class Collisions {
  readonly #witness: Pick<Witness, 'matching' | 'remove'>
  readonly #catalog: Catalog
  /** The table behind a view, whose keys the rows of the view have too. */
  readonly #tableOf: (table: string) => string
  readonly #turns = new Additions()
  readonly #open: ReturnType<typeof openColumns>
  /** Places that more than one attempt of the matrix takes. */
  readonly #contended: ReadonlySet<string>
  /** By place, why the row of an earlier attempt is still there. */
  readonly #taken = new Map<string, string>()

  /** @param attempts every attempt and every control of a matrix. */
  constructor(
    witness: Pick<Witness, 'matching' | 'remove'>,
    catalog: Catalog,
    tableOf: (table: string) => string,
    attempts: readonly Adding[],
  ) {
    this.#witness = witness
    this.#catalog = catalog
    this.#tableOf = tableOf
    this.#open = openColumns(attempts.flatMap((attempt) => this.#places(attempt)))
    const times = new Map<string, number>()
    for (const attempt of attempts) {
      for (const place of new Set(this.#placesOf(attempt))) times.set(place, (times.get(place) ?? 0) + 1)
    }
    this.#contended = new Set([...times].flatMap(([place, count]) => (count > 1 ? [place] : [])))
  }

  /**
   * Runs an attempt when no other one with a row in the same place is under way, and removes its row afterwards.
   *
   * @throws TrespassError `row-in-the-way` when the row of an earlier attempt could not be removed.
   */
  async apart<Result>(attempt: Adding, work: () => Promise<Result>): Promise<Result> {
    const places = this.#placesOf(attempt).filter((place) => this.#contended.has(place))
    if (places.length === 0) return work()
    return this.#turns.inTurn(places, async () => {
      this.#refuseTaken(places)
      const before = new Set((await this.#rowsOf(attempt)).map(nameOf))
      const result = await work()
      const added = (await this.#rowsOf(attempt)).filter((row) => !before.has(nameOf(row)))
      await this.#remove(places, added, attempt)
      return result
    })
  }

  #placesOf(attempt: Adding): readonly string[] {
    return this.#places(attempt).map((place) => nameOfPlace(place, this.#open.get(place.key)))
  }

  #places({ footprint, unique }: Adding): readonly Place[] {
    return footprint.writes.flatMap((write) => {
      if (write.kind !== 'add' || write.stray === true) return []
      const relation = this.#catalog.relations[this.#tableOf(write.table)]
      return relation === undefined ? [] : write.rows.flatMap((row) => placesIn(relation, row, unique))
    })
  }

  #refuseTaken(places: readonly string[]): void {
    const why = places.map((place) => this.#taken.get(place)).find((reason) => reason !== undefined)
    if (why === undefined) return
    throw new TrespassError('row-in-the-way', `found a row of an earlier attempt in the place of the new one: ${why}`, {
      hint:
        'Declare the row that the new one belongs to as a fixture, of which every cell that writes gets a copy, or put ' +
        '`$unique` into a column of the key.',
    })
  }

  /** All rows that look like those that an attempt adds, each by its key. */
  async #rowsOf({ writes }: Adding): Promise<readonly RowKey[]> {
    const added = writes.flatMap((write) =>
      write.kind === 'add' && write.stray !== true ? write.rows.map((row) => ({ table: write.table, row })) : [],
    )
    const found = await Promise.all(
      added.map(async ({ table, row }) =>
        (await this.#witness.matching(table, row)).map((one) => ({ table, key: this.#keyOf(table, one) })),
      ),
    )
    return [...new Map(found.flat().map((row) => [nameOf(row), row])).values()]
  }

  #keyOf(table: string, row: JsonObject): JsonObject {
    const primary = this.#catalog.relations[table]?.primaryKey ?? []
    return primary.length === 0 ? row : Object.fromEntries(primary.map((column) => [column, row[column] ?? null]))
  }

  /** More new rows than the attempt adds are not all its own: then none of them is touched. */
  async #remove(places: readonly string[], added: readonly RowKey[], { writes }: Adding): Promise<void> {
    const most = writes.reduce((sum, write) => sum + (write.kind === 'add' ? write.rows.length : 0), 0)
    if (added.length === 0) return
    const left = added.length > most ? 'other rows came at the same time' : await this.#leftOf(added)
    if (left !== null) for (const place of places) this.#taken.set(place, left)
  }

  async #leftOf(added: readonly RowKey[]): Promise<string | null> {
    const { left } = await this.#witness.remove(added)
    return left[0]?.why ?? null
  }
}

/** The place that a new row takes in one key of its table. */
interface Place {
  readonly key: string
  /** By column of the key, the value; null where the database, a trigger or a function decides it. */
  readonly values: ReadonlyMap<string, string | null>
}

/**
 * The places of a new row: values for which a unique key, a unique index or an exclusion constraint may allow no second row. A
 * key with a text of the attempt's own, or with a column that the database fills with another value in every row, is no such
 * place.
 *
 * @param row the values that are given.
 */
function placesIn(relation: Relation, row: JsonObject, unique: string): readonly Place[] {
  return exclusionsOf(relation).flatMap(({ columns, byValue }) => {
    if (columns.length === 0) return []
    if (columns.some((column) => JSON.stringify(row[column] ?? null).includes(unique))) return []
    const given = columns.some((column) => Object.hasOwn(row, column))
    if (columns.some((column) => !Object.hasOwn(row, column) && differs(relation.columns[column], given))) return []
    const known = byValue ? columns.filter((column) => Object.hasOwn(row, column)) : []
    const values = columns.map(
      (column) => [column, known.includes(column) ? textOf(row[column] ?? null) : null] as const,
    )
    return [{ key: `${relation.name} (${columns.join(', ')})`, values: new Map(values) }]
  })
}

/** By key, the columns of which some attempt does not know the value: there, all values may be equal. */
function openColumns(places: readonly Place[]): ReadonlyMap<string, ReadonlySet<string>> {
  const open = new Map<string, Set<string>>()
  for (const { key, values } of places) {
    const columns = open.get(key) ?? new Set()
    open.set(key, columns)
    for (const [column, value] of values) if (value === null) columns.add(column)
  }
  return open
}

/** @returns a name that is equal for places that may be the same. */
function nameOfPlace({ key, values }: Place, open: ReadonlySet<string> = new Set()): string {
  const known = [...values].filter(([column]) => !open.has(column))
  return `${key} ${known.map(([, value]) => value).join(', ')}`
}

function exclusionsOf({ exclusions, primaryKey, uniqueKeys }: Relation): readonly Exclusion[] {
  return exclusions ?? [primaryKey, ...uniqueKeys].map((columns) => ({ columns, byValue: true }))
}

/** Expressions that give another value to every row. */
const varying =
  /\b(nextval|gen_random_uuid|uuid_generate_v\w+|uuidv[47]|random|gen_random_bytes|clock_timestamp)\b|::\w*(serial)/i

/**
 * A column that is not given may be filled by a trigger or by the function that is called. A nullable one alone is taken to
 * stay null, which collides with nothing; and a default whose expression is not known to differ, as that of most keys does.
 */
function differs(column: Column | undefined, given: boolean): boolean {
  if (column === undefined || column.identity !== 'no') return true
  if (column.generated) return false
  if (column.hasDefault) return column.default === null || column.default === undefined || varying.test(column.default)
  return column.nullable && !given
}

/** Without case and type: `citext` and casts compare so, and rows that only seem to collide lose nothing. */
function textOf(value: Json): string {
  return (typeof value === 'string' ? value : canonical(value)).toLowerCase()
}

function nameOf({ table, key }: RowKey): string {
  return `${table} ${canonical(key)}`
}
