import type { Json, JsonObject } from '../json.ts'
import { collidingKeys, keysOf } from '../model/keys.ts'
import { isFresh, referencesIn } from '../model/references.ts'
import type { Catalog, Column, ForeignKey, Relation } from '../witness/catalog.ts'
import type { ColumnValues } from './column-values.ts'
import type { Hints, Side } from './model.ts'
import type { Tenancy } from './tenancy.ts'

/** Rows of a table cannot be made. */
export class Unplannable extends Error {}

/** Two copies of a row would collide unless each has a tenant of its own. */
export class NeedsOwnTenant extends Error {}

/** Everything that rows are planned from. */
export interface FixtureSources {
  readonly catalog: Catalog
  readonly hints: Hints
  readonly tenancy: Tenancy
  readonly values: ColumnValues
}

const usersTable = 'auth.users'
/** A column that names a user without a foreign key. */
const userColumn = /^(?:(?:user|owner|author|creator|member|customer|profile)_?id|uid|created_by|owned_by|owner|user)$/i

/** The fixtures of one matrix, planned on demand, each table once for a side. */
export class FixtureSet {
  readonly fixtures: Record<string, JsonObject> = {}
  /** True when a second copy of some row would collide with the first. */
  isSingle = false
  readonly #ground: FixtureSources
  readonly #ownTenants: boolean
  readonly #underWay = new Set<string>()

  /** @param ownTenants true to make tenants of the matrix's own, with a copy of each membership. */
  constructor(ground: FixtureSources, ownTenants: boolean) {
    this.#ground = ground
    this.#ownTenants = ownTenants
  }

  /** @returns the name of the fixture that is a table's row of one side. @throws Unplannable, NeedsOwnTenant */
  row(table: string, side: Side): string {
    if (side.tenant !== null && table === side.tenant.table) return this.tenant(side)
    if (this.#ground.tenancy.membershipTables.has(table)) {
      const membership = this.#membership(side)
      if (membership !== undefined) return membership
    }
    const name = `${side.name}'s ${table.replace(/^public\./, '').replaceAll(/[,.${}›]/g, ' ')}`
    if (name in this.fixtures) return name
    const relation = this.#ground.catalog.relations[table]
    if (relation === undefined) throw new Unplannable(`${table} is not in the catalog`)
    if (this.#underWay.has(name)) throw new Unplannable(`${table} refers to itself in a circle`)
    this.#underWay.add(name)
    try {
      const found = this.#foundBy(relation, side)
      if (found !== null) this.fixtures[name] = { table, find: found }
      else {
        const values = this.valuesOf(table, side)
        this.#checkDistinct(relation, values)
        this.fixtures[name] = { table, values }
      }
      return name
    } finally {
      this.#underWay.delete(name)
    }
  }

  /** @returns the name of the row of a side's tenant. */
  tenant(side: Side): string {
    if (side.tenant === null) throw new Unplannable('there is no tenant')
    const { row: name } = side.tenant
    if (!this.#ownTenants) return name
    const copy = `${name} copy`
    if (copy in this.fixtures) return copy
    const { tenancy } = this.#ground
    const original = tenancy.row(name)
    if (original === undefined) throw new Unplannable(`${name} is no row of the world`)
    this.fixtures[copy] = { table: original.table, values: withMark(original.values) }
    for (const membership of tenancy.membershipsOf(name)) {
      const values = renamed(membership.values, new Map([[name, copy]]))
      this.fixtures[`${membership.name} copy`] = { table: membership.table, values }
    }
    return copy
  }

  /** The row that makes the holder a member. */
  #membership(side: Side): string | undefined {
    if (side.tenant === null) return undefined
    const found = this.#ground.tenancy
      .membershipsOf(side.tenant.row)
      .find(({ values }) => referencesIn(values).some(({ name }) => name === side.holder))
    if (found === undefined || !this.#ownTenants) return found?.name
    this.tenant(side)
    return `${found.name} copy`
  }

  /**
   * @param columns the columns that may be given; all when left out.
   * @param owner the actor whose user the row names.
   * @returns the values of a new row of a side. @throws Unplannable
   */
  valuesOf(table: string, side: Side, columns?: ReadonlySet<string>, owner = side.holder): JsonObject {
    const relation = this.#ground.catalog.relations[table]
    if (relation === undefined) throw new Unplannable(`${table} is not in the catalog`)
    const values: Record<string, Json> = {}
    for (const column of Object.values(relation.columns)) {
      if (columns !== undefined && !columns.has(column.name)) {
        if (isRequired(column)) throw new Unplannable(`the column ${column.name} is required and may not be given`)
        continue
      }
      const value = this.#valueOf(relation, column, side, owner)
      if (value !== undefined) values[column.name] = value
    }
    return values
  }

  /** @returns the foreign key of a column to the users. */
  static usersKey(relation: Relation, column: string): ForeignKey | undefined {
    return relation.foreignKeys.find((key) => key.references === usersTable && key.columns.includes(column))
  }

  /** @returns true when a column names a user. */
  static namesUser(relation: Relation, column: Column): boolean {
    if (FixtureSet.usersKey(relation, column.name) !== undefined) return true
    if (relation.foreignKeys.some(({ columns }) => columns.includes(column.name))) return false
    if (column.type !== 'uuid' && column.type !== 'text') return false
    return /auth\.uid\(\)/.test(column.default ?? '') || (column.type === 'uuid' && userColumn.test(column.name))
  }

  #valueOf(relation: Relation, column: Column, side: Side, owner: string): Json | undefined {
    if (column.generated || column.identity !== 'no') return undefined
    if (FixtureSet.namesUser(relation, column)) return `$${braced(owner, 'id')}`
    const keys = relation.foreignKeys.filter(({ columns }) => columns.includes(column.name))
    for (const key of keys) {
      const given = this.#reference(relation, column, key, side)
      if (given !== undefined) return given
      if (isRequired(column))
        throw new Unplannable(`no row is known for ${column.name}, which refers to ${key.references}`)
    }
    if (keys.length > 0) return undefined
    const filling = this.#ground.values.fill(relation.name, column, `${column.name} of ${side.name}`, owner)
    if (filling.kind === 'impossible') throw new Unplannable(filling.why)
    return filling.kind === 'value' ? filling.value : undefined
  }

  /** A row that is not needed and cannot be made is left out. */
  #reference(relation: Relation, column: Column, key: ForeignKey, side: Side): Json | undefined {
    const isTenant = key.references === side.tenant?.table
    // A default names a row that every project has, such as a plan.
    if (!isTenant && column.hasDefault) return undefined
    if (key.references === relation.name && !isRequired(column)) return undefined
    const at = key.referencedColumns[key.columns.indexOf(column.name)]
    if (at === undefined) return undefined
    try {
      return `$${braced(this.row(key.references, side), at)}`
    } catch (error) {
      if (error instanceof Unplannable && !isRequired(column)) return undefined
      throw error
    }
  }

