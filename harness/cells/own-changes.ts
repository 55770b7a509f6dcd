import type { ChangedRow } from '../model/verdict.ts'
import type { FixtureRow } from './row-names.ts'

/** Separates what an attempt changed from what others changed at the same time. */
export class OwnChanges {
  readonly #rows: readonly ChangedRow[]
  readonly #fixtures: ReadonlySet<string> | null
  readonly #isOutside: (table: string) => boolean
  readonly #namesOf: (row: ChangedRow) => readonly string[]
  readonly #compared: OwnChanges | null

  /**
   * @param rows all that the attempt changed.
   * @param fixtures the names of those that were looked at; null where every row of the database was.
   * @param isOutside true for tables whose changes no log holds: unlogged tables, and those of a service whose things have parts
   *   outside of the database, such as the content of an object.
   * @param namesOf the names of all fixtures that a changed row is; none for a row that was not recognised.
   * @param compared the changes of fixtures in such tables that were compared instead.
   */
  constructor(
    rows: readonly ChangedRow[],
    fixtures: ReadonlySet<string> | null,
    isOutside: (table: string) => boolean = () => false,
    namesOf: (row: ChangedRow) => readonly string[] = ({ fixture }) => (fixture === undefined ? [] : [fixture]),
    compared: OwnChanges | null = null,
  ) {
    this.#rows = rows
    this.#fixtures = fixtures
    this.#isOutside = isOutside
    this.#namesOf = namesOf
    this.#compared = compared
  }

  /** @returns the same changes, with those of fixtures that no log holds. */
  withCompared(compared: OwnChanges | null): OwnChanges {
    return new OwnChanges(this.#rows, this.#fixtures, this.#isOutside, this.#namesOf, compared)
  }

  /** @returns true when it is certain that the attempt added nothing to a table. */
  addedNothingTo(table: string): boolean {
    return this.#fixtures === null && !this.#isOutside(table) && this.#rows.length === 0
  }

  /** @returns true when all changes of a fixture that are the attempt's are known. */
  covers(fixture: FixtureRow): boolean {
    return this.#holds(fixture) || this.#compared?.covers(fixture) === true
  }

  #holds({ name, table }: FixtureRow): boolean {
    return !this.#isOutside(table) && (this.#fixtures === null || this.#fixtures.has(name))
  }

  /** @returns false when a column of a fixture certainly has its value because of others. */
  mayHaveChanged(fixture: FixtureRow, column: string): boolean {
    if (!this.#holds(fixture)) return this.#compared?.mayHaveChanged(fixture, column) ?? true
    return this.#rows.some(
      (row) =>
        // A row that was not recognised may be the fixture.
        (this.#namesOf(row).includes(fixture.name) ||
          (row.fixture === undefined && this.#mayBeOf(row, fixture.table))) &&
        (row.columns === undefined || row.columns.includes(column)) &&
        (row.permitted === undefined || row.fixture === undefined),
    )
  }

  #mayBeOf({ table, partition, action }: ChangedRow, fixtures: string): boolean {
    return action !== 'insert' && (table === fixtures || partition === fixtures)
  }
}
