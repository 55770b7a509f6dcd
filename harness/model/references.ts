import { TrespassError } from '../errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { own } from '../values.ts'
import type { KeyPath } from './matrix.ts'
import { isUniqueReference, namingWords, uniqueValue } from './unique-values.ts'

/** `$own.id` in a value: the column of a row, or one of the words `$run`, `$unique`, `$uuid`, `$number`, `$date`, `$future`. */
export interface Reference {
  /** As it was written. */
  readonly text: string
  /** `own`; empty for a dollar sign that begins no reference. */
  readonly name: string
  /** `id`; null when none was written. */
  readonly column: string | null
  /** The key path of the reference inside the value. */
  readonly at: KeyPath
}

/** The names that references can use when they are resolved. */
export interface Scope {
  readonly run: string
  /** Different for every row that is made. Further rows of a list get a number of their own behind it. */
  readonly unique: string
  /** @returns the row of an actor's user (`actor` for the cell's own), of the world, or of a fixture. */
  row(name: string): JsonObject | undefined
}

type Part = { readonly literal: string } | { readonly reference: Omit<Reference, 'at'> }

/** References of a single word, without a column. */
const words: readonly string[] = ['run', 'unique']

/** Words that name a row where a column follows: a row may have the name `date`. */
const wordsOrNames: readonly string[] = ['changed', 'uuid', 'number', 'date', 'future']

/**
 * The value of `$changed`: any value but the one that the row held before. No value of PostgreSQL equals it, since texts cannot
 * hold the character NUL.
 */
export const anyChange = '\u0000changed'

/**
 * Behind `$run` and `$unique` a dot is a dot: `report-$unique.txt`. Behind the words that may name a row, a dot and a letter
 * are its column. A number names nothing: `$1` is a parameter of a
 * statement.
 */
const token =
  /\$\$|\$\d+|\$\{([^}]*)\}|\$(run|unique|(?:changed|uuid|number|date|future)(?!\.[\p{L}_]))(?![\p{L}\p{N}_])|\$([\p{L}_][\p{L}\p{N}_]*)(?:\.([\p{L}_][\p{L}\p{N}_]*))?|\$/gu

function partsOf(text: string): readonly Part[] {
  if (!text.includes('$')) return text === '' ? [] : [{ literal: text }]
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(token)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) })
    end = match.index + match[0].length
    if (match[0] === '$$') {
      parts.push({ literal: '$' })
    } else if (/^\$\d/.test(match[0])) {
      parts.push({ literal: match[0] })
    } else {
      parts.push({ reference: { text: match[0], ...nameAndColumn(match[1], match[2] ?? match[3], match[4]) } })
    }
  }
  if (end < text.length) parts.push({ literal: text.slice(end) })
  return parts
}

function nameAndColumn(braced = '', name = '', column = ''): { readonly name: string; readonly column: string | null } {
  const dot = braced.indexOf('.')
  const whole = dot < 0 ? { name: braced, column: '' } : { name: braced.slice(0, dot), column: braced.slice(dot + 1) }
  const written = braced === '' ? { name, column } : { name: whole.name.trim(), column: whole.column.trim() }
  return { name: written.name, column: written.column === '' ? null : written.column }
}

/** @returns true when a reference is a word or has the form `$name.column`. */
export function isWellFormed(reference: Reference): boolean {
  // `run` and `unique` name no row.
  if (wordsOrNames.includes(reference.name)) return true
  return words.includes(reference.name) ? reference.column === null : reference.name !== '' && reference.column !== null
}

/** @returns every reference in the texts of a value, in order; those that are not well-formed too. */
export function referencesIn(value: Json, at: KeyPath = []): readonly Reference[] {
  if (typeof value === 'string') {
    return partsOf(value).flatMap((part) => ('reference' in part ? [{ ...part.reference, at }] : []))
  }
  if (isList(value)) return value.flatMap((item, index) => referencesIn(item, [...at, index]))
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => referencesIn(item, [...at, key]))
  return []
}

/** @returns true when a reference resolves to a value that no other row of the run has. */
export function isFresh({ name, column }: Reference): boolean {
  return column === null && isUniqueReference(name)
}

/**
 * @returns true when a value identifies a row as one of this run: it holds the run's id, a fresh text, or a column of a user or
 *   of another row.
 */
export function namesRun(value: Json): boolean {
  return referencesIn(value).some(({ name, column }) => column !== null || namingWords.includes(name))
}

/**
 * Resolves references. A text that is exactly one reference becomes the referenced value, with its JSON type; inside a longer
 * text it becomes text.
 *
 * @throws TrespassError `unresolved-reference` when a reference names nothing.
 */
export function resolve(value: JsonObject, scope: Scope): JsonObject
export function resolve(value: Json, scope: Scope): Json
export function resolve(value: Json, scope: Scope): Json {
  if (typeof value === 'string') return resolveText(value, scope)
  if (isList(value)) return value.map((item, index) => resolve(item, isObject(item) ? rowScope(scope, index) : scope))
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]))
  }
  return value
}

function rowScope(scope: Scope, index: number): Scope {
  if (index === 0) return scope
  return { run: scope.run, unique: `${scope.unique}-${index + 1}`, row: (name) => scope.row(name) }
}

function resolveText(text: string, scope: Scope): Json {
  const parts = partsOf(text)
  const [only] = parts
  if (parts.length === 1 && only !== undefined && 'reference' in only) return lookUp(only.reference, scope)
  return parts.map((part) => ('literal' in part ? part.literal : asText(part.reference, scope))).join('')
}

function asText(reference: Omit<Reference, 'at'>, scope: Scope): string {
  const value = lookUp(reference, scope)
  if (value === null) throw unresolved(reference, 'it is null, which has no text')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function lookUp(reference: Omit<Reference, 'at'>, scope: Scope): Json {
  if (reference.column === null) {
    if (reference.name === 'run') return scope.run
    if (isUniqueReference(reference.name)) return uniqueValue(reference.name, scope)
    if (reference.name === 'changed') return anyChange
    throw unresolved(reference, 'it names no column')
  }
  const row = scope.row(reference.name)
  if (row === undefined) throw unresolved(reference, `there is no row of the name "${reference.name}" in reach`)
  const value = own(row, reference.column)
  if (value === undefined) throw unresolved(reference, `the row has no column "${reference.column}"`)
  return value
}

function unresolved(reference: Omit<Reference, 'at'>, why: string): TrespassError {
  return new TrespassError('unresolved-reference', `The reference ${reference.text} could not be filled in: ${why}.`)
}
