import { grantOf, isServed, rowsOf } from '../inventory/access.ts'
import { type Command, clientRoles, type Inventory, type InventoryRelation } from '../inventory/model.ts'
import type { Json, JsonObject } from '../json.ts'
import { collidingKeys } from '../model/keys.ts'
import type { ActorDeclaration, Roster } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { Column, ForeignKey, Relation } from '../witness/catalog.ts'
import type { ActorChoice } from './actor-choice.ts'
import { braced, FixtureSet, type FixtureSources, NeedsOwnTenant, Unplannable } from './fixture-set.ts'
import type { Ownership, Side, SurveyMatrix, SurveyOperation, Unsurveyed } from './model.ts'
import { Tenancy } from './tenancy.ts'

/** The inputs of planning a survey. */
export interface Planning extends FixtureSources {
  readonly inventory: Inventory
  readonly sides: readonly Side[]
  readonly cast: ActorChoice
  readonly roster: Roster
  /** Private topics through which changes may be requested. */
  readonly topics: readonly { readonly way: string; readonly topic: string }[]
  readonly actors: readonly ActorDeclaration[]
}

/** The plan of one object. */
export interface Planned {
  readonly matrices: readonly SurveyMatrix[]
  readonly unsurveyed: readonly Unsurveyed[]
}

/** Gathers the operations of one matrix. */
export class Operations {
  readonly bodies: Record<string, JsonObject> = {}
  readonly about: Record<string, SurveyOperation> = {}

  add(name: string, body: JsonObject, about: SurveyOperation): void {
    this.bodies[name] = body
    this.about[name] = about
  }
}

/** Runs a plan, with tenants of the matrix's own where copies of its rows would collide. */
export function withFixtures<T>(ground: FixtureSources, ownTenants: boolean, plan: (set: FixtureSet) => T): T {
  try {
    return plan(new FixtureSet(ground, ownTenants))
  } catch (error) {
    if (!(error instanceof NeedsOwnTenant)) throw error
    return plan(new FixtureSet(ground, true))
  }
}

/** Plans reads of a table or view and writes to it, by the grants of the clients' roles. */
export function planRelation(planning: Planning, relation: InventoryRelation): Planned {
  const name = `${relation.schema}.${relation.name}`
  const isView = relation.kind === 'view' || relation.kind === 'materialized view'
  const object = `${isView ? 'view' : 'table'} ${name}`
  const known = planning.catalog.relations[name]
  if (known === undefined || !isServed(planning.inventory, relation)) {
    return { matrices: [], unsurveyed: [{ object, why: 'the Data API does not serve it' }] }
  }
  try {
    const base = isView ? baseOf(planning, relation, known) : { table: name, key: [...known.primaryKey] }
    const { tenancy } = planning
    const ownTenants = tenancy.membershipTables.has(base.table) || tenancy.tenantTables.has(base.table)
    return withFixtures(planning, ownTenants, (set) => {
      return new RelationPlan({ planning, relation, known, base, set }).planned(object, isView)
    })
  } catch (error) {
    if (!(error instanceof Unplannable)) throw error
    return { matrices: [], unsurveyed: [{ object, why: error.message }] }
  }
}

interface Base {
  /** The table whose rows are the fixtures. */
  readonly table: string
  /** Empty for a table without a primary key. */
  readonly key: readonly string[]
}

/** Finds the table that a view shows, and the columns by which a row of the view is one of the table. */
function baseOf({ catalog }: Planning, view: InventoryRelation, known: Relation): Base {
  const columns = Object.keys(known.columns)
  const [best] = view.reads
    .flatMap(({ schema, name }) => catalog.relations[`${schema}.${name}`] ?? [])
    .map((table) => ({ table, shared: Object.keys(table.columns).filter((column) => columns.includes(column)) }))
    .sort((one, other) => other.shared.length - one.shared.length)
  if (best === undefined) throw new Unplannable('it reads no table of the project')
  const { table, shared } = best
  const foreign = table.foreignKeys.flatMap((one) => one.columns)
  const keys = [table.primaryKey, shared.filter((column) => foreign.includes(column)), shared]
  const key = keys.find((some) => some.length > 0 && some.every((column) => shared.includes(column)))
  if (key === undefined)
    throw new Unplannable('it has no column of the tables that it reads, by which a row could be named')
  return { table: table.name, key }
}

