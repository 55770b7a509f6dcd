import type { Json, JsonObject } from '../json.ts'
import { collidingKeys } from '../model/keys.ts'
import { own } from '../values.ts'
import type { Column, ForeignKey, Relation } from '../witness/catalog.ts'
import type { Check, Fact, Lessons, Schema, Side } from './model.ts'
import { namesIn, Unplannable } from './naming.ts'
import { foreignKeyOf, namesUser, type UserNaming } from './user-naming.ts'
import { isDistinct, isUnique, valueFor } from './values.ts'

/** A check of the row: the way of satisfying it that was chosen, null where the first may be left to the table's defaults. */
interface Taken {
  readonly ways: Check['ways']
  way: number | null
}

/**
 * If the first ways of several checks leave a column no value, as when each rules out one label of an enum, another way of one of
 * them is taken.
 */
function reconcile({ name, type, nullable }: Column, checks: readonly Taken[], { types }: Schema): void {
  const factsNow = () => checks.flatMap(({ ways, way }) => ways[way ?? 0] ?? [])
  const hasValue = () =>
    valueFor({ column: name, type, facts: factsNow(), side: 'alice', unique: false }, types) !== undefined
  const about = checks.filter(
    (check) => check.ways.length > 1 && check.ways.flat().some(({ column }) => column === name),
  )
  if (about.length === 0 || nullable || hasValue()) return
  for (const check of about) {
    const before = check.way
    for (const way of check.ways.keys()) {
      check.way = way
      if (hasValue()) return
    }
    check.way = before
  }
}

/** One row that is being planned: the facts that it has to satisfy, and its values. */
export class Draft {
  readonly relation: Relation
  readonly #schema: Schema
  readonly #lessons: Lessons
  readonly #side: Side
  readonly #values = new Map<string, Json>()
  /** The facts that the checks demand. A check that was violated once demands its facts even where a default would do. */
  readonly #facts: readonly Fact[]
  readonly #forced: readonly Fact[]

  constructor(relation: Relation, schema: Schema, lessons: Lessons, side: Side) {
    this.relation = relation
    this.#schema = schema
    this.#lessons = lessons
    this.#side = side
    const checks = schema.checks[relation.name] ?? []
    const taken = checks.map(({ name, ways }) => ({ ways, way: lessons.ways.get(`${relation.name} ${name}`) ?? null }))
    for (const column of Object.values(relation.columns)) reconcile(column, taken, schema)
    const chosen = taken.map(({ ways, way }) => ({ facts: ways[way ?? 0] ?? [], isForced: way !== null }))
    this.#facts = chosen.flatMap(({ facts }) => facts)
    this.#forced = chosen.flatMap(({ facts, isForced }) => (isForced ? facts : []))
  }

  set(column: string, value: Json): void {
    this.#values.set(column, value)
  }

