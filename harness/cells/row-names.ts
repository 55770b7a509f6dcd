import type { Json, JsonObject } from '../json.ts'

/** A row of a fixture. */
export interface FixtureRow {
  readonly name: string
  readonly table: string
}

interface Named extends FixtureRow {
  readonly key: JsonObject
}

/** Finds the fixtures that a row is, by the columns that name it. Two fixtures may be found to be one row. */
export class RowNames {
  /** By table: the columns by which its fixtures are named. */
  readonly #columns = new Map<string, Map<string, readonly string[]>>()
  readonly #names = new Map<string, readonly string[]>()

  constructor(rows: readonly Named[]) {
    for (const { name, table, key } of rows) {
      const columns = Object.keys(key).toSorted()
      const known = this.#columns.get(table) ?? new Map<string, readonly string[]>()
      this.#columns.set(table, known.set(JSON.stringify(columns), columns))
      const at = nameOf(table, columns, key)
      this.#names.set(at, [...new Set([...(this.#names.get(at) ?? []), name])])
    }
  }

  /**
   * @param tables the names under which the row's table may be known.
   * @param row its values as PostgreSQL prints them.
   * @returns the names of the fixtures that the row is; none when it is no fixture.
   */
  of(tables: readonly (string | undefined)[], row: JsonObject): readonly string[] {
    for (const table of tables) {
      for (const columns of this.#columns.get(table ?? '')?.values() ?? []) {
        const names = this.#names.get(nameOf(table ?? '', columns, row))
        if (names !== undefined) return names
      }
    }
    return []
  }
}

function nameOf(table: string, columns: readonly string[], row: JsonObject): string {
  return JSON.stringify([table, columns, columns.map((column) => printed(row[column]))])
}

/** As PostgreSQL prints a value. */
function printed(value: Json | undefined): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 't' : 'f'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
