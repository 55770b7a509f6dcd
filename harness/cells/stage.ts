import { TrespassError } from '../errors.ts'
import { redactor } from '../evidence/redact.ts'
import type { JournalEntry } from '../fixtures/journal.ts'
import type { MadeRow } from '../fixtures/make.ts'
import type { JsonObject } from '../json.ts'
import { holdsRows } from '../matrix/matrix-schema.ts'
import type { Matrix } from '../matrix/model.ts'
import type { AttemptPlan, MatrixPlan } from '../matrix/plan/plan.ts'
import type { Witness } from '../witness/witness.ts'
import { Additions, additionQuery } from './additions.ts'
import { type RunContext, userNamed } from './context.ts'
import { FoundRows } from './found-rows.ts'
import type { ReachRow } from './reading.ts'
import type { Reader } from './row-effects.ts'

/** Rows by the fixture's name, of one private or shared copy. */
export type RowSet = ReadonlyMap<string, MadeRow>

/** In whose name something is attempted, and with which copies of the fixtures. */
export type Copies = Pick<AttemptPlan, 'identity' | 'sets'>

/** The rows that stand ready for the cells of one matrix, and the way to find them. */
export class Stage {
  readonly matrix: Matrix
  readonly context: RunContext
  readonly witness: Witness
  /** The part of the witness that reads effects. */
  readonly reader: Reader
  readonly additions = new Additions()
  /** Tells the journal what an attempt has made. */
  readonly write: (entries: readonly JournalEntry[]) => void
  readonly found: FoundRows
  readonly #sets: ReadonlyMap<string, RowSet>
  readonly #world: ReadonlyMap<string, RunContext['world'][number]>
  /** Per table the columns that every adding operation of the matrix gives. */
  readonly #commonColumns: ReadonlyMap<string, readonly string[]>

  constructor(
    plan: MatrixPlan,
    context: RunContext,
    witness: Witness,
    sets: ReadonlyMap<string, RowSet>,
    write: (entries: readonly JournalEntry[]) => void,
  ) {
    this.matrix = plan.matrix
    this.context = context
    this.witness = witness
    const { read, has, matching } = witness
    this.reader = { read, matching, ...(has === undefined ? {} : { has }), redact: redactor(context.secrets) }
    this.#sets = sets
    this.write = write
    this.found = new FoundRows(plan, context.catalog, witness, sets)
    this.#world = new Map(context.world.map((row) => [row.name, row]))
    this.#commonColumns = commonColumns(plan)
  }

  /** @returns what a reference's name stands for in an attempt: an actor's user, a row of the world, a fixture. */
  row(name: string, plan: Copies): JsonObject | undefined {
    const user = userNamed(this.context, name === 'actor' ? plan.identity : name)
    if (user !== null) return user
    return this.#fixture(name, plan)?.row ?? this.#world.get(name)?.row
  }

  /**
   * @param embedded true when the row comes below a row of the resource and is known by its own key.
   * @throws TrespassError `no-such-row` when nothing of that name was made.
   */
  reachRow(name: string, plan: Copies, embedded: boolean): ReachRow {
    const made = this.#fixture(name, plan)
    if (made !== undefined) return this.#reach(made.name, made.table, made.key, made.row, made.values, embedded)
    const world = this.#world.get(name)
    if (world === undefined) throw new TrespassError('no-such-row', `no row was made for ${name}`)
    return this.#reach(world.name, world.table, world.key, world.row, {}, embedded)
  }

  /** @returns every row of the copies that an attempt was given. */
  rowsOf(plan: Copies): readonly MadeRow[] {
    return plan.sets.flatMap(({ key }) => [...(this.#sets.get(key)?.values() ?? [])])
  }

  /** @returns the rows that have to outlast the matrix: those of the world, and those that were found. */
  lasting(): readonly { readonly table: string; readonly row: JsonObject }[] {
    const rows = [...this.#sets.values()].flatMap((set) => [...set.values()])
    return [...this.context.world, ...rows.filter((row) => row.found === true)]
  }

  worldRowsOf(table: string): readonly ReachRow[] {
    return this.context.world
      .filter((row) => row.table === table)
      .map((row) => this.#reach(row.name, row.table, row.key, row.row, {}, false))
  }

  /** Equal for rows that could be mistaken for one another. */
  additionSignature(table: string, values: JsonObject): string {
    const common = this.#commonColumns.get(table) ?? []
    return additionQuery(table, Object.fromEntries(common.map((column) => [column, values[column] ?? null])))
  }

  #fixture(name: string, plan: Copies): MadeRow | undefined {
    for (const { key } of plan.sets) {
      const row = this.#sets.get(key)?.get(name)
      if (row !== undefined) return row
    }
    return undefined
  }

  #reach(
    name: string,
    table: string,
    baseKey: JsonObject,
    row: JsonObject,
    values: JsonObject,
    embedded: boolean,
  ): ReachRow {
    const { resource } = this.matrix
    const elsewhere = holdsRows(resource.kind) && table !== resource.name
    const columns = embedded || elsewhere ? undefined : resource.key
    const key =
      columns === undefined ? baseKey : Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))
    return { name, table, key, baseKey, row, values, embedded }
  }
}

function commonColumns(plan: MatrixPlan): ReadonlyMap<string, readonly string[]> {
  const common = new Map<string, readonly string[]>()
  const footprints = new Set(plan.cells.flatMap((cell) => cell.attempts.map(({ operation }) => operation.footprint)))
  for (const { writes } of footprints) {
    for (const write of writes) {
      if (write.kind !== 'add') continue
      for (const row of write.rows) {
        const columns = write.identify ?? Object.keys(row)
        const known = common.get(write.table)
        common.set(write.table, known === undefined ? columns : known.filter((column) => columns.includes(column)))
      }
    }
  }
  return common
}
