import type { Expression } from './expressions.ts'
import type { Fact, Scalar } from './model.ts'

/** The most ways to satisfy one check that are kept. */
const most = 24

type Alternatives = readonly (readonly Fact[])[]

/** One way that demands nothing: the trial in the database decides about an expression that is not understood. */
const anything: Alternatives = [[]]

/**
 * Finds the ways in which a check can be satisfied. Pure.
 *
 * @returns alternatives, the simplest first: the facts of one of them make the check true.
 */
export function alternativesOf(expression: Expression): Alternatives {
  return [...satisfying(expression, true)].sort((one, other) => weight(one) - weight(other)).slice(0, most)
}

/** A way that leaves columns empty makes a row less like those in use. */
function weight(way: readonly Fact[]): number {
  return way.filter(({ kind }) => kind === 'absent').length * 2 + (way.length === 0 ? 1 : 0)
}

function satisfying(expression: Expression, wanted: boolean): Alternatives {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return (expression.kind === 'and') === wanted
        ? all(expression.parts.map((part) => satisfying(part, wanted)))
        : expression.parts.flatMap((part) => satisfying(part, wanted)).slice(0, most)
    case 'not':
      return satisfying(expression.of, !wanted)
    case 'null test':
      return nullTest(expression.of, expression.isNull === wanted)
    case 'column':
      return [[{ column: expression.name, kind: 'one of', values: [wanted] }]]
    case 'in':
      return membership(expression.left, expression.list, expression.negated !== wanted)
    case 'operator':
      return comparison(expression.name, expression.left, expression.right, wanted)
    case 'call':
      return called(expression.name, expression.parameters, wanted)
    default:
      return anything
  }
}

function all(parts: readonly Alternatives[]): Alternatives {
  return parts.reduce<Alternatives>(
    (ways, part) => ways.flatMap((way) => part.map((more) => [...way, ...more])).slice(0, most),
    anything,
  )
}

function nullTest(of: Expression, isNull: boolean): Alternatives {
  const term = termOf(of)
  return term === null ? anything : [[{ column: term.column, kind: isNull ? 'absent' : 'present' }]]
}

function membership(left: Expression, list: Expression, isIn: boolean): Alternatives {
  const term = termOf(left)
  const values = list.kind === 'list' ? list.items.map(scalarOf) : []
  const known = values.filter((value) => value !== null)
  if (term === null || known.length === 0 || known.length < values.length) return anything
  return [factsFor(term, isIn ? '=' : '<>', known)]
}

const negations: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '~': '!~',
  '!~': '~',
  '~*': '!~*',
  '!~*': '~*',
  '~~': '!~~',
  '!~~': '~~',
  '~~*': '!~~*',
  '!~~*': '~~*',
}

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

function comparison(name: string, left: Expression, right: Expression, wanted: boolean): Alternatives {
  const sign = wanted ? name : negations[name]
  if (sign === undefined) return anything
  const count = countedColumns(left)
  const number = scalarOf(right)
  if (count !== null && typeof number === 'number') return counted(count, sign, number)
  const sum = summed(left)
  if (sum !== null && typeof number === 'number' && sign.startsWith('>')) {
    return sum.map((term) => factsFor(term, sign, [number]))
  }
  const truth = right.kind === 'value' && typeof right.value === 'boolean' ? right.value : null
  if (truth !== null && !isTerm(left)) return satisfying(left, truth === (sign === '='))
  const term = termOf(left)
  const other = termOf(right)
  if (term !== null && other !== null) return columns(term, sign, other)
  if (term !== null) {
    const value = right.kind === 'now' || isAboutNow(right) ? 'now' : scalarOf(right)
    return value === null ? anything : [factsFor(term, sign, [value])]
  }
  const turned = mirrored[sign]
  if (other === null || turned === undefined) return anything
  const value = left.kind === 'now' || isAboutNow(left) ? 'now' : scalarOf(left)
  return value === null ? anything : [factsFor(other, turned, [value])]
}

/** `now() + interval '1 day'`: values are chosen decades away from the current time. */
function isAboutNow(expression: Expression): boolean {
  return (
    expression.kind === 'operator' &&
    ['+', '-'].includes(expression.name) &&
    (expression.left.kind === 'now' || isAboutNow(expression.left))
  )
}

/** `a + b + c`, of which the others may be left to their defaults. */
function summed(expression: Expression): readonly Term[] | null {
  if (expression.kind !== 'operator' || expression.name !== '+') return null
  const parts = [expression.left, expression.right].map((part) => {
    const term = termOf(part)
    return term === null ? summed(part) : [term]
  })
  return parts.every((part) => part !== null) ? parts.flat() : null
}

function isTerm(expression: Expression): boolean {
  return termOf(expression) !== null
}

/** The measure of a column that a check compares. */
interface Term {
  readonly column: string
  readonly measure: 'value' | 'length' | 'items' | 'json type' | 'lower case' | 'upper case' | 'trimmed'
}

const measures: Readonly<Record<string, Term['measure']>> = {
  length: 'length',
  char_length: 'length',
  character_length: 'length',
  octet_length: 'length',
  array_length: 'items',
  cardinality: 'items',
  jsonb_array_length: 'items',
  json_array_length: 'items',
  jsonb_typeof: 'json type',
  json_typeof: 'json type',
  lower: 'lower case',
  upper: 'upper case',
  btrim: 'trimmed',
  trim: 'trimmed',
  ltrim: 'trimmed',
  rtrim: 'trimmed',
}

