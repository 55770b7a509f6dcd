import type { JsonObject } from '../json.ts'
import { keysOf } from '../model/keys.ts'
import { isFresh, referencesIn } from '../model/references.ts'
import { own } from '../values.ts'
import type { ForeignKey, Relation } from '../witness/catalog.ts'
import { Draft } from './draft.ts'
import type { Lessons, PlannedRow, Schema, Side } from './model.ts'
import { reference, short, singular, Unplannable } from './naming.ts'
import { foreignKeyOf, namesUser, type UserNaming, usersTable } from './user-naming.ts'

/** Rows that are made together, in an order in which each refers to earlier ones only. */
export interface RowGroup {
  readonly scope: 'world' | 'matrix'
  readonly rows: Map<string, PlannedRow>
  /** True where the rows belong to a tenant that is made with them, and not to a tenant of the world. */
  readonly team: boolean
  /** The tables whose rows are being planned: a foreign key back to one of them cannot be filled. */
  readonly open: Set<string>
}
const tenants: Readonly<Record<Side, string>> = {
  alice: 'acme',
  bob: 'acme',
  guest: 'acme',
  actor: 'acme',
  mallory: 'globex',
}

/** Plans rows: values that the types, keys and checks of a schema take. Pure. */
export class RowPlanner {
  readonly #schema: Schema
  readonly #people: UserNaming
  readonly #lessons: Lessons
  readonly #single = new Set<string>()
  readonly world: RowGroup = newRowGroup('world', false)

  constructor(schema: Schema, people: UserNaming, lessons: Lessons) {
    this.#schema = schema
    this.#people = people
    this.#lessons = lessons
  }

