import type { Json } from '../json.ts'
import type { Column } from '../witness/catalog.ts'
import { type ColumnLimits, limitsOf } from './checks.ts'
import type { Hints } from './model.ts'

/** A value that a column can be given. */
export type Filling =
  | { readonly kind: 'value'; readonly value: Json }
  /** Left to the database. */
  | { readonly kind: 'omitted' }
  | { readonly kind: 'impossible'; readonly why: string }

const texts = /^(?:text|character varying|character|citext|name|bpchar)(?:\((\d+)\))?$/
const whole = /^(?:smallint|integer|bigint)$/
const numbers = /^(?:smallint|integer|bigint|numeric|real|double precision)/
const email = /(?:^|_)e?mail(?:_address)?$/i

/** What a sample of a text is tried against a pattern with, in place of `$unique`. */
const sample = 'a1b2c3d4'

/** Chooses values for columns that refer to nothing. Each holds something that no other row holds, where its type lets it. */
export class ColumnValues {
  readonly #hints: Hints
  readonly #known = new Map<string, ColumnLimits>()
  /** A number of 7 digits, another one each time. */
  readonly #next: () => number

  constructor(hints: Hints, next: () => number) {
    this.#hints = hints
    this.#next = next
  }

  /**
   * @param label where the value is to be found again: `title of acme`.
   * @param holder the actor whose address stands in a column for addresses.
   */
  fill(table: string, given: Column, label: string, holder: string): Filling {
    const column = this.#underDomain(given)
    if (column.generated || column.identity !== 'no') return { kind: 'omitted' }
    const limits = this.#limits(table, column.name)
    const mayBeLeft = column.nullable || column.hasDefault
    if (mayBeLeft && (limits.joined || !this.#isFreeText(column, limits))) return { kind: 'omitted' }
    const value = this.#valueFor(column, limits, label, holder)
    if (value !== undefined) return { kind: 'value', value }
    if (mayBeLeft) return { kind: 'omitted' }
    return { kind: 'impossible', why: `no value is known for the column ${column.name} of type ${column.type}` }
  }

  /** @returns the values by which a column with few of them can be set to another one; empty for any other column. */
  choices(table: string, given: Column): readonly Json[] {
    const column = this.#underDomain(given)
    if (column.type === 'boolean') return [true, false]
    const labels = this.#hints.enums[column.type]
    return labels ?? this.#limits(table, column.name).values ?? []
  }

  /** @returns a new value for an update; undefined where none is known. */
  another(table: string, given: Column, label: string, holder: string): Json | undefined {
    const column = this.#underDomain(given)
    const choices = this.choices(table, column)
    if (choices.length > 0) return choices[column.type === 'boolean' ? 0 : choices.length - 1]
    return this.#valueFor(column, this.#limits(table, column.name), label, holder)
  }

  /** A column of a domain takes the values of the type under it. */
  #underDomain(column: Column): Column {
    const type = this.#hints.domains[column.type]
    return type === undefined ? column : { ...column, type }
  }

  #limits(table: string, column: string): ColumnLimits {
    const key = `${table}.${column}`
    const known = this.#known.get(key) ?? limitsOf(this.#hints.checks, table, column)
    this.#known.set(key, known)
    return known
  }

  /** A default that is a constant gives every row the same text, by which no row is recognised. */
  #isFreeText(column: Column, { values }: ColumnLimits): boolean {
    if (!texts.test(column.type) || values !== null) return false
    return !column.hasDefault || /^''(?:::.*)?$/.test(column.default ?? '')
  }

  #valueFor({ name, type }: Column, limits: ColumnLimits, label: string, holder: string): Json | undefined {
    const labels = this.#hints.enums[type]
    if (labels !== undefined) return labels[0]
    if (limits.values !== null) return whole.test(type) ? Number(limits.values[0]) : limits.values[0]
    const asText = texts.exec(type)
    if (asText !== null) return this.#text(name, label, holder, limits, asText[1])
    if (numbers.test(type)) return this.#number(type, limits)
    switch (type) {
      case 'boolean':
        return false
      case 'date':
        return '2031-05-17'
      case 'timestamp with time zone':
      case 'timestamp without time zone':
        return '2031-05-17T11:22:33Z'
      case 'time without time zone':
        return '11:22:33'
      case 'interval':
        return '1 hour'
      case 'json':
      case 'jsonb':
        return { note: `${label} $unique` }
      case 'bytea':
        return '\\x00'
      case 'inet':
        return '192.0.2.1'
    }
    return type.endsWith('[]') ? [] : undefined
  }

  #text(name: string, label: string, holder: string, limits: ColumnLimits, size: string | undefined): Json | undefined {
    const longest = Math.min(
      limits.longest ?? Number.POSITIVE_INFINITY,
      size === undefined ? Number.POSITIVE_INFINITY : Number(size),
    )
    const forms = [
      ...(email.test(name) ? [`$${holder}.email`] : []),
      `${label} $unique`,
      `$unique`,
      `a$unique`,
      `a-$unique`,
      `$unique@example.com`,
      `https://example.com/$unique`,
      'EUR',
      'de',
      '+12025550143',
    ].map((form) => form.padEnd(form.startsWith('$') ? 0 : (limits.shortest ?? 0), '.'))
    return forms.find((form) => {
      const standsFor = form.replace(`$${holder}.email`, 'someone@example.com').replace('$unique', sample)
      // What `$unique` becomes has up to 16 characters.
      const longer = form.includes('$unique') ? 8 : 0
      return standsFor.length + longer <= longest && limits.patterns.every((pattern) => pattern.test(standsFor))
    })
  }

  #number(type: string, { least, most }: ColumnLimits): number {
    const digits = /^numeric\((\d+),(\d+)\)$/.exec(type)
    const room = digits === null ? Number.POSITIVE_INFINITY : 10 ** (Number(digits[1]) - Number(digits[2])) - 1
    const top = Math.min(most ?? Number.POSITIVE_INFINITY, type === 'smallint' ? 32_000 : 2_000_000_000, room)
    const chosen = this.#next()
    if (chosen > top) return Math.max(least ?? 0, Math.min(top, 1))
    return Math.max(least ?? chosen, chosen)
  }
}