function termOf(expression: Expression): Term | null {
  if (expression.kind === 'column') return { column: expression.name, measure: 'value' }
  if (expression.kind !== 'call') return null
  const inner = termOf(expression.parameters[0] ?? { kind: 'unknown' })
  if (inner === null) return null
  if (expression.name === 'coalesce' || expression.name === 'date_trunc') return inner
  const measure = measures[expression.name]
  if (measure === undefined) return null
  // Trimming changes nothing: the values that are chosen begin and end with a letter.
  return inner.measure === 'value' || inner.measure === 'trimmed' ? { column: inner.column, measure } : null
}

function scalarOf(expression: Expression): Scalar | null {
  if (expression.kind === 'value') return expression.value
  if (expression.kind !== 'operator' || expression.name !== '-' || expression.left.kind !== 'unknown') return null
  const value = scalarOf(expression.right)
  return typeof value === 'number' ? -value : null
}

function factsFor({ column, measure }: Term, sign: string, values: readonly Scalar[]): readonly Fact[] {
  const [value] = values
  if (value === undefined) return []
  if (measure === 'length' || measure === 'items') return measured(column, measure, sign, Number(value))
  if (measure === 'json type') return sign === '=' ? [{ column, kind: 'json type', type: String(value) }] : []
  switch (sign) {
    case '=':
      return [{ column, kind: 'one of', values }]
    case '<>':
      return [{ column, kind: 'none of', values }]
    case '<':
    case '<=':
      return [{ column, kind: 'max', value, exclusive: sign === '<' }]
    case '>':
    case '>=':
      return [{ column, kind: 'min', value, exclusive: sign === '>' }]
    default:
      return matched(column, sign, String(value))
  }
}

function matched(column: string, sign: string, value: string): readonly Fact[] {
  const insensitive = sign.endsWith('*')
  const plain = sign.replace('!', '').replace('*', '')
  const kind = sign.startsWith('!') ? 'mismatches' : 'matches'
  if (plain === '~') return [{ column, kind, pattern: value, insensitive }]
  return plain === '~~' ? [{ column, kind, pattern: likePattern(value), insensitive }] : []
}

/** `%` and `_` of LIKE as a regular expression. */
function likePattern(like: string): string {
  const parts = [...like].map((character) => {
    if (character === '%') return '.*'
    return character === '_' ? '.' : character.replace(/[.*+?^${}()|[\]\\]/, '\\$&')
  })
  return `^${parts.join('')}$`
}

function measured(column: string, measure: 'length' | 'items', sign: string, value: number): readonly Fact[] {
  const least = (number: number): Fact => ({ column, kind: `min ${measure}`, value: number })
  const greatest = (number: number): Fact => ({ column, kind: `max ${measure}`, value: number })
  switch (sign) {
    case '=':
      return [least(value), greatest(value)]
    case '<>':
      return [least(value + 1)]
    case '<':
      return [greatest(value - 1)]
    case '<=':
      return [greatest(value)]
    case '>':
      return [least(value + 1)]
    case '>=':
      return [least(value)]
    default:
      return []
  }
}

function columns(one: Term, sign: string, other: Term): Alternatives {
  if (one.column === other.column) {
    // `slug = lower(slug)`
    const { measure } = one.measure === 'value' ? other : one
    if (measure !== 'lower case' && measure !== 'upper case' && measure !== 'trimmed') return anything
    return sign === '=' ? [[{ column: one.column, kind: measure }]] : anything
  }
  if (one.measure !== 'value' || other.measure !== 'value') return anything
  const orEqual = sign.endsWith('=')
  if (sign === '<' || sign === '<=') return [[{ column: one.column, kind: 'below', other: other.column, orEqual }]]
  if (sign === '>' || sign === '>=') return [[{ column: other.column, kind: 'below', other: one.column, orEqual }]]
  if (sign === '=') return [[{ column: one.column, kind: 'same as', other: other.column }]]
  return sign === '<>' ? [[{ column: one.column, kind: 'differs from', other: other.column }]] : anything
}

/** `num_nonnulls(a, b)`, and the sum of `(a is not null)::int`. */
function countedColumns(expression: Expression): readonly string[] | null {
  if (expression.kind === 'call' && expression.name === 'num_nonnulls') {
    const terms = expression.parameters.map(termOf)
    return terms.every((term) => term !== null) ? terms.map(({ column }) => column) : null
  }
  if (expression.kind === 'null test' && !expression.isNull) {
    const term = termOf(expression.of)
    return term === null ? null : [term.column]
  }
  if (expression.kind !== 'operator' || expression.name !== '+') return null
  const [left, right] = [countedColumns(expression.left), countedColumns(expression.right)]
  return left === null || right === null ? null : [...left, ...right]
}

function counted(names: readonly string[], sign: string, number: number): Alternatives {
  const wanted = sign === '>' ? number + 1 : sign === '<' ? number - 1 : number
  if (wanted < 0 || wanted > names.length) return anything
  return names.map((_, first) =>
    names.map((column, n): Fact => {
      const place = (n - first + names.length) % names.length
      return { column, kind: place < wanted ? 'present' : 'absent' }
    }),
  )
}

function called(name: string, parameters: readonly Expression[], wanted: boolean): Alternatives {
  if (name === 'coalesce') return satisfying(parameters[0] ?? { kind: 'unknown' }, wanted)
  const [left = { kind: 'unknown' }, right = { kind: 'unknown' }] = parameters
  const [term, pattern] = [termOf(left), scalarOf(right)]
  if (name === 'regexp_like' && term !== null && typeof pattern === 'string') {
    return [factsFor(term, wanted ? '~' : '!~', [pattern])]
  }
  if (name === 'starts_with' && term !== null && typeof pattern === 'string' && wanted) {
    return [factsFor(term, '~~', [`${pattern}%`])]
  }
  return anything
}
