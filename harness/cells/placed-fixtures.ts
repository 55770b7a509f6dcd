import { TrespassError } from '../errors.ts'
import type { JournalEntry } from '../fixtures/journal.ts'
import type { MadeRow } from '../fixtures/make.ts'
import { groupBy } from '../group.ts'
import type { JsonObject } from '../json.ts'
import { holdsRows } from '../matrix/matrix-schema.ts'
import { type AttemptPlan, type MatrixPlan, setsOf } from '../matrix/plan/plan.ts'
import type { Matrix } from '../model/matrix.ts'
import type { ChangedRow } from '../model/verdict.ts'
import { usersTable } from '../paths/own-user.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { CallBatch } from '../witness/call-batch.ts'
import type { Witness } from '../witness/witness.ts'
import { Additions, additionQuery } from './additions.ts'
import type { ChangeReading, Trace } from './change-reading.ts'
import { type RunContext, userNamed } from './context.ts'
import { FoundRows } from './found-rows.ts'
import { namesUser, type ReachRow, type Surroundings } from './reading.ts'
import type { Reader } from './row-effects.ts'
import { RowIndex } from './row-index.ts'
import { RowNames } from './row-names.ts'
import { RowRecogniser } from './row-recogniser.ts'
import { labelOf, type RowSet, type RunRow, relationOf } from './run-rows.ts'

/** The actor and the copies of the fixtures of an attempt. */
export type Copies = Pick<AttemptPlan, 'identity' | 'sets'>