/** The inputs of the matrix of one relation. */
interface Subject {
  readonly planning: Planning
  readonly relation: InventoryRelation
  readonly known: Relation
  readonly base: Base
  readonly set: FixtureSet
}

class RelationPlan {
  readonly #planning: Planning
  readonly #relation: InventoryRelation
  readonly #known: Relation
  readonly #base: Base
  readonly #set: FixtureSet
  readonly #unsurveyed: Unsurveyed[] = []
  readonly #operations = new Operations()

  constructor({ planning, relation, known, base, set }: Subject) {
    this.#planning = planning
    this.#relation = relation
    this.#known = known
    this.#base = base
    this.#set = set
  }

  planned(object: string, isView: boolean): Planned {
    const { sides } = this.#planning
    const name = `${this.#relation.schema}.${this.#relation.name}`
    const rows = sides.map((side) => ({ side, row: this.#set.row(this.#base.table, side) }))
    this.#reads(rows)
    this.#changes(rows)
    this.#writes(rows)
    if (Object.keys(this.#operations.bodies).length === 0) return { matrices: [], unsurveyed: this.#unsurveyed }
    const resource: JsonObject = isView
      ? { view: name, key: [...this.#base.key], of: this.#base.table }
      : { table: name, ...(this.#known.primaryKey.length > 0 ? {} : this.#keyless()) }
    const matrix: SurveyMatrix = {
      object,
      document: {
        matrix: `survey of ${name.replace('.', ' ')}`,
        resource,
        fixtures: this.#set.fixtures,
        operations: this.#operations.bodies,
      },
      operations: this.#operations.about,
      ...(this.#set.isSingle ? { oneByOne: true as const } : {}),
    }
    return { matrices: [matrix], unsurveyed: this.#unsurveyed }
  }

  /** A table without a primary key is keyed by the columns that the fixtures give. */
  #keyless(): JsonObject {
    const fixture = Object.values(this.#set.fixtures).find(({ table }) => table === this.#base.table)
    const values = fixture?.values
    const columns = typeof values === 'object' && values !== null && !Array.isArray(values) ? Object.keys(values) : []
    if (columns.length === 0) throw new Unplannable('it has no key, and no column that can be given')
    return { key: columns }
  }

  #may(command: Command): boolean {
    return clientRoles.some((role) => rowsOf(this.#planning.inventory, this.#relation, role, command).kind !== 'none')
  }

  /** @returns the actors whose role has a grant, among some. */
  #able(command: Command, among: readonly string[]): readonly string[] {
    const { inventory, actors } = this.#planning
    return actors
      .filter(({ name, kind }) => {
        const role = kind === 'anon' ? 'anon' : 'authenticated'
        return among.includes(name) && rowsOf(inventory, this.#relation, role, command).kind !== 'none'
      })
      .map(({ name }) => name)
  }

  /** @returns the columns that a grant covers, by the roles that have the same. */
  #columnsFor(
    command: Command,
  ): readonly { readonly actors: readonly string[]; readonly columns: readonly string[] }[] {
    const { actors, cast } = this.#planning
    const sets = new Map<string, { actors: string[]; columns: readonly string[] }>()
    for (const { name, kind } of actors) {
      if (!this.#able(command, cast.all).includes(name)) continue
      const columns = this.#granted(kind === 'anon' ? 'anon' : 'authenticated', command)
      const known = sets.get(columns.join(','))
      if (known === undefined) sets.set(columns.join(','), { actors: [name], columns })
      else known.actors.push(name)
    }
    return [...sets.values()]
  }

  #granted(role: 'anon' | 'authenticated', command: Command): readonly string[] {
    return grantedColumns(this.#relation, role, command)
  }

  #reads(rows: readonly Row[]): void {
    for (const [n, { actors, columns }] of this.#columnsFor('select').entries()) {
      const isWhole = columns.length === this.#relation.columns.length
      const list = isWhole ? {} : { columns: columns.map(quotedColumn) }
      const narrowed = Object.fromEntries(rows.map(({ row }) => [row, { select: row, ...list }]))
      const about = { access: 'select', side: null, actors } as const
      const suffix = n === 0 ? '' : ` ${n + 1}`
      this.#operations.add(`read all${suffix}`, { select: '*', ...list }, { ...about, door: 'a read', narrowed })
      for (const { side, row } of rows) {
        const body = { select: row, count: 'exact', head: true, ...list }
        this.#operations.add(`count ${side.name}${suffix}`, body, {
          ...about,
          ...{ door: 'a count', side: side.name },
        })
      }
      for (const { body, door } of this.#embeds(isWhole ? ['*'] : columns.map(quotedColumn), rows)) {
        const embedded = Object.fromEntries(rows.map(({ row }) => [row, { ...body, select: row }]))
        const name = `read with ${door.replaceAll(/[,.${}›]/g, ' ')}${suffix}`
        this.#operations.add(name, body, {
          ...about,
          ...{ door: `a read with ${door}`, narrowed: embedded },
        })
      }
    }
  }

  /** The rows that can come along by one level: those that a row refers to, and those that refer to it. */
  #embeds(columns: readonly string[], rows: readonly Row[]): { body: JsonObject; door: string }[] {
    const { catalog } = this.#planning
    const name = `${this.#relation.schema}.${this.#relation.name}`
    const above = this.#known.foreignKeys.map((key) => ({ key, to: key.references, below: false }))
    const below = Object.values(catalog.relations).flatMap((relation) =>
      relation.foreignKeys
        .filter(({ references }) => references === name && relation.name !== name)
        .map((key) => ({ key, to: relation.name, below: true })),
    )
    const all = [...above, ...below]
    return all.flatMap(({ key, to, below: isBelow }) => {
      const other = this.#readable(to)
      if (other === null) return []
      if (isBelow && !this.#hasRows(to, rows)) return []
      const hint = all.filter((one) => one.to === to).length > 1 ? `!${quotedColumn(key.name)}` : ''
      const inner = other.columns === null ? '*' : other.columns.map(quotedColumn).join(',')
      const body = { select: '*', columns: [...columns, `${quotedColumn(other.name)}${hint}(${inner})`] }
      return [{ body, door: hint === '' ? other.name : `${other.name} by ${key.name}` }]
    })
  }

  /** Rows of a child are made, so that there is something to come along. */
  #hasRows(table: string, rows: readonly Row[]): boolean {
    const before = { ...this.#set.fixtures }
    try {
      for (const { side } of rows) this.#set.row(table, side)
      return true
    } catch (error) {
      if (!(error instanceof Unplannable || error instanceof NeedsOwnTenant)) throw error
      for (const name of Object.keys(this.#set.fixtures)) if (!(name in before)) delete this.#set.fixtures[name]
      return false
    }
  }

  #readable(table: string): { readonly name: string; readonly columns: readonly string[] | null } | null {
    const { inventory } = this.#planning
    const other = inventory.relations.find((one) => `${one.schema}.${one.name}` === table)
    if (other === undefined || other.schema !== this.#relation.schema || !isServed(inventory, other)) return null
    if (rowsOf(inventory, other, 'authenticated', 'select').kind === 'none') return null
    const columns = grantedColumns(other, 'authenticated', 'select')
    return { name: other.name, columns: columns.length === other.columns.length ? null : columns }
  }

  /** Plans subscriptions to the changes of a published table. */
  #changes(rows: readonly Row[]): void {
    const { inventory, cast, values } = this.#planning
    const { schema, name } = this.#relation
    const published = inventory.published.find((one) => one.schema === schema && one.name === name)
    if (published === undefined) return
    const text = freeText(this.#known, (one) => values.choices(this.#base.table, one).length > 0)
    for (const { side, row } of rows) {
      const hear = (way: string, through: JsonObject) => {
        const about = { access: 'hear', side: side.name, row, actors: cast.all } as const
        const added = { subscribe: row, on: 'insert', ...through }
        this.#operations.add(`hear of a new row of ${side.name}${way}`, added, {
          ...about,
          door: `changes${way}: a new row`,
        })
        if (text === null) return
        const set = { [text]: `${text} changed for ${side.name} $unique` }
        const changed = { subscribe: row, on: 'update', set, ...through }
        this.#operations.add(`hear of a changed row of ${side.name}${way}`, changed, {
          ...about,
          door: `changes${way}: an update`,
        })
      }
      hear('', {})
      for (const { way, topic } of this.#planning.topics) hear(` through ${way}`, { through: topic })
    }
  }

  #writes(rows: readonly Row[]): void {
    const { cast } = this.#planning
    for (const [n, { side, row }] of rows.entries()) {
      const other = rows[n === 0 ? 1 : 0]
      if (this.#may('update')) this.#updates(side, row, other)
      if (this.#may('delete')) {
        this.#operations.add(
          `delete ${side.name}`,
          { delete: row },
          {
            ...{ door: 'a delete', access: 'delete', side: side.name, row },
            actors: this.#able('delete', cast.all),
          },
        )
      }
      if (this.#may('insert')) this.#inserts(side, other, n === 0)
    }
  }

  #updates(side: Side, row: string, other: Row | undefined): void {
    const { cast } = this.#planning
    const granted = this.#columnsFor('update').flatMap(({ columns }) => columns)
    const columns = Object.values(this.#known.columns).filter(
      ({ name, generated, identity }) => granted.includes(name) && !generated && identity !== 'always',
    )
    let isFirst = true
    for (const column of columns) {
      const change = this.#changeOf(column, side, other)
      if (change === null) continue
      const isPlain = change.to === null
      const tried = isFirst && isPlain ? cast.all : isPlain && !change.isChoice ? cast.holders : cast.around[side.name]
      if (isPlain) isFirst = false
      const door = `an update of ${column.name}${change.to === null ? '' : ` to ${change.to}`}`
      const name = `change ${column.name.replaceAll(/[,.${}›]/g, ' ')} of ${side.name}`
      this.#operations.add(
        name,
        { update: row, set: { [column.name]: change.value } },
        {
          ...{ door, access: 'update', side: side.name, row },
          ...(change.to === null ? {} : { names: namesIn({ to: change.value }, this.#planning, this.#set) }),
          actors: this.#able('update', tried ?? cast.all),
        },
      )
    }
  }

  #changeOf(column: Column, side: Side, other: Row | undefined): Change | null {
    const { values, catalog } = this.#planning
    if (FixtureSet.namesUser(this.#known, column)) {
      if (other === undefined) return null
      return { value: `$${braced(other.side.holder, 'id')}`, to: `a user of ${other.side.name}`, isChoice: false }
    }
    const key = this.#known.foreignKeys.find(({ columns }) => columns.includes(column.name))
    if (key !== undefined) return this.#moved(column, key, other, catalog.relations[key.references])
    if (this.#known.primaryKey.includes(column.name)) return null
    const value = values.another(this.#base.table, column, `${column.name} changed for ${side.name}`, side.holder)
    if (value === undefined) return null
    return { value, to: null, isChoice: values.choices(this.#base.table, column).length > 0 }
  }

  #moved(column: Column, key: ForeignKey, other: Row | undefined, to: Relation | undefined): Change | null {
    const at = key.referencedColumns[key.columns.indexOf(column.name)]
    if (other === undefined || to === undefined || at === undefined) return null
    try {
      const name = this.#set.row(key.references, other.side)
      return { value: `$${braced(name, at)}`, to: `${key.references} of ${other.side.name}`, isChoice: false }
    } catch (error) {
      if (error instanceof Unplannable) return null
      throw error
    }
  }

  /** A value that is unique over all tenants shows by a refusal which of them others use. */
  #taken(fresh: string, values: JsonObject, side: Side, other: Row): void {
    if (!(fresh in this.#operations.bodies)) return
    for (const [column, more] of collidingKeys(this.#known)) {
      const value = column === undefined ? undefined : values[column]
      if (column === undefined || more !== undefined || typeof value !== 'string' || !value.includes('$unique'))
        continue
      const of = `${column.replaceAll(/[,.${}›]/g, ' ')} of ${other.side.name}`
      const about = { access: 'insert', side: other.side.name, row: other.row } as const
      const taken = `add with the ${of}`
      const body = { insert: { ...values, [column]: `$${braced(other.row, column)}` } }
      this.#operations.add(taken, body, { ...about, door: `an insert with the ${of}`, actors: [] })
      this.#operations.add(
        `compare the ${of}`,
        { distinguish: [taken, fresh] },
        {
          ...about,
          door: `a comparison of inserts for ${side.name} with the ${of} and with a new one`,
          actors: this.#able('insert', this.#planning.cast.around[side.name] ?? []),
        },
      )
    }
  }

  #inserts(side: Side, other: Row | undefined, isFirst: boolean): void {
    const { cast, values: ways } = this.#planning
    const granted = new Set(this.#columnsFor('insert').flatMap(({ columns }) => columns))
    const table = this.#base.table
    const insert = (name: string, door: string, values: JsonObject, tried: readonly string[]) => {
      this.#operations.add(
        name,
        { insert: values },
        {
          ...{ door, access: 'insert', side: side.name, names: namesIn(values, this.#planning, this.#set) },
          actors: this.#able('insert', tried),
        },
      )
    }
    try {
      const values = this.#set.valuesOf(table, side, granted)
      const own = this.#set.valuesOf(table, side, granted, 'actor')
      const namesUser = JSON.stringify(own) !== JSON.stringify(values)
      // Values that name neither a user nor a row are the same for both sides.
      const namesRow = referencesIn(own).some(({ name }) => !['actor', 'unique', 'run'].includes(name))
      if (namesUser || namesRow || isFirst)
        insert(`add for ${side.name}`, `an insert for ${side.name}`, values, cast.all)
      if (namesUser && namesRow) {
        insert(`add own in ${side.name}`, `an insert of an own row in ${side.name}`, own, cast.all)
      } else if (namesUser && isFirst) insert('add own', 'an insert of an own row', own, cast.all)
      if (other !== undefined) this.#taken(`add for ${side.name}`, values, side, other)
      if (!isFirst) return
      for (const column of Object.values(this.#known.columns)) {
        if (!granted.has(column.name)) continue
        for (const choice of ways.choices(table, column)) {
          if (choice === own[column.name] || isDefault(column, choice)) continue
          const named = `${column.name} ${String(choice)}`
          const door = `an insert with ${named}`
          insert(
            `add with ${named.replaceAll(/[,.${}›]/g, ' ')}`,
            door,
            { ...own, [column.name]: choice },
            cast.around[side.name] ?? [],
          )
        }
      }
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error
      const object = `table ${this.#relation.schema}.${this.#relation.name}`
      this.#unsurveyed.push({ object, why: `an insert is not tried: ${error.message}` })
    }
  }
}

interface Row {
  readonly side: Side
  readonly row: string
}

interface Change {
  readonly value: Json
  /** The user or the row that it refers to afterwards; null for a plain value. */
  readonly to: string | null
  readonly isChoice: boolean
}

/** A row that names the attempt's own user and a tenant belongs to the tenant. */
function namesIn(values: JsonObject, { roster }: Planning, { fixtures }: FixtureSet): Ownership {
  const rows = Object.entries(fixtures).map(([name, { table, values: given, find }]) => {
    return { name, table: String(table), values: { given: given ?? null, find: find ?? null } }
  })
  const { owners, tenants } = new Tenancy(roster, rows).ownershipOf(values)
  const isOwn = referencesIn(values).some(({ name }) => name === 'actor')
  return { owners: isOwn && tenants.length === 0 ? ['actor'] : owners, tenants }
}

function isDefault({ default: expression }: Column, choice: Json): boolean {
  const text = expression ?? ''
  return text === String(choice) || text.startsWith(`'${String(choice)}'`)
}

/** @returns a column of a table that takes any text; null for none. */
export function freeText(relation: Relation, isChoice: (column: Column) => boolean): string | null {
  const found = Object.values(relation.columns).find((one) => {
    const isFree = !one.generated && one.identity === 'no' && !relation.primaryKey.includes(one.name)
    const refers = relation.foreignKeys.some(({ columns }) => columns.includes(one.name))
    return isFree && !refers && one.type === 'text' && !isChoice(one)
  })
  return found?.name ?? null
}

/** @returns the columns of a relation that a role's grants cover for a command. */
export function grantedColumns(
  relation: InventoryRelation,
  role: 'anon' | 'authenticated',
  command: Command,
): readonly string[] {
  if (relation.shownTo !== undefined || grantOf(relation, role, command) === 'whole') return relation.columns
  return relation.columnPrivileges
    .filter(({ privileges }) => privileges[role]?.includes(command) === true)
    .map(({ column }) => column)
}

function quotedColumn(name: string): string {
  return /^\w+$/.test(name) ? name : `"${name.replaceAll('"', '\\"')}"`
}
