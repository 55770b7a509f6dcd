import type { Plan, PlannedRow } from '../init/model.ts'
import { reference } from '../init/naming.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Matrix, Roster, RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import { notReproducible } from './unreadable.ts'

/** The rows and users that a new operation can name. */
export interface Known {
  readonly roster: Roster
  /** Null for a matrix that is new. */
  readonly matrix: Matrix | null
  readonly plan: Plan
  /** The planned rows of the object. */
  readonly planned: readonly PlannedRow[]
  /** Users that sign in as themselves. */
  readonly users: readonly string[]
}

/**
 * Brings rows of a plan into a matrix: a planned user becomes an actor of the workspace, and a planned row becomes a row of the
 * same table that is there, or else a new fixture.
 */
export class RowAdapter {
  readonly #known: Known
  readonly #names = new Map<string, string>()
  /** New fixtures, each after the rows that it names. */
  readonly added: PlannedRow[] = []

  constructor(known: Known) {
    this.#known = known
  }

  /** @returns the value with the names of the workspace. */
  value(value: Json): Json {
    if (typeof value === 'string') return this.#text(value)
    if (isList(value)) return value.map((item) => this.value(item))
    return isObject(value) ? this.values(value) : value
  }

  values(values: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(values).map(([key, item]) => [key, this.value(item)]))
  }

  /** @returns the name of a planned row in the workspace; it is added where no row of its table is there. */
  row(planned: PlannedRow): string {
    const known = this.#names.get(planned.name) ?? this.#find(planned)
    const name = known ?? this.bring(planned).name
    this.#names.set(planned.name, name)
    return name
  }

  /** Adds a planned row as a fixture. */
  bring(planned: PlannedRow): PlannedRow {
    const name = this.#free(planned.name)
    this.#names.set(planned.name, name)
    const row = { ...planned, name, values: this.values(planned.values) }
    this.added.push(row)
    return row
  }

  /** @returns the actor that a planned user stands for. */
  user(side: string): string {
    const { users } = this.#known
    if (users.includes(side)) return side
    const user = users[['alice', 'bob', 'mallory'].indexOf(side)] ?? users[0]
    if (user !== undefined) return user
    throw notReproducible('no actor that signs in', 'Add `alice: { kind: authenticated }` to matrices/actors.yaml.')
  }

  #text(text: string): string {
    let changed = text
    for (const { text: written, name, column } of referencesIn(text)) {
      if (column === null || name === 'actor') continue
      changed = changed.replaceAll(written, reference(this.#named(name), column))
    }
    return changed
  }

  #named(name: string): string {
    const { plan, planned } = this.#known
    const row = planned.find((one) => one.name === name) ?? plan.world.find((one) => one.name === name)
    return row === undefined ? this.user(name) : this.row(row)
  }

  #find({ name, table, found }: PlannedRow): string | undefined {
    const { roster, matrix, plan } = this.#known
    const isOfWorld = plan.world.some((row) => row.name === name)
    const rows: readonly RowDeclaration[] = isOfWorld
      ? [...roster.world, ...(matrix?.fixtures ?? [])]
      : (matrix?.fixtures ?? [])
    const alike = rows.filter((row) => row.table === table)
    return (alike.find((row) => row.name === name) ?? (found ? undefined : alike[0]))?.name
  }

  #free(wanted: string): string {
    const { roster, matrix } = this.#known
    const taken = new Set([
      ...roster.actors.map(({ name }) => name),
      ...roster.world.map(({ name }) => name),
      ...(matrix?.fixtures ?? []).map(({ name }) => name),
      ...this.added.map(({ name }) => name),
    ])
    return freeName(wanted, taken)
  }
}

/** @returns the name, or the name with the first number that makes it new. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`
  return name
}

/** @returns the names of all users and rows that a row leads to, through the rows that it names. */
export function leadsTo(values: JsonObject, rows: ReadonlyMap<string, JsonObject>): ReadonlySet<string> {
  const reached = new Set<string>()
  const follow = (from: JsonObject) => {
    for (const { name, column } of referencesIn(from)) {
      if (column === null || reached.has(name)) continue
      reached.add(name)
      const next = rows.get(name)
      if (next !== undefined) follow(next)
    }
  }
  follow(values)
  return reached
}
