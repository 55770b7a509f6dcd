import { isList, isObject, type Json, type JsonObject } from '../json.ts'

/** A value by which a row can be recognised in any text. */
export interface IdentifyingValue {
  /** The column; for a part of a JSON value its path: `meta.owner`. */
  readonly column: string
  readonly text: string
  /** How sure it is that nothing else has this value: `alone` anywhere in a text, `whole` only as a whole value. */
  readonly match: 'anywhere' | 'whole'
  /** True for a number or a date: the digits around it must not go on. */
  readonly digits?: true
  /** True where another row, or the service itself, may well hold the same: it makes a doubt and no finding. */
  readonly weak?: true
}

/** Shorter texts are words that occur in any text. */
const shortestWord = 4
/** A phrase of the matrix's own of this length does not occur by chance. */
const shortestPhrase = 12
/** Digits from which a number does not occur by chance. */
const shortestNumber = 7
/** Digits from which a number of the matrix's own makes a doubt. Shorter ones are years, counts and ports. */
const shortestDoubt = 5

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** A nil uuid and its like identify no row. */
const blankUuid = /^([0-9a-f])\1{7}-(?:\1{4}-){3}\1{12}$/i
const date = /^\d{4}-\d\d-\d\d$/
const time = /^\d{4}-\d\d-\d\d[T ](\d\d:\d\d:\d\d\.\d{4,6})/
/** Many objects have a kind of file and the directives of a cache in common. */
const mediaType = /^(?:application|audio|font|image|message|model|multipart|text|video)\/[\w.+-]+(?:\s*;.*)?$/i
const cacheDirectives = /^(?=.*\bmax-?age=)[a-z-]+(?:=\d+)?(?:\s*,\s*[a-z-]+(?:=\d+)?)*$/i
/** A hash, a key, a token. */
const random = /^(?=.*\d)(?=.*[a-z])[\w+/=.:-]{20,}$/i

/**
 * Finds the values of a row that nothing else holds, as far as the values themselves show that.
 *
 * @param row the whole current row.
 * @param declared the values that the matrix gives; a value from a default or a trigger may occur in any row.
 * @param marks texts that only this run uses: its id, and the values of `$unique`.
 */
export function identifyingValues(
  row: JsonObject,
  declared: JsonObject,
  marks: readonly string[],
): readonly IdentifyingValue[] {
  return Object.entries(row).flatMap(([column, value]) =>
    valuesIn(value, column).flatMap(({ column: at, value: part }) =>
      identifyingPart(at, part, column in declared, marks),
    ),
  )
}

function valuesIn(value: Json, column: string): readonly { readonly column: string; readonly value: Json }[] {
  if (isList(value)) return value.flatMap((item, n) => valuesIn(item, `${column}[${n}]`))
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => valuesIn(item, `${column}.${key}`))
  return [{ column, value }]
}

function identifyingPart(column: string, value: Json, declared: boolean, marks: readonly string[]): IdentifyingValue[] {
  if (typeof value === 'number') return identifyingNumber(column, String(value), declared)
  if (typeof value !== 'string') return []
  const text = value.trim()
  if (mediaType.test(text) || cacheDirectives.test(text)) return []
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return identifyingNumber(column, text, declared)
  const fraction = time.exec(text)?.[1]
  if (fraction !== undefined) {
    return /\.0*$/.test(fraction) ? [] : [{ column, text: fraction.replace(/0+$/, ''), match: 'anywhere' }]
  }
  if (date.test(text)) return declared ? [{ column, text, match: 'anywhere', digits: true, weak: true }] : []
  if (uuid.test(text)) return blankUuid.test(text) ? [] : [{ column, text, match: 'anywhere' }]
  if (text.length > shortestWord && marks.some((mark) => text.includes(mark))) {
    return [{ column, text, match: 'anywhere' }]
  }
  if (random.test(text)) return [{ column, text, match: 'anywhere' }]
  if (!declared || text.length < shortestWord) return []
  const phrase = text.length >= shortestPhrase && /[\s\d.,@/]/.test(text)
  return [{ column, text, match: phrase ? 'anywhere' : 'whole' }]
}

function identifyingNumber(column: string, text: string, declared: boolean): IdentifyingValue[] {
  // A limit in KiB, which many buckets and settings have in common.
  if (Number(text) % 1024 === 0) return []
  const digits = text.replace(/^-?0*|\./g, '').replace(/0+$/, '')
  if (digits.length >= shortestNumber) return [{ column, text, match: 'anywhere', digits: true }]
  if (!declared || digits.length < shortestDoubt) return []
  return [{ column, text, match: 'anywhere', digits: true, weak: true }]
}