  /** @returns true when a column names a user, or the user's row, already. */
  namesPerson(side: Side, profiles: UserNaming['profiles']): boolean {
    return [...this.#values].some(([column, value]) => {
      const key = foreignKeyOf(this.relation, column)
      const isPerson = profiles.has(key?.references ?? '') || namesUser(this.relation, column, profiles)
      return (
        isPerson &&
        !/_?by$/i.test(column) &&
        namesIn(value).some((name) => name === side || name.endsWith(` of ${side}`))
      )
    })
  }

  /** @returns true when a key has to name another row than a key to the same table that is filled in. */
  differsFromSibling({ columns: [column], references }: ForeignKey): boolean {
    return this.#facts.some((fact) => {
      if (fact.kind !== 'differs from') return false
      const other = fact.column === column ? fact.other : fact.other === column ? fact.column : null
      return other !== null && this.isSet(other) && foreignKeyOf(this.relation, other)?.references === references
    })
  }

  isSet(column: string): boolean {
    return this.#values.has(column)
  }

  /** @returns true when a column has to be given: its default is none that the column accepts. */
  needs(name: string): boolean {
    const column = own(this.relation.columns, name)
    if (column === undefined || column.generated || column.identity !== 'no') return false
    if (this.#lessons.required.has(`${this.relation.name} ${name}`)) return true
    if (this.#forced.some((fact) => fact.column === name && fact.kind !== 'absent')) return true
    return (!column.nullable || this.#isNeverNull(column)) && !column.hasDefault
  }

  #isNeverNull({ type }: Column): boolean {
    const known = this.#schema.types[type]
    return known?.kind === 'domain' && !known.nullable
  }

  leavesOut(name: string): boolean {
    const column = own(this.relation.columns, name)
    return (
      column === undefined ||
      column.generated ||
      column.identity === 'always' ||
      this.#lessons.omitted.has(`${this.relation.name} ${name}`) ||
      this.#forced.some((fact) => fact.column === name && fact.kind === 'absent')
    )
  }

  /** A member has the role that its user is made for, where roles are listed. */
  giveRole(): void {
    for (const column of Object.values(this.relation.columns)) {
      if (!/role|permission/i.test(column.name) || this.isSet(column.name) || this.leavesOut(column.name)) continue
      const isListed =
        this.#schema.types[column.type]?.kind === 'enum' ||
        this.#facts.some((fact) => fact.column === column.name && fact.kind === 'one of')
      const isLinked = this.relation.foreignKeys.some(({ columns }) => columns.includes(column.name))
      if (isListed && !isLinked) this.set(column.name, this.#valueOf(column, false))
    }
  }

  /** Gives every other column that needs one a value. */
  fill(): void {
    for (const column of Object.values(this.relation.columns)) {
      if (this.isSet(column.name) || !this.needs(column.name)) continue
      this.set(column.name, this.#valueOf(column, false))
    }
    for (const { column, kind } of this.#forced) {
      const known = own(this.relation.columns, column)
      if (kind === 'absent' && known?.nullable === true && known.hasDefault) this.set(column, null)
    }
    this.#compare()
    this.#recognise()
    this.#tellApart()
  }

  /** In the order of the table's columns. */
  values(): JsonObject {
    return Object.fromEntries(
      Object.keys(this.relation.columns).flatMap((name) => {
        const value = this.#values.get(name)
        return value === undefined ? [] : [[name, value] as const]
      }),
    )
  }

  #valueOf({ name, type }: Column, unique: boolean): Json {
    const wanted = { column: name, type, facts: this.#facts, side: this.#side, unique }
    const value = valueFor(wanted, this.#types())
    if (value === undefined) throw new Unplannable(`${this.relation.name}: no value is known for ${name} (${type})`)
    return value
  }

  /** A domain's checks are satisfied in the way that the lessons give. */
  #types(): Schema['types'] {
    return Object.fromEntries(
      Object.entries(this.#schema.types).map(([name, type]) => {
        if (type.kind !== 'domain') return [name, type]
        const checks = type.checks.map((check) => {
          const way = this.#lessons.ways.get(`${name} ${check.name}`) ?? 0
          return { ...check, ways: [check.ways[way] ?? []] }
        })
        return [name, { ...type, checks }]
      }),
    )
  }

  /** Values of two columns that a check compares, where either is given. */
  #compare(): void {
    for (let round = 0; round < 3; round++) {
      for (const fact of this.#facts) {
        if (fact.kind !== 'below' && fact.kind !== 'same as' && fact.kind !== 'differs from') continue
        const [low, high] = [own(this.relation.columns, fact.column), own(this.relation.columns, fact.other)]
        if (low === undefined || high === undefined) continue
        if (!this.isSet(low.name) && !this.isSet(high.name)) continue
        if (!this.#isComparable(low) || !this.#isComparable(high)) continue
        this.#settle(fact, low, high)
      }
    }
  }

  /** A column that is left empty passes every comparison. */
  #isComparable({ name, hasDefault }: Column): boolean {
    return (this.isSet(name) || hasDefault) && foreignKeyOf(this.relation, name) === undefined
  }

  #settle(fact: Fact & { readonly other: string }, low: Column, high: Column): void {
    const value = this.#values.get(low.name) ?? this.#valueOf(low, false)
    if (!this.isSet(low.name)) this.set(low.name, value)
    const other = this.#values.get(high.name)
    if (fact.kind === 'same as') this.set(high.name, value)
    else if (fact.kind === 'differs from' && other === value) this.set(high.name, later(value) ?? value)
    else if (fact.kind === 'below' && !(other !== undefined && isLater(other, value, fact.orEqual))) {
      const raised = later(value)
      if (raised !== null) this.set(high.name, raised)
    }
  }

  /** Gives a row without a unique value a unique text, by which it is recognised in an answer. */
  #recognise(): void {
    if ([...this.#values.values()].some(isUnique)) return
    const free = Object.values(this.relation.columns).filter(
      ({ name, type, hasDefault, nullable }) =>
        nullable &&
        !hasDefault &&
        /^(text|character varying)$/.test(type) &&
        !this.isSet(name) &&
        !this.leavesOut(name) &&
        !this.#facts.some(({ column }) => column === name) &&
        !this.relation.foreignKeys.some(({ columns }) => columns.includes(name)),
    )
    const spoken = free.find(({ name }) => /(title|name|body|content|text|note|description|message)/i.test(name))
    const chosen = spoken ?? free[0]
    if (chosen !== undefined) this.set(chosen.name, this.#valueOf(chosen, false))
  }

  /** Puts a value of its own into every key that would be the same in all copies. */
  #tellApart(): void {
    for (const key of collidingKeys(this.relation)) {
      if (!key.every((column) => this.#isTheSame(column)) || key.some((column) => this.#differs(column))) continue
      for (const name of key) {
        const column = own(this.relation.columns, name)
        if (column === undefined || this.relation.foreignKeys.some(({ columns }) => columns.includes(name))) continue
        const wanted = { column: name, type: column.type, facts: this.#facts, side: this.#side, unique: true }
        const value = valueFor(wanted, this.#types())
        if (value === undefined) continue
        this.set(name, value)
        break
      }
    }
  }

  /** Whether a column holds what it is given, or the same default in every row. */
  #isTheSame(name: string): boolean {
    const column = own(this.relation.columns, name)
    return this.isSet(name) || (!this.leavesOut(name) && constant.test(column?.default ?? ''))
  }

  #differs(column: string): boolean {
    return isDistinct(this.#values.get(column) ?? null)
  }
}

/** A default that is a literal: `''::text`, `0`, `true`. */
const constant = /^(?:'(?:[^']|'')*'(?:::[^()]+(?:\(\d+\))?)?|-?\d+(?:\.\d+)?|true|false)$/i

/** A number, a date or a time that is later than another. */
function later(value: Json): Json | null {
  if (typeof value === 'number') return value + 1
  if (typeof value !== 'string') return null
  const clock = /^(\d\d):(\d\d):(\d\d)$/.exec(value)
  if (clock !== null) return `${String((Number(clock[1]) + 1) % 24).padStart(2, '0')}:${clock[2]}:${clock[3]}`
  const time = Date.parse(value)
  if (!/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(time)) return null
  const next = new Date(time + 86_400_000).toISOString()
  return value.includes('T') ? next.replace('.000Z', 'Z') : next.slice(0, 10)
}

function isLater(one: Json, other: Json, orEqual: boolean): boolean {
  if (one === other) return orEqual
  if (typeof one === 'number' && typeof other === 'number') return one > other
  return typeof one === 'string' && typeof other === 'string' && one > other
}
