import type { Json, JsonObject } from '../json.ts'

/** A row that stands for a fixture. */
export interface FixtureRow {
  readonly name: string
  readonly table: string
}

interface Named extends FixtureRow {
  readonly key: JsonObject
}

/** Finds the fixture that a row is, by the columns that name it. */
export class RowNames {
  /** By table: the columns by which its fixtures are named. */
  readonly #columns = new Map<string, Map<string, readonly string[]>>()
  readonly #names = new Map<string, string>()

  constructor(rows: readonly Named[]) {
    for (const { name, table, key } of rows) {
      const columns = Object.keys(key).toSorted()
      const known = this.#columns.get(table) ?? new Map<string, readonly string[]>()
      this.#columns.set(table, known.set(JSON.stringify(columns), columns))
      this.#names.set(nameOf(table, columns, key), name)
    }
  }

  /**
   * @param tables the names under which the row's table may be known.
   * @param row its values as PostgreSQL prints them.
   */
  of(tables: readonly (string | undefined)[], row: JsonObject): string | undefined {
    for (const table of tables) {
      for (const columns of this.#columns.get(table ?? '')?.values() ?? []) {
        const name = this.#names.get(nameOf(table ?? '', columns, row))
        if (name !== undefined) return name
      }
    }
    return undefined
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
