import { isList, isObject, type Json, sameJson } from '../json.ts'
import type { Expectation, Reading } from '../model/verdict.ts'

/**
 * Removes the return value of a function from a reading, beyond the values that the matrix expects: it may hold other people's
 * rows. A truth value, a number and null stay; of everything else the record names the type. A name that is no column may be a
 * value in the place of a key.
 *
 * @param isColumn true when some relation has a column of a name, or a name can be no value.
 */
export function recordableReading(
  reading: Reading,
  expected: Expectation | null,
  isColumn: (name: string) => boolean,
): Reading {
  const { value, columns: shown } = reading
  const { returns, columns: wanted = [] } = expected?.decision === 'allow' ? expected : {}
  const columns = shown.map((name) => (wanted.includes(name) || isColumn(name) ? name : hiddenName))
  const named = columns.every((name, n) => name === shown[n]) ? reading : { ...reading, columns: [...new Set(columns)] }
  if (value === undefined || (returns !== undefined && sameJson(value, returns))) return named
  return { ...named, value: described(value) }
}

const hiddenName = '‹…›'

function described(value: Json): Json {
  if (typeof value === 'string') return value === '' ? '' : `‹a text of ${value.length} characters›`
  if (isList(value)) return value.length === 0 ? [] : `‹a list of ${value.length}›`
  if (isObject(value)) return `‹an object with ${columnsInWords(Object.keys(value))}›`
  return value
}

const mostColumns = 12

function columnsInWords(names: readonly string[]): string {
  const words = names.filter((name) => /^\w{1,40}$/.test(name)).slice(0, mostColumns)
  return words.length === names.length ? words.join(', ') : `${names.length} members`
}
