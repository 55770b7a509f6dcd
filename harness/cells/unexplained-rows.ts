import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'

/** The values that the caller of an attempt sent or may be shown. */
export interface Known {
  /** True for a text that holds a value of the caller, or of a row that is not hidden from it. */
  isOwn(text: string): boolean
  /** True for a value that the request holds, or that the caller may be shown. */
  isKnown(text: string): boolean
  /** True for a row of the request's table: such rows are recognised by their columns. */
  isOfResource(row: JsonObject): boolean
}

/** Texts of this length are no words of a status. */
const longText = 12
/** Rows of short texts that are no list of words any more. */
const fewShortRows = 3

/** Values that identify one row or one person. */
const identifying = [
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i,
  /\S+@\S+\.\w+/,
  /^-?\d{7,}$/,
  /^(?=.*\d)(?=.*[a-z])[\w+/=]{20,}$/i,
]
const nilUuid = /^([0-9a-f])\1{7}-(?:\1{4}-){3}\1{12}$/i
/** Columns by which a function reports a refusal. */
const refusing = new Set(['error', 'errors', 'reason', 'detail', 'details', 'hint'])

/**
 * Counts rows of an answer that share no column with the table, hold something, and neither belong to the caller nor look
 * like a refusal: a function may show rows of others under columns of its own. A single row of words may be a refusal;
 * several rows that differ, or a row with an id, an address or a token that the caller does not know, are none.
 */
export function unexplainedRows({ status, rows, value }: Answer, known: Known): number {
  if (status >= 300) return 0
  const elements = elementsOf(rows === null ? value : rows.filter((row) => !known.isOfResource(row)))
  const unexplained = distinct(elements.filter((element) => isUnexplained(element, known)))
  if (unexplained.some((element) => leavesOf(element).some((leaf) => isIdentifying(leaf) && !known.isKnown(leaf)))) {
    return unexplained.length
  }
  const isLong = unexplained.some((element) => leavesOf(element).some((leaf) => leaf.length >= longText))
  return unexplained.length >= (isLong ? 2 : fewShortRows) ? unexplained.length : 0
}

/** Candidates for rows: the members of lists at any depth, and an object that holds no list of rows. */
function elementsOf(value: Json): readonly Json[] {
  if (isList(value)) return value.flatMap((item) => (isList(item) || isObject(item) ? elementsOf(item) : [item]))
  if (!isObject(value)) return []
  const lists = rowListsIn(value)
  return lists.length === 0 ? [value] : lists.flatMap(elementsOf)
}

function rowListsIn(value: JsonObject): readonly Json[] {
  return Object.values(value).flatMap((member) => {
    if (isObject(member)) return rowListsIn(member)
    return isList(member) && member.some((one) => isObject(one) || isList(one)) ? [member] : []
  })
}

function isUnexplained(element: Json, known: Known): boolean {
  if (isObject(element) && refuses(element)) return false
  const leaves = leavesOf(element)
  return leaves.some((leaf) => !known.isKnown(leaf)) && !leaves.some((leaf) => known.isOwn(leaf))
}

function refuses(row: JsonObject): boolean {
  return Object.entries(row).some(
    ([name, value]) => value === false || (value !== null && refusing.has(name.toLowerCase())),
  )
}

function isIdentifying(leaf: string): boolean {
  return !nilUuid.test(leaf) && identifying.some((pattern) => pattern.test(leaf))
}

/** The texts and numbers of a row; a truth value, null and an empty text show nothing. */
function leavesOf(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(leavesOf)
  if (isObject(value)) return Object.values(value).flatMap(leavesOf)
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const text = String(value).trim()
  return text === '' ? [] : [text]
}

/** Rows that are alike show the caller no more than one of them. */
function distinct(elements: readonly Json[]): readonly Json[] {
  return [...new Map(elements.map((element) => [JSON.stringify(leavesOf(element)), element])).values()]
}
