import type { Step, Tables } from './row-versions.ts'
import type { Cells } from './test-decoding.ts'

/** The net effect of all changes of one transaction on one row. */
export interface RowChange {
  /** Schema and name; of a partition, the partitioned table that it belongs to. */
  readonly table: string
  /** The partition that holds the row. */
  readonly partition?: string
  readonly action: 'insert' | 'update' | 'delete' | 'truncate'
  /** The columns that hold other values than before, sorted; of an update alone. Null where the old row is not known. */
  readonly columns: readonly string[] | null
  /** As it stood before, as far as it is known; null for a new row. Never to be recorded. */
  readonly before: Cells | null
  /** The row afterwards; null when it is gone. Never to be recorded. */
  readonly after: Cells | null
}

/** Everything that one transaction changed. */
export interface TransactionChanges {
  readonly rows: readonly RowChange[]
  /** Rows that changed besides, by table: a transaction may change millions. */
  readonly more: ReadonlyMap<string, number>
}

/** Reads a row as it stood when the snapshot was taken; null where there was none, undefined where that is unknown. */
export type ReadOld = (table: string, key: Cells) => Promise<Cells | null | undefined>

/** Rows of one table that are kept one by one. */
const mostRows = 50

/** Collects the changes of one transaction. */
export class TransactionLog {
  readonly #steps = new Map<string, Step[]>()
  readonly #unnamed: Step[] = []
  readonly #truncated = new Set<string>()
  readonly #counts = new Map<string, number>()
  readonly #more = new Map<string, number>()

  add(step: Step): void {
    const known = step.row === null ? undefined : this.#steps.get(step.row)
    if (known !== undefined && step.row !== null && step.rowAfter !== null) {
      known.push(step)
      // A row whose key changes is followed under its new one.
      this.#steps.delete(step.row)
      this.#steps.set(step.rowAfter, known)
      return
    }
    const count = this.#counts.get(step.table) ?? 0
    this.#counts.set(step.table, count + 1)
    if (count >= mostRows) this.#more.set(step.table, (this.#more.get(step.table) ?? 0) + 1)
    else if (step.rowAfter === null) this.#unnamed.push(step)
    else this.#steps.set(step.rowAfter, [step])
  }

  truncate(table: string): void {
    this.#truncated.add(table)
  }

  async changes(tables: Tables, readOld: ReadOld): Promise<TransactionChanges> {
    const named = await Promise.all([...this.#steps.values()].map((steps) => settled(steps, readOld)))
    const unnamed = await Promise.all(this.#unnamed.map((step) => settled([step], readOld)))
    const truncated = [...this.#truncated].map(
      (table): RowChange => ({ table, action: 'truncate', columns: null, before: null, after: null }),
    )
    const rows = [...named, ...unnamed].filter((row) => row !== null)
    return { rows: [...truncated, ...rows].map((row) => placed(row, tables)), more: this.#more }
  }
}

/** @returns the net change of one row; null when it is as it was before. */
async function settled(steps: readonly Step[], readOld: ReadOld): Promise<RowChange | null> {
  const [first] = steps
  const last = steps.at(-1)
  if (first === undefined || last === undefined) return null
  const { table } = first
  const known = first.before
  const before = known === undefined && first.oldKey !== null ? await readOld(table, first.oldKey) : known
  const { after } = last
  const old = before ?? first.oldKey
  if (after === null) return before === null ? null : { table, action: 'delete', columns: null, before: old, after }
  if (before === null) return { table, action: 'insert', columns: null, before, after }
  if (before === undefined) return { table, action: 'update', columns: null, before: old, after }
  const columns = Object.keys(after).filter((column) => column in before && before[column] !== after[column])
  return columns.length === 0 ? null : { table, action: 'update', columns: columns.sort(), before, after }
}

function placed(change: RowChange, tables: Tables): RowChange {
  const root = tables.get(change.table)?.root
  return root === undefined ? change : { ...change, table: root, partition: change.table }
}
