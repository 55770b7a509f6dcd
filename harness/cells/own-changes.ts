import type { ChangedRow } from '../model/verdict.ts'
import type { FixtureRow } from './row-names.ts'

/** Separates what an attempt changed from what others changed at the same time. */
export class OwnChanges {
  readonly #rows: readonly ChangedRow[]
  readonly #fixtures: ReadonlySet<string> | null
  readonly #isStore: (table: string) => boolean
  readonly #namesOf: (row: ChangedRow) => readonly string[]

  /**
   * @param rows all that the attempt changed.
   * @param fixtures the names of those that were looked at; null where every row of the database was.
   * @param isStore true for the tables of a service whose things have parts outside of the database, such as the content of an
   *   object: no log holds those.
   * @param namesOf the names of all fixtures that a changed row is; none for a row that was not recognised.
   */
  constructor(
    rows: readonly ChangedRow[],
    fixtures: ReadonlySet<string> | null,
    isStore: (table: string) => boolean = () => false,
    namesOf: (row: ChangedRow) => readonly string[] = ({ fixture }) => (fixture === undefined ? [] : [fixture]),
  ) {
    this.#rows = rows
    this.#fixtures = fixtures
    this.#isStore = isStore
    this.#namesOf = namesOf
  }

  /** @returns true when it is certain that the attempt added nothing to a table. */
  addedNothingTo(table: string): boolean {
    return this.#fixtures === null && !this.#isStore(table) && this.#rows.length === 0
  }

  /** @returns true when all changes of a fixture that are the attempt's are known. */
  covers({ name, table }: FixtureRow): boolean {
    return !this.#isStore(table) && (this.#fixtures === null || this.#fixtures.has(name))
  }

  /** @returns false when a column of a fixture certainly has its value because of others. */
  mayHaveChanged(fixture: FixtureRow, column: string): boolean {
    if (!this.covers(fixture)) return true
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