/** The rows that are ready for the cells of one matrix, and how to find them. */
export class PlacedFixtures {
  readonly matrix: Matrix
  readonly context: RunContext
  readonly witness: Witness
  /** The part of the witness that reads effects. */
  readonly reader: Reader
  readonly additions = new Additions()
  /** Writes the rows that an attempt added to the journal. */
  readonly write: (entries: readonly JournalEntry[]) => void
  readonly found: FoundRows
  readonly changes: ChangeReading
  /** Every row that is a fixture, whichever cell it was made for. */
  readonly names: RowNames
  /** Tables whose rows are things of a service, which alone makes and removes them. */
  readonly #stores: ReadonlySet<string>
  /** All rows of the run that the cells of the matrix can meet: every copy of the fixtures, and the world. */
  readonly runRows: readonly RunRow[]
  /** By copy of the fixtures; the rows of the world under null. */
  readonly #runRowsOfSet: ReadonlyMap<string | null, readonly RunRow[]>
  /** By actor the fixtures that some cell allows it to read. */
  readonly readable: ReadonlyMap<string, ReadonlySet<string>>
  /** The names of all columns of the target. */
  readonly columnNames: ReadonlySet<string>
  /** By actor that asks as the user of another one: that other. */
  readonly #users: ReadonlyMap<string, string>
  readonly #marks: readonly string[]
  readonly #traces: Trace[] = []
  readonly #gathering = new CallBatch()
  #writing: Promise<void> | null = null
  #recogniser: RowRecogniser | null = null
  #reached: RowIndex<ReachRow & { readonly made: RunRow }> | null = null
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
    marks: readonly string[] = [],
    changes: ChangeReading = noLog,
  ) {
    this.matrix = plan.matrix
    this.context = context
    this.witness = witness
    const { read, has, matching } = witness
    this.reader = { read, matching, ...(has === undefined ? {} : { has }), redact: redactor(context.secrets) }
    this.#sets = sets
    this.write = write
    this.changes = changes
    const rows = [...sets.values()].flatMap((set) => [...set.values()])
    this.names = new RowNames([...context.world, ...rows])
    this.#stores = new Set(paths.flatMap(({ stores = [] }) => stores.map(({ table }) => table)))
    this.found = new FoundRows(plan, context.catalog, witness, sets)
    this.#world = new Map(context.world.map((row) => [row.name, row]))
    this.#commonColumns = commonColumns(plan)
    this.runRows = runRowsOf(plan, context, sets)
    this.#runRowsOfSet = groupBy(this.runRows, ({ set }) => set)
    this.readable = readableFixtures(plan)
    const relations = Object.values(context.catalog.relations)
    this.columnNames = new Set(relations.flatMap(({ columns }) => Object.keys(columns)))
    this.#users = new Map(context.roster.actors.flatMap(({ name, as }) => (as === undefined ? [] : [[name, as]])))
    this.#marks = [context.runId, ...marks]
  }

  /** The values by which the rows of the run are recognised in an answer. */
  get recogniser(): RowRecogniser {
    this.#recogniser ??= new RowRecogniser(this.runRows, this.#marks)
    return this.#recogniser
  }

  /** The rows of the run under the keys that the resource shows. */
  get #rowIndex(): RowIndex<ReachRow & { readonly made: RunRow }> {
    this.#reached ??= new RowIndex(
      this.runRows.map((made) => {
        const { fixture, table, baseKey, row, values } = made
        return { ...this.#reach(fixture, table, baseKey, row, values, false), made }
      }),
    )
    return this.#reached
  }

  /** @returns the actor as whose user an actor sends its requests. */
  readonly userOf = (actor: string): string => this.#users.get(actor) ?? actor

  /**
   * @param reach the rows that an attempt requests.
   * @param tables its further tables.
   * @param user the id of the caller's user.
   */
  surroundings(plan: Copies, reach: readonly ReachRow[], tables: readonly string[], user: string | null): Surroundings {
    const { resource } = this.matrix
    const own = resource.of ?? (holdsRows(resource.kind) ? [resource.name] : [])
    const about = new Set(
      [...reach.filter(({ embedded }) => !embedded).map(({ table }) => table), ...tables].concat(own),
    )
    const asked = new Set(reach.map(({ name }) => name))
    const rowsLike: Surroundings['rowsLike'] = (shown) =>
      this.#rowIndex.like(shown, about).flatMap(({ made, ...reached }) => {
        const relation = relationOf(made, plan, this.userOf)
        if (relation === 'given' && asked.has(made.fixture)) return []
        const foreign = relation === 'foreign' && !namesUser(made.row, user)
        return [{ ...reached, name: labelOf(made, relation), foreign }]
      })
    const columns = [...about].flatMap((table) => Object.keys(this.context.catalog.relations[table]?.columns ?? {}))
    return { rowsLike, user, columns: columns.length === 0 ? null : new Set(columns) }
  }

  /** @returns the row that a reference's name resolves to in an attempt: an actor's user, a row of the world, a fixture. */
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

  /** @returns the rows of the run that an attempt was given, with those of the world. */
  givenTo(plan: Copies): readonly RunRow[] {
    return [...plan.sets.map(({ key }) => key), null].flatMap((set) => this.#runRowsOfSet.get(set) ?? [])
  }

  /** @returns every row of the copies that an attempt was given. */
  rowsOf(plan: Copies): readonly MadeRow[] {
    return plan.sets.flatMap(({ key }) => [...(this.#sets.get(key)?.values() ?? [])])
  }

  /** @returns the rows that have to outlast the matrix: users of actors, those of the world, and those that something else made. */
  rowsToKeep(): readonly { readonly table: string; readonly row: JsonObject }[] {
    const rows = [...this.#sets.values()].flatMap((set) => [...set.values()])
    const users = Object.values(this.context.sessions).flatMap(({ user }) => user ?? [])
    return [
      ...users.map(({ id }) => ({ table: usersTable, row: { id } })),
      ...this.context.world,
      ...rows.filter((row) => row.found === true && row.shared !== true),
    ]
  }

  /**
   * Records the changes of an attempt beyond the fixtures, so that they are swept or named. Attempts that end at one moment
   * share one write: the journal waits for the disk each time.
   */
  async recordTraces(traces: readonly Trace[]): Promise<void> {
    if (traces.length === 0) return
    this.#traces.push(...traces)
    this.#writing ??= this.#gathering.over().then(() => {
      this.#writing = null
      this.write(this.#traces.splice(0).map(entryOf))
    })
    await this.#writing
  }

  /** @returns true when rows of a table are things of a service, such as the objects of Storage. */
  isStore(table: string): boolean {
    return this.#stores.has(table)
  }

  /** @returns true when the write-ahead log does not hold the changes of a table's rows. */
  isUnlogged(table: string): boolean {
    return this.context.catalog.relations[table]?.isUnlogged === true
  }

  /** @returns why a table may change although an attempt is refused; undefined where it may not. */
  permission({ table, partition, action }: Placed): string | undefined {
    // A refusal may write a log entry, but must not remove one.
    if (action === 'delete' || action === 'truncate') return undefined
    const permitted = { ...this.context.changesOnRefusal, ...this.matrix.changesOnRefusal }
    return permitted[table] ?? (partition === undefined ? undefined : permitted[partition])
  }

  worldRowsOf(table: string): readonly ReachRow[] {
    return this.context.world
      .filter((row) => row.table === table)
      .map((row) => ({ ...this.#reach(row.name, row.table, row.key, row.row, {}, false), ofWorld: true }))
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

function runRowsOf(plan: MatrixPlan, { world }: RunContext, sets: ReadonlyMap<string, RowSet>): readonly RunRow[] {
  const identities = new Map(
    setsOf(plan.cells).map(({ key, component, identity }) => [
      key,
      plan.components[component]?.dependsOnActor === true ? identity : null,
    ]),
  )
  const made = [...sets].flatMap(([set, rows]) =>
    [...rows.values()].map(({ name, table, key, row, values }) => {
      return { fixture: name, table, baseKey: key, row, values, set, identity: identities.get(set) ?? null }
    }),
  )
  const shared = world.map(({ name, table, key, row }) => {
    return { fixture: name, table, baseKey: key, row, values: {}, set: null, identity: null }
  })
  return [...made, ...shared]
}

function entryOf(trace: Trace): JournalEntry {
  switch (trace.kind) {
    case 'stays':
      return { stays: trace.what }
    case 'added':
      return { made: 'row', by: 'attempt', table: trace.table, key: trace.key }
    case 'added-keyless':
      return { added: 'keyless-row', ...trace.row, columns: [...trace.row.columns] }
  }
}

/** The place and the action of a change. */
type Placed = Pick<ChangedRow, 'table' | 'partition' | 'action'>

const noLog: ChangeReading = { log: null, marked: new Set() }

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

/** @returns by actor the fixtures that some cell of the matrix allows it to read. */
function readableFixtures({ cells, matrix }: MatrixPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const readable = new Map<string, Set<string>>()
  for (const { actor, expected, attempts } of cells) {
    if (expected.decision !== 'allow') continue
    for (const { operation } of attempts) {
      const { reads } = operation.footprint
      if (reads === null) continue
      const names = expected.exactly ?? (reads === '*' ? matrix.fixtures.map(({ name }) => name) : reads)
      readable.set(actor.name, new Set([...(readable.get(actor.name) ?? []), ...names]))
    }
  }
  return readable
}
