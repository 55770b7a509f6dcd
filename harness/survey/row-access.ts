import type { Json, JsonObject } from '../json.ts'
import type { Matrix, OperationDeclaration, Roster, RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { AccessPath, Footprint } from '../paths/path.ts'
import type { Catalog } from '../witness/catalog.ts'
import { FixtureSet, renamed } from './fixture-set.ts'
import type { Ownership } from './model.ts'
import { Tenancy } from './tenancy.ts'

/** The access of an operation to one row, one topic or one function, in a form in which it can be compared. */
export interface RowAccess {
  /** `relation public.notes`, `function public.find`, `bucket files`, `topic team:<id>` */
  readonly object: string
  /** The kind of access: `read`, `add`, `change`, `remove`, `call`, `download`, … */
  readonly way: string
  readonly owned: Ownership
  /** Columns and their values, where they hold one of a few values. */
  readonly states: Readonly<Record<string, Json>>
  /** Columns that it reads or sets; null for all that the actor may read. */
  readonly columns: readonly string[] | null
  /** True when each row of the table is a user's. In another table a row may name a user incidentally, as an invitation does. */
  readonly isUsers: boolean
}

/** The parts of a workspace by which touches are worked out. */
export interface Setting {
  readonly roster: Roster
  readonly catalog: Catalog
  readonly paths: readonly AccessPath[]
}

type Of = Pick<RowAccess, 'owned' | 'states' | 'isUsers'>

/** Verbs that the same rule allows. A public bucket allows a download that its policies do not. */
const accessKinds: Readonly<Record<string, string>> = {
  ...{ select: 'read', list: 'read', sign: 'read', sign_many: 'read', info: 'read', exists: 'read', copy: 'read' },
  ...{ public: 'download', receive: 'hear', join: 'hear', keep: 'hear', call: 'return' },
}

/** Types whose values are states, unlike dates, numbers and texts in JSON. */
const stateTypes = /^(?:date|time|interval|numeric|integer|bigint|smallint|real|double|uuid|json|bytea)/

/** Computes the accesses of a matrix's operations for one actor. Pure. */
export class AccessReader {
  readonly tenancy: Tenancy
  readonly #setting: Setting
  readonly #matrix: Matrix
  readonly #actor: string
  readonly #rows: ReadonlyMap<string, RowDeclaration>

  constructor(setting: Setting, matrix: Matrix, actor: string) {
    this.#setting = setting
    this.#matrix = matrix
    this.#actor = actor
    const fixtures = matrix.fixtures.map((row) => ({ ...row, values: this.#asActor(row.values) }))
    this.#rows = new Map([...setting.roster.world, ...fixtures].map((row) => [row.name, row]))
    this.tenancy = new Tenancy(setting.roster, fixtures)
  }

  /** @returns the names of the fixtures that an operation reads. */
  readsOf(operation: OperationDeclaration): readonly string[] {
    const { reads = null } = this.#footprintOf(operation) ?? {}
    if (reads !== '*') return reads ?? []
    const table = this.#tableOfRows()
    const own = this.#matrix.fixtures.filter((row) => table === null || row.table === table)
    return [...own, ...this.#setting.roster.world.filter((row) => row.table === table)].map(({ name }) => name)
  }

  /** @returns how an operation reads a row; null for a row that is not known. */
  read(operation: OperationDeclaration, name: string): RowAccess | null {
    const row = this.#rows.get(name)
    if (row === undefined) return null
    const isOwn = row.table === this.#tableOfRows() || this.#tableOfRows() === null
    const way = isOwn ? accessKindOf(operation) : 'read'
    const object = isOwn ? this.#object(row.values) : `relation ${row.table}`
    const asked = operation.body.columns
    const plain = isOwn && Array.isArray(asked) ? asked.filter((column) => typeof column === 'string') : null
    const columns = plain?.every((column) => /^\w+$/.test(column)) === true ? plain : null
    return { object, way, ...this.#ofRow(row.name, row.table, row.values), columns }
  }

  /**
   * @returns the changes of rows that an attempt reaches beyond its request: those of other tenants and users than its own rows
   *   and arguments name.
   */
  beyond(acts: readonly RowAccess[], names: readonly string[], way: string): readonly RowAccess[] {
    const tenants = new Set(acts.flatMap(({ owned }) => owned.tenants))
    const owners = new Set(acts.flatMap(({ owned }) => owned.owners))
    return names.flatMap((name) => {
      const row = this.#rows.get(name)
      if (row === undefined) return []
      const of = this.#ofRow(name, row.table, row.values)
      const isNamed =
        of.owned.tenants.length > 0
          ? of.owned.tenants.every((tenant) => tenants.has(tenant))
          : of.owned.owners.every((owner) => owners.has(owner))
      if (isNamed || this.tenancy.relation(this.#actor, of.owned) === 'own') return []
      return [{ object: `relation ${row.table}`, way, ...of, columns: [] }]
    })
  }

  /** @returns the writes, calls and messages of an operation, all of which one attempt makes together. */
  actsOf(operation: OperationDeclaration): readonly RowAccess[] {
    const { resource } = this.#matrix
    const { body, verb } = operation
    const footprint = this.#footprintOf(operation)
    if (footprint === null) return []
    if (resource.kind === 'function') {
      const call = this.#followed(this.#asActor(isObject(body.call) ? body.call : {}))
      const owned = this.tenancy.ownershipOf(call)
      return [{ object: `function ${resource.name}`, way: 'call', owned, states: {}, columns: null, isUsers: false }]
    }
    const about = verb === 'copy' || resource.kind === 'channel' ? (footprint.about ?? []) : []
    return [...about.flatMap((name) => this.read(operation, name) ?? []), ...this.#writesOf(verb, footprint)]
  }

  /** @returns the state of the actor's membership of a tenant, such as a role; null without a membership. */
  standingIn(tenant: string): RowAccess['states'] | null {
    const { tenancy } = this
    const own = tenancy.membershipsOf(tenant).find(({ values }) => {
      const { owners } = tenancy.ownershipOf(values)
      return tenancy.relation(this.#actor, { owners, tenants: [] }) === 'own'
    })
    return own === undefined ? null : this.#statesOf(own.table, own.values, true)
  }

  #writesOf(verb: string, footprint: Footprint): readonly RowAccess[] {
    return footprint.writes.flatMap((write): RowAccess[] => {
      if (write.kind === 'add') {
        if (write.stray === true) return []
        return write.rows.map((row) => {
          const values = this.#asActor(row)
          const way = verb === 'move' ? 'move in' : 'add'
          return {
            object: this.#object(values, write.table),
            way,
            ...this.#ofValues(write.table, values),
            columns: null,
          }
        })
      }
      const row = this.#rows.get(write.fixture)
      if (row === undefined) return []
      const object = this.#object(row.values)
      const of = this.#ofRow(row.name, row.table, row.values)
      if (write.kind === 'remove')
        return [{ object, way: verb === 'move' ? 'change' : 'remove', ...of, columns: verb === 'move' ? [] : null }]
      const set = this.#asActor(write.set)
      const owned = this.tenancy.ownershipOf(set)
      const isFile = this.#matrix.resource.kind === 'bucket'
      const columns = isFile ? [] : Object.keys(set).sort()
      const changed = { object, way: 'change', ...of, columns }
      if (isFile) return [changed]
      return [changed, { ...changed, way: 'set', owned, states: this.#statesOf(row.table, set, false) }]
    })
  }

  #footprintOf({ path, verb, body }: OperationDeclaration): Footprint | null {
    const known = this.#setting.paths.find(({ name }) => name === path)?.verbs[verb]
    return known === undefined ? null : known.footprint(body, this.#matrix.resource)
  }

  #ofRow(name: string, table: string, values: JsonObject): Of {
    return { ...this.#ofValues(table, values), owned: this.tenancy.ownershipOfRow(name) }
  }

  #ofValues(table: string, values: JsonObject): Of {
    const relation = this.#setting.catalog.relations[table]
    const isUsers =
      relation === undefined ||
      Object.keys(relation.columns).some((one) => {
        return FixtureSet.usersKey(relation, one) !== undefined
      })
    return { owned: this.tenancy.ownershipOf(values), states: this.#statesOf(table, values, true), isUsers }
  }

  /** A reference to a column that itself holds a reference is replaced by that one. */
  #followed(values: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(values).map(([argument, value]) => {
        const [reference, ...others] = referencesIn(value)
        if (reference === undefined || others.length > 0 || reference.column === null) return [argument, value]
        const held = this.#rows.get(reference.name)?.values[reference.column]
        const isReference = held !== undefined && referencesIn(held).some(({ column }) => column !== null)
        return [argument, isReference ? held : value]
      }),
    )
  }

  /** @returns the columns of a row with one of a few values, those from the column's default among them. */
  #statesOf(table: string, values: JsonObject, isWhole: boolean): RowAccess['states'] {
    const columns = Object.values(this.#setting.catalog.relations[table]?.columns ?? {})
    return Object.fromEntries(
      columns.flatMap(({ name, type, default: expression }) => {
        if (stateTypes.test(type)) return []
        const value = values[name] ?? (isWhole ? literalOf(expression) : undefined)
        const isState = typeof value === 'boolean' || (typeof value === 'string' && referencesIn(value).length === 0)
        return isState ? [[name, value]] : []
      }),
    )
  }

  #object(values: JsonObject, table?: string): string {
    const { kind, name } = this.#matrix.resource
    if (kind === 'function') return `function ${name}`
    if (kind === 'channel') return `topic ${formOf(values.topic)}`
    if (kind !== 'bucket') return `relation ${table ?? name}`
    const folder = this.#folderOf(values.name)
    return `bucket ${typeof values.bucket_id === 'string' ? values.bucket_id : name}: ${folder}`
  }

  /** The folder of a file, with the owner of each id in its place: `drafts/<own>`. */
  #folderOf(name: Json | undefined): string {
    if (typeof name !== 'string') return ''
    const parts = name.split('/').slice(0, -1)
    const forms = parts.map((part) => {
      const owned = this.tenancy.ownershipOf({ part })
      if (owned.owners.length === 0 && owned.tenants.length === 0) return formOf(part)
      return `<${this.tenancy.relation(this.#actor, owned)}>`
    })
    return forms.filter((form, n) => form !== forms[n - 1]).join('/')
  }

  /** The table that the fixtures of the resource are rows of; null where they are no rows of a table. */
  #tableOfRows(): string | null {
    const { kind, name, of } = this.#matrix.resource
    if (of !== undefined) return of
    return kind === 'table' ? name : null
  }

  #asActor(values: JsonObject): JsonObject {
    return renamed(values, new Map([['actor', this.#actor]]))
  }
}

function accessKindOf({ verb, body }: OperationDeclaration): string {
  const way = accessKinds[verb] ?? verb
  if (verb === 'subscribe') return `${way} on ${String(body.on)}`
  return body.private === false ? `${way} in public` : way
}

/** A name with an id in the place of each reference. */
function formOf(value: Json | undefined): string {
  if (typeof value !== 'string') return ''
  return referencesIn(value).reduce((text, { text: reference }) => text.replace(reference, () => '<id>'), value)
}

function literalOf(expression: string | null | undefined): Json | undefined {
  if (expression === 'true' || expression === 'false') return expression === 'true'
  return /^'([^']*)'/.exec(expression ?? '')?.[1]
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
