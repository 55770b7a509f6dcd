import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'
import { withoutForeignRows } from './foreign-rows.ts'

/** Shorter values also occur in the answer's fixed text, so they are not replaced. */
const shortestIdentifying = 3

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
/** The nil uuid and its like are chosen, and no generated one looks like them. */
const chosenUuid = /^([0-9a-f])\1{7}-(?:\1{4}-){3}\1{12}$/i
const time = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g
/** Milliseconds: a time this close to the comparison is the clock's. */
const aboutNow = 24 * 60 * 60 * 1000

/** One of two attempts that should look the same. */
export interface Side {
  readonly answer: Answer
  /** The body of the request: its values are no difference when the answer repeats them. */
  readonly body: JsonObject
  /** As of the body. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Finds values of the run's own rows in a text. */
export interface RowValues {
  spansIn(text: string): readonly { readonly from: number; readonly to: number }[]
}

const nothingKnown: RowValues = { spansIn: () => [] }

/** A part of an answer: as it is compared, and as a record may show it. */
interface Part {
  readonly compared: string
  readonly shown: string
}

/**
 * Finds how two answers differ in everything that an actor can see: status, code, message, details, hint, headers and body. Only
 * values that have to differ are left out of the comparison: those of the own request, generated uuids, the clock's times, and
 * the numbers of rows that were just created. A value of one of the run's rows that the request does not hold differs from a
 * value that was made up.
 *
 * @returns the differences in words, without values of other people; empty when there are none.
 */
export function differencesBetween(one: Side, other: Side, known: RowValues = nothingKnown): readonly string[] {
  const left = visible(one, known)
  const right = visible(other, known)
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return names
    .filter((name) => left[name]?.compared !== right[name]?.compared)
    .map((name) => {
      const [first, second] = [left[name]?.shown ?? 'absent', right[name]?.shown ?? 'absent']
      return `${name} is ${first} and ${first === second ? `another ${second}` : second}`
    })
}

function visible({ answer, body, headers = {} }: Side, known: RowValues): Readonly<Record<string, Part>> {
  const given = { ...body, headers: { ...headers } }
  const numbers = numbersIn(given)
  const own = ownValuesOf(given)
  const clean = (text: string) => withoutOwnNumbers(withoutOwnValues(text, own, known), numbers)
  const rows = String(answer.rows?.length ?? 'none')
  const parts: Record<string, Part> = { status: plain(String(answer.status)), rows: plain(rows) }
  const sent = JSON.stringify(body)
  if (answer.code !== null) parts.code = plain(clean(answer.code))
  for (const name of ['message', 'details', 'hint'] as const) {
    const text = answer[name]
    if (text !== null) parts[name] = { compared: clean(text), shown: clean(withoutForeignRows(text, known, sent)) }
  }
  const isCreated = answer.status === created
  for (const [name, value] of Object.entries(answer.headers)) {
    const cleaned = clean(value)
    parts[`header ${name}`] = plain(isCreated && name === 'location' ? cleaned.replace(/\d+/g, '‹number›') : cleaned)
  }
  const content = answer.rows ?? answer.value
  if (content !== null) {
    const compared = shapeOf(content, clean, isCreated)
    parts.body = { compared, shown: shapeOf(content, (text) => withoutWords(clean(text)), isCreated) }
  }
  if (answer.count !== null) parts.count = plain(String(answer.count))
  return parts
}

function plain(text: string): Part {
  return { compared: text, shown: text }
}

const created = 201

/** The body as text, without the values that differ between requests. */
function shapeOf(value: Json, clean: (text: string) => string, withoutNumbers: boolean): string {
  if (isList(value)) return `[${value.map((item) => shapeOf(item, clean, withoutNumbers)).join(', ')}]`
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, item]) => `${key}: ${shapeOf(item, clean, withoutNumbers)}`).join(', ')}}`
  }
  if (typeof value === 'number' && withoutNumbers) return '‹number›'
  return typeof value === 'string' ? clean(value) : typeof value === 'number' ? clean(String(value)) : String(value)
}

/** A text of the body may be another person's: the record says that it is a text. */
function withoutWords(text: string): string {
  return /^(?:‹[^›]*›|-?[\d.]+|[0-]+)?$/.test(text) ? text : '‹text›'
}

function withoutOwnValues(text: string, own: readonly string[], known: RowValues): string {
  let clean = text
  for (const value of own) clean = clean.replaceAll(value, '‹value›')
  clean = withoutKnown(clean, known)
  clean = clean.replace(uuid, (found) => (chosenUuid.test(found) ? found : '‹uuid›'))
  return clean.replace(time, (found) => (isAboutNow(found) ? '‹time›' : found))
}

/** A value of a row of the run that the request does not hold. */
function withoutKnown(text: string, known: RowValues): string {
  let clean = ''
  let from = 0
  for (const span of known.spansIn(text)) {
    clean += `${text.slice(from, span.from)}‹a value of a fixture›`
    from = span.to
  }
  return clean + text.slice(from)
}

function isAboutNow(text: string): boolean {
  const at = Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isFinite(at) && Math.abs(at - Date.now()) < aboutNow
}

function withoutOwnNumbers(text: string, numbers: ReadonlySet<string>): string {
  return text.replace(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g, (digits) => (numbers.has(digits) ? '‹value›' : digits))
}

/** Longest first, as they are and as an address encodes them. */
function ownValuesOf(body: JsonObject): readonly string[] {
  const values = stringsIn(body)
  const encoded = values.map((value) => encodeURIComponent(value.replace(/\p{Cs}/gu, '\ufffd')))
  const forms = new Set([...values, ...encoded])
  return [...forms].sort((one, other) => other.length - one.length)
}

function stringsIn(value: Json): string[] {
  if (typeof value === 'string') return value.length >= shortestIdentifying ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}

function numbersIn(value: Json): ReadonlySet<string> {
  if (typeof value === 'number') return new Set([String(value)])
  if (typeof value !== 'object' || value === null) return new Set()
  return new Set(Object.values(value).flatMap((item: Json) => [...numbersIn(item)]))
}
