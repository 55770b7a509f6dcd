import type { CheckConstraint } from './model.ts'

/** What the check constraints of one column ask of a value, as far as they have a common form. */
export interface ColumnLimits {
  /** The only values that are taken; null for any. */
  readonly values: readonly string[] | null
  readonly least: number | null
  readonly most: number | null
  readonly shortest: number | null
  readonly longest: number | null
  readonly patterns: readonly RegExp[]
  /** True when a constraint joins the column with others, so that a value chosen alone may break it. */
  readonly joined: boolean
}

const number = String.raw`\(?'?(-?\d+(?:\.\d+)?)'?\)?`
const text = "'((?:[^']|'')*)'"

/** Reads what check constraints ask of one column, from the text that PostgreSQL prints of them. Pure. */
export function limitsOf(checks: readonly CheckConstraint[], table: string, column: string): ColumnLimits {
  const about = checks.filter((check) => check.table === table && check.columns.includes(column))
  const own = about.filter(({ columns }) => columns.length === 1).map(({ definition }) => definition)
  const found = (pattern: string) => own.flatMap((definition) => [...definition.matchAll(new RegExp(pattern, 'g'))])
  const bounds = (operator: string, before = '', after = '') =>
    found(`(?<![\\w(])\\(*${before}"?${escaped(column)}"?\\)?${after}(?:::\\w+)?\\)* ${operator} ${number}`).map(
      (match) => Number(match[1]),
    )
  const length = '(?:char_length|character_length|length|octet_length)\\(\\(?'
  const lists = own.flatMap((definition) => /= ANY \(+ARRAY\[(.*?)\]/s.exec(definition)?.[1] ?? [])
  const listed = lists.flatMap((list) => [...list.matchAll(new RegExp(text, 'g'))].map((match) => unquoted(match[1])))
  const single = found(`"?${escaped(column)}"?(?:\\)?::\\w+)? = ${text}`).map((match) => unquoted(match[1]))
  const values = [...listed, ...single]
  const shortest = [...bounds('>=', length, '\\)'), ...bounds('>', length, '\\)').map((n) => n + 1)]
  const longest = [...bounds('<=', length, '\\)'), ...bounds('<', length, '\\)').map((n) => n - 1)]
  return {
    values: values.length === 0 ? null : [...new Set(values)],
    least: greatest([...bounds('>='), ...bounds('>').map((n) => n + 1)]),
    most: smallest([...bounds('<='), ...bounds('<').map((n) => n - 1)]),
    shortest: greatest(shortest),
    longest: smallest(longest),
    patterns: found(`~(\\*?) ${text}`).flatMap((match) => patternOf(unquoted(match[2]), match[1] === '*')),
    joined: about.some(({ columns }) => columns.length > 1),
  }
}

/** A pattern that JavaScript does not read the way PostgreSQL does is left to the database. */
function patternOf(source: string, foldsCase: boolean): readonly RegExp[] {
  try {
    return [new RegExp(source, foldsCase ? 'i' : '')]
  } catch {
    return []
  }
}

function unquoted(literal: string | undefined): string {
  return (literal ?? '').replaceAll("''", "'")
}

function escaped(name: string): string {
  return name.replace(/[$()*+.?[\\\]^{|}-]/g, '\\$&')
}

function greatest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers)
}

function smallest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.min(...numbers)
}
