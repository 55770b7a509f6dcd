import { canonical } from '../canonical.ts'
import type { Json, JsonObject } from '../json.ts'

/** A row that is looked for in answers. */
interface Keyed {
  readonly table: string
  readonly key: JsonObject
}

/** Rows that are named by the same columns. */
interface Group<Row> {
  readonly columns: readonly string[]
  readonly all: Placed<Row>[]
  readonly byKey: Map<string, Placed<Row>[]>
}

interface Placed<Row> {
  readonly place: number
  readonly row: Row
}

/**
 * Finds the rows that a row of an answer may be. A matrix has thousands of rows and of answers: an answer that shows a key
 * is compared with the rows of that key alone.
 */
export class RowIndex<Row extends Keyed> {
  readonly #byTable = new Map<string, Map<string, Group<Row>>>()

  constructor(rows: readonly Row[]) {
    for (const [place, row] of rows.entries()) {
      const groups = this.#byTable.get(row.table) ?? new Map<string, Group<Row>>()
      this.#byTable.set(row.table, groups)
      const columns = Object.keys(row.key)
      const shape = JSON.stringify(columns)
      const group: Group<Row> = groups.get(shape) ?? { columns, all: [], byKey: new Map() }
      groups.set(shape, group)
      group.all.push({ place, row })
      const name = nameOf(columns, row.key)
      const same = group.byKey.get(name)
      if (same === undefined) group.byKey.set(name, [{ place, row }])
      else same.push({ place, row })
    }
  }

  /**
   * @param shown the row of an answer.
   * @returns the rows of the tables with the key that it shows, in the order in which they were given; all rows of the
   *   tables where it does not show the key, or shows null in it, which a function may put in place of what it hides.
   */
  like(shown: JsonObject, tables: Iterable<string>): readonly Row[] {
    const found: Placed<Row>[] = []
    for (const table of tables) {
      for (const { columns, all, byKey } of this.#byTable.get(table)?.values() ?? []) {
        const isShown = columns.every((column) => Object.hasOwn(shown, column) && shown[column] !== null)
        const rows = isShown ? byKey.get(nameOf(columns, shown)) : all
        for (const row of rows ?? []) found.push(row)
      }
    }
    return found.sort((one, other) => one.place - other.place).map(({ row }) => row)
  }
}

function nameOf(columns: readonly string[], row: JsonObject): string {
  return canonical(columns.map((column): Json => row[column] ?? null))
}
