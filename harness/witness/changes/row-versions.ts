import type { Cells, DecodedChange } from './test-decoding.ts'

/** The facts about a table that the log needs. */
export interface TableFacts {
  /** Empty when there is none. */
  readonly primaryKey: readonly string[]
  /** The partitioned table at the top of the one that the log names; left out where it is no partition. */
  readonly root?: string
}

/** Tables by schema and name. */
export type Tables = ReadonlyMap<string, TableFacts>

/** A row before or after a change: its values, null for no row, undefined where it is not known. */
type Version = Cells | null | undefined

/** The effect of a change on one row. */
export interface Step {
  readonly table: string
  readonly action: DecodedChange['action']
  /** Names the row by its key before the change; null where nothing names it. */
  readonly row: string | null
  /** Names it by its key after the change. */
  readonly rowAfter: string | null
  /** By its key columns, the row as it was named before the change. */
  readonly oldKey: Cells | null
  readonly before: Version
  readonly after: Cells | null
}

/**
 * The current state of the rows that changed since the last snapshot. The log holds new values only; the old ones are those of
 * the change before.
 */
export class RowVersions {
  readonly #rows = new Map<string, Cells | null>()

  /** Forgets every row: a snapshot that was just taken holds them. */
  clear(): void {
    this.#rows.clear()
  }

  /** Applies a change, in the order of the log. */
  apply(change: DecodedChange, { primaryKey }: TableFacts): Step {
    const { table, action } = change
    const newKey = keyOf(change.row, primaryKey)
    const oldKey = keyOf(change.old, primaryKey) ?? newKey
    const oldName = nameOf(table, oldKey)
    const before = action === 'insert' ? null : oldName === null ? undefined : this.#rows.get(oldName)
    const after = change.row === null ? null : { ...before, ...change.row }
    if (oldName !== null) this.#rows.set(oldName, null)
    const newName = nameOf(table, newKey)
    if (newName !== null) this.#rows.set(newName, after)
    return { table, action, row: oldName, rowAfter: newName ?? oldName, oldKey, before, after }
  }
}

function keyOf(row: Cells | null, primaryKey: readonly string[]): Cells | null {
  if (row === null || primaryKey.length === 0 || primaryKey.some((column) => !(column in row))) return null
  return Object.fromEntries(primaryKey.map((column) => [column, row[column] ?? null]))
}

function nameOf(table: string, key: Cells | null): string | null {
  return key === null ? null : JSON.stringify([table, Object.values(key)])
}