  /** A row that a trigger has made for each user is found; another one of that user would collide with it. */
  #foundBy(relation: Relation, side: Side): JsonObject | null {
    if (!this.#ground.hints.foundFor.has(relation.name)) return null
    for (const key of keysOf(relation)) {
      const columns = key.map((column) => relation.columns[column])
      if (columns.every((column) => column !== undefined && FixtureSet.namesUser(relation, column))) {
        return Object.fromEntries(key.map((column) => [column, `$${braced(side.holder, 'id')}`]))
      }
    }
    return null
  }

  #checkDistinct(relation: Relation, values: JsonObject): void {
    for (const key of collidingKeys(relation)) {
      const isDistinct = key.some((column) => {
        const value = values[column]
        const known = relation.columns[column]
        if (value === undefined) return known?.identity !== 'no' || isGenerated(known)
        return referencesIn(value).some((one) => isFresh(one) || one.name in this.fixtures)
      })
      if (isDistinct) continue
      if (!this.#ownTenants && key.some((column) => this.#namesTenant(relation, column))) throw new NeedsOwnTenant()
      this.isSingle = true
    }
  }

  #namesTenant(relation: Relation, column: string): boolean {
    const { tenancy } = this.#ground
    return relation.foreignKeys.some(
      ({ columns, references }) => columns.includes(column) && tenancy.tenantTables.has(references),
    )
  }
}

/** @returns a reference to a column of a row, without its dollar sign. */
export function braced(name: string, column: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? `${name}.${column}` : `{${name}.${column}}`
}

function isRequired({ nullable, hasDefault, generated, identity }: Column): boolean {
  return !nullable && !hasDefault && !generated && identity === 'no'
}

/** A default that gives every row another value; null values do not collide. */
function isGenerated(column: Column | undefined): boolean {
  if (column === undefined) return false
  return column.generated || (column.hasDefault ? /\(|nextval/.test(column.default ?? '(') : column.nullable)
}

/** Texts of the copy of a row hold something of their own, so that a unique column takes both. */
function withMark(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([column, value]) => [
      column,
      typeof value === 'string' && /\$(?:run|unique)\b/.test(value) ? `${value} $unique` : value,
    ]),
  )
}

/** @returns values whose references name other rows. */
export function renamed(values: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const text = (value: string): string =>
    referencesIn(value).reduce((written, { text: reference, name, column }) => {
      const other = names.get(name)
      return other === undefined || column === null
        ? written
        : written.replace(reference, () => `$${braced(other, column)}`)
    }, value)
  const of = (value: Json): Json => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(of)
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, of(item)]))
    }
    return value
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, of(value)]))
}
