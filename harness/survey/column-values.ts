import type { Fact, TypeInfo } from '../init/model.ts'
import { reference } from '../init/naming.ts'
import { valuesFor } from '../init/values.ts'
import type { Json } from '../json.ts'
import type { Column } from '../witness/catalog.ts'
import type { Hints } from './model.ts'

/** A value that a column can be given. */
export type Filling =
  | { readonly kind: 'value'; readonly value: Json }
  /** Left to the database. */
  | { readonly kind: 'omitted' }
  | { readonly kind: 'impossible'; readonly why: string }

const texts = /^(?:text|character varying|character|citext|name|bpchar)(?:\(\d+\))?$/
const numbers = /^(?:smallint|integer|bigint|numeric|real|double precision)/
const email = /(?:^|_)e?mail(?:_address)?$/i

/**
 * Chooses values for columns without a reference. Each holds a text or number that no other row holds, where its type allows
 * that. If a check constraint refuses such a value, those of `trespass init` are used.
 */
export class ColumnValues {
  readonly #hints: Pick<Hints, 'checks' | 'types'>
  /** A number of 7 digits, another one each time. */
  readonly #next: () => number

  constructor(hints: Pick<Hints, 'checks' | 'types'>, next: () => number) {
    this.#hints = hints
    this.#next = next
  }

  /**
   * @param label the words by which the value is recognised: `title of acme`.
   * @param holder the actor whose address a column for addresses gets.
   */
  fill(table: string, column: Column, label: string, holder: string): Filling {
    if (column.generated || column.identity !== 'no') return { kind: 'omitted' }
    const mayBeLeft = column.nullable || column.hasDefault
    if (mayBeLeft && !this.#isFreeText(table, column)) return { kind: 'omitted' }
    const value = this.#valueFor(table, column, label, holder)
    if (value !== undefined) return { kind: 'value', value }
    if (mayBeLeft) return { kind: 'omitted' }
    return { kind: 'impossible', why: `no value is known for the column ${column.name} of type ${column.type}` }
  }

  /** @returns the values by which a column with few of them can be set to another one; empty for any other column. */
  choices(table: string, column: Column): readonly Json[] {
    const type = this.#baseOf(column.type)
    if (type === 'boolean') return [true, false]
    return labelsOf(this.#hints.types[type]) ?? listed(this.#factsOf(table, column.name)) ?? []
  }

  /** @returns a new value for an update; undefined where none is known. */
  another(table: string, column: Column, label: string, holder: string): Json | undefined {
    const choices = this.choices(table, column)
    if (choices.length > 0) return choices[typeof choices[0] === 'boolean' ? 0 : choices.length - 1]
    return this.#valueFor(table, column, label, holder)
  }

  /** A column of a domain takes the values of the type under it. */
  #baseOf(type: string): string {
    const known = this.#hints.types[type]
    return known?.kind === 'domain' ? this.#baseOf(known.base) : type
  }

  /** The conditions on a column in the first way to satisfy each check. */
  #factsOf(table: string, column: string): readonly Fact[] {
    const facts = (this.#hints.checks[table] ?? []).flatMap(({ ways }) => ways[0] ?? [])
    return facts.filter((fact) => fact.column === column)
  }

  /**
   * A default that is a constant gives every row the same text, by which no row is recognised. A text chosen alone may
   * break a check that joins its column with others.
   */
  #isFreeText(table: string, column: Column): boolean {
    if (!texts.test(this.#baseOf(column.type)) || this.choices(table, column).length > 0) return false
    const joins = (this.#hints.checks[table] ?? []).some(({ ways }) => {
      const columns = new Set(
        ways.flat().flatMap((fact) => ('other' in fact ? [fact.column, fact.other] : [fact.column])),
      )
      return columns.size > 1 && columns.has(column.name)
    })
    return !joins && (!column.hasDefault || /^''(?:::.*)?$/.test(column.default ?? ''))
  }

  #valueFor(table: string, { name, type }: Column, label: string, holder: string): Json | undefined {
    const facts = this.#factsOf(table, name)
    const preferred = this.#preferred(this.#baseOf(type), name, label, holder, listed(facts))
    return valuesFor({ column: name, type, facts, side: 'alice', unique: false, preferred }, this.#hints.types)[0]
  }

  #preferred(type: string, name: string, label: string, holder: string, list: readonly Json[] | null): readonly Json[] {
    const labels = labelsOf(this.#hints.types[type])
    if (labels !== null) return labels
    if (list !== null) return list
    if (texts.test(type)) {
      return [...(email.test(name) ? [reference(holder, 'email')] : []), `${label} $unique`, '$unique']
    }
    if (numbers.test(type)) return this.#number(type)
    if (type === 'uuid') return ['$uuid']
    return type === 'json' || type === 'jsonb' ? [{ note: `${label} $unique` }] : []
  }

  /** A unique number, where the type has room for its 7 digits. */
  #number(type: string): readonly number[] {
    const digits = /^numeric\((\d+),(-?\d+)\)$/.exec(type)
    const room = digits === null ? Number.POSITIVE_INFINITY : 10 ** (Number(digits[1]) - Number(digits[2])) - 1
    const chosen = this.#next()
    return chosen <= Math.min(room, type === 'smallint' ? 32_767 : Number.POSITIVE_INFINITY) ? [chosen] : []
  }
}

function labelsOf(type: TypeInfo | undefined): readonly string[] | null {
  return type?.kind === 'enum' ? type.labels : null
}

/** @returns the only values that a check allows in a column; null for any. */
function listed(facts: readonly Fact[]): readonly Json[] | null {
  const lists = facts.flatMap((fact) => (fact.kind === 'one of' ? [fact.values] : []))
  const [first, ...others] = lists
  return first?.filter((value) => others.every((values) => values.includes(value))) ?? null
}