  /** @throws Unplannable for a relation that takes no rows. */
  table(name: string): Relation {
    const relation = own(this.#schema.catalog.relations, name)
    if (relation === undefined || relation.kind !== 'table') {
      throw new Unplannable(`${name} is no table in which a row can be made`)
    }
    const refused = this.#lessons.refused.get(name)
    if (refused !== undefined) throw new Unplannable(refused)
    return relation
  }

  /** @returns true when a table takes one row for a user, or for a tenant, and no second one. */
  isSingle(table: string): boolean {
    return this.#people.profiles.has(table) || this.#lessons.single.has(table) || this.#single.has(table)
  }

  /** Records that a table takes no second row. */
  keepSingle(table: string): void {
    this.#single.add(table)
  }

  /**
   * Plans a row and the rows that it refers to, unless the book has it.
   *
   * @param fixed columns whose values are known.
   * @throws Unplannable
   */
  row(book: RowGroup, table: string, side: Side, name: string, fixed: JsonObject = {}): PlannedRow {
    const known = book.rows.get(name) ?? this.world.rows.get(name)
    if (known !== undefined) return known
    const values = this.values(book, table, side, name, fixed)
    const row = this.#asRow(name, this.table(table), values)
    book.rows.set(name, row)
    return row
  }

  /** @returns the row of the world of a tenant. */
  tenant(side: Side): PlannedRow | null {
    const { tenant } = this.#people
    return tenant === null ? null : this.row(this.world, tenant, side === 'mallory' ? side : 'alice', tenants[side])
  }

  /** @returns the row that makes a user a member of a tenant: of one of the world, or of the team of a book. */
  membership(book: RowGroup, side: Side): PlannedRow | null {
    const { membership } = this.#people
    const [userColumn] = membership?.userColumns ?? []
    if (membership === null || userColumn === undefined) return null
    const tenant = book.team ? this.team(book) : this.tenant(side)
    if (tenant === null) return null
    const home = book.team ? book : this.world
    return this.row(home, membership.table, side, `${side} in ${tenant.name}`)
  }

  /** @returns the tenant that is made together with the rows of a book. */
  team(book: RowGroup): PlannedRow | null {
    const { tenant } = this.#people
    return tenant === null ? null : this.row(book, tenant, 'alice', 'team')
  }

  /** @returns the one row that a table has for a user, made by a trigger or in the world. */
  single(table: string, side: Side): PlannedRow {
    const owner = side === 'actor' ? 'alice' : side
    return this.row(this.world, table, owner, worldName(table, owner))
  }

  /**
   * Plans the values of a row.
   *
   * @throws Unplannable with the column for which no value is known.
   */
  values(book: RowGroup, table: string, side: Side, name: string, fixed: JsonObject = {}): JsonObject {
    const relation = this.table(table)
    if (book.open.has(table)) throw new Unplannable(`${table} refers to itself in a circle`)
    book.open.add(table)
    try {
      const draft = new Draft(relation, this.#schema, this.#lessons, side)
      for (const [column, value] of Object.entries(fixed)) draft.set(column, value)
      this.#link(draft, book, side, name)
      if (table === this.#people.membership?.table) draft.giveRole()
      draft.fill()
      return draft.values()
    } finally {
      book.open.delete(table)
    }
  }

  /** Fills in users, tenants and parents. */
  #link(draft: Draft, book: RowGroup, side: Side, name: string): void {
    const { relation } = draft
    const keys = [...relation.foreignKeys].sort((one, other) => other.columns.length - one.columns.length)
    for (const key of keys) {
      if (key.columns.every((column) => draft.isSet(column))) continue
      const isNeeded = key.columns.some((column) => draft.needs(column))
      if (!isNeeded && !this.#carriesAccess(key, draft)) continue
      if (key.columns.some((column) => draft.leavesOut(column) && !draft.needs(column))) continue
      this.#refer(draft, key, isNeeded, book, side, name)
    }
    for (const column of Object.keys(relation.columns)) {
      if (draft.isSet(column) || draft.leavesOut(column) || foreignKeyOf(relation, column) !== undefined) continue
      if (!namesUser(relation, column, this.#people.profiles)) continue
      if (draft.needs(column) || this.#namesOwner(column, draft)) {
        draft.set(column, reference(userOf(otherSide(draft, column, side, this.#people.profiles)), 'id'))
      }
    }
    this.#nameTenant(draft, book, side)
  }

  /** A nullable key to a user or a tenant is filled in, since policies read it; any other is left empty. */
  #carriesAccess({ columns, references }: ForeignKey, draft: Draft): boolean {
    const [column] = columns
    if (column === undefined || references === draft.relation.name || columns.length > 1) return false
    if (references === this.#people.tenant || this.#isAskedFor(draft.relation.name, column)) return true
    return namesUser(draft.relation, column, this.#people.profiles) && this.#namesOwner(column, draft)
  }

  /** True when a policy of the table reads a column. */
  #isAskedFor(table: string, column: string): boolean {
    const relation = this.#schema.inventory.relations.find(({ schema, name }) => `${schema}.${name}` === table)
    const word = new RegExp(`\\b${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`)
    return (relation?.policies ?? []).some(({ using, check }) => word.test(`${using ?? ''} ${check ?? ''}`))
  }

  /** The first column that names a user, where none has to; and every one whose default is the caller. */
  #namesOwner(name: string, { relation }: Draft): boolean {
    const users = Object.values(relation.columns).filter((column) =>
      namesUser(relation, column.name, this.#people.profiles),
    )
    const isOwner = /auth\.uid\(\)/.test(own(relation.columns, name)?.default ?? '')
    return isOwner || (users.every(({ nullable }) => nullable) && users[0]?.name === name)
  }

  #refer(draft: Draft, key: ForeignKey, isNeeded: boolean, book: RowGroup, side: Side, name: string): void {
    try {
      const [first = ''] = key.columns
      const isPerson = key.references === usersTable || this.#people.profiles.has(key.references)
      const whose = isPerson ? otherSide(draft, first, side, this.#people.profiles) : side
      const label = draft.differsFromSibling(key) ? `another ${name}` : name
      const target = this.#target(key.references, book, whose, label)
      for (const [n, column] of key.columns.entries()) {
        const referenced = key.referencedColumns[n] ?? ''
        if (!draft.isSet(column))
          draft.set(column, reference(this.#userOrRow(key, referenced, target, whose), referenced))
      }
    } catch (error) {
      if (isNeeded || !(error instanceof Unplannable)) throw error
    }
  }

  /** The key of a profile that is the user's own id is the user's id, for the actor of a cell too. */
  #userOrRow({ references }: ForeignKey, referenced: string, target: string, side: Side): string {
    const isUser = this.#people.profiles.get(references) === referenced
    return isUser ? userOf(side) : target
  }

  #target(table: string, book: RowGroup, side: Side, name: string): string {
    if (table === usersTable) return userOf(side)
    const { tenant, membership, profiles } = this.#people
    if (table === tenant) {
      const row = book.team ? this.team(book) : this.tenant(side)
      if (row !== null) return row.name
    }
    if (table === membership?.table) {
      const row = this.membership(book, side === 'actor' ? 'alice' : side)
      if (row !== null) return row.name
    }
    if (profiles.has(table)) {
      // A trigger on the sign-up may have made the user's row: then the world need not hold it.
      const owner = side === 'actor' ? 'alice' : side
      if (side === 'actor') for (const other of everyUser) this.#keepProfile(table, other)
      return this.#keepProfile(table, owner).name
    }
    if (this.isSingle(table)) return this.single(table, name.startsWith('another') ? 'bob' : side).name
    const owner = side === 'actor' ? 'alice' : side
    const usual = book.scope === 'world' ? worldName(table, owner) : `${owner}'s ${short(table)}`
    const label = name.startsWith('another') ? `another ${short(table)}` : usual
    return this.row(book, table, owner, label).name
  }

  #keepProfile(table: string, side: Side): PlannedRow {
    if (side === 'guest' && this.#lessons.noGuest !== null) return this.single(table, 'alice')
    return this.single(table, side)
  }

  /** A column without a foreign key that is called after the table of tenants. */
  #nameTenant(draft: Draft, book: RowGroup, side: Side): void {
    const { tenant } = this.#people
    if (tenant === null) return
    const [id] = this.table(tenant).primaryKey
    if (id === undefined) return
    const type = own(this.table(tenant).columns, id)?.type
    const wanted = `${singular(short(tenant))}_id`
    const column = Object.values(draft.relation.columns).find(({ name }) => name === wanted)
    if (column === undefined || draft.isSet(column.name) || column.type !== type || draft.relation.name === tenant)
      return
    const row = book.team ? this.team(book) : this.tenant(side)
    if (row !== null) draft.set(column.name, reference(row.name, id))
  }

  #asRow(name: string, relation: Relation, values: JsonObject): PlannedRow {
    const isMade = this.#lessons.made.has(`${relation.name} ${name}`)
    const key = relation.primaryKey.length > 0 ? null : keyOf(relation, values)
    const by = isMade ? findBy(relation, values) : null
    if (by === null) return { name, table: relation.name, key, values, found: false }
    return { name, table: relation.name, key, values: by, found: true }
  }
}

/** Rows of the world and fixtures share one space of names. */
function worldName(table: string, side: Side): string {
  return `${short(table)} of ${side}`
}

/** The users that sign in. */
export const everyUser: readonly Side[] = ['alice', 'bob', 'mallory', 'guest']

export function newRowGroup(scope: RowGroup['scope'], team: boolean): RowGroup {
  return { scope, rows: new Map(), team, open: new Set() }
}

/** The second user that a row names is another one: users do not follow, block or write to themselves. */
function otherSide(draft: Draft, column: string, side: Side, profiles: UserNaming['profiles']): Side {
  if (/(created|updated|invited|added|assigned|uploaded|granted|owned|approved)_?by/i.test(column)) return side
  // Rows of the first user are used for the actor's own where a key of the actor is not known.
  const isNamed = draft.namesPerson(side, profiles) || (side === 'actor' && draft.namesPerson('alice', profiles))
  if (!isNamed) return side
  return side === 'bob' ? 'alice' : 'bob'
}

function userOf(side: Side): string {
  return side
}

/** @returns the columns that name a row of a table without a primary key. */
function keyOf(relation: Relation, values: JsonObject): readonly string[] {
  const unique = relation.uniqueKeys.find((key) =>
    key.every((column) => own(relation.columns, column)?.nullable === false),
  )
  const telling = Object.keys(values).filter((column) => referencesIn(values[column] ?? null).length > 0)
  const columns = unique ?? (telling.length > 0 ? telling : Object.keys(values))
  if (columns.length === 0) throw new Unplannable(`${relation.name} has no key, and no column that names a row`)
  return columns
}

/** @returns the columns by which a row is found that a trigger has made. */
function findBy(relation: Relation, values: JsonObject): JsonObject | null {
  const key = keysOf(relation).find(
    (columns) =>
      columns.every((column) => own(values, column) !== undefined) &&
      columns.some((column) => referencesIn(values[column] ?? null).some((one) => !isFresh(one))),
  )
  if (key === undefined) return null
  return Object.fromEntries(key.map((column) => [column, values[column] ?? null]))
}
