import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'

/** Shorter values stand in too many places to be told from the answer's own words. */
const shortestTelling = 3

const volatile: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '‹uuid›'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g, '‹time›'],
]

/** One of two attempts that should look the same. */
export interface Side {
  readonly answer: Answer
  /** What was sent: its values are no difference when the answer repeats them. */
  readonly body: JsonObject
}

/**
 * Tells how two answers differ in what an actor can see: status, code, message, details, hint, headers and body. Values
 * of the own request, uuids and times are left out of the comparison, and the numbers of rows that were just created.
 *
 * @returns the differences in words, empty when there are none.
 */
export function differencesBetween(one: Side, other: Side): readonly string[] {
  const left = visible(one)
  const right = visible(other)
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return names
    .filter((name) => left[name] !== right[name])
    .map((name) => `${name} is ${left[name] ?? 'absent'} and ${right[name] ?? 'absent'}`)
}

function visible({ answer, body }: Side): Readonly<Record<string, string>> {
  const numbers = numbersIn(body)
  const clean = (text: string): string => withoutOwnNumbers(withoutOwnValues(text, body), numbers)
  const parts: Record<string, string> = { status: String(answer.status), rows: String(answer.rows?.length ?? 'none') }
  for (const name of ['code', 'message', 'details', 'hint'] as const) {
    const text = answer[name]
    if (text !== null) parts[name] = clean(text)
  }
  for (const [name, value] of Object.entries(answer.headers)) parts[`header ${name}`] = withoutOwnValues(value, body)
  const content = answer.rows ?? answer.value
  if (content !== null) parts.body = shapeOf(content, clean, answer.status === created)
  if (answer.count !== null) parts.count = String(answer.count)
  return parts
}

const created = 201

/** The body as text, without what differs from one request to the next. */
function shapeOf(value: Json, clean: (text: string) => string, withoutNumbers: boolean): string {
  if (isList(value)) return `[${value.map((item) => shapeOf(item, clean, withoutNumbers)).join(', ')}]`
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, item]) => `${key}: ${shapeOf(item, clean, withoutNumbers)}`).join(', ')}}`
  }
  return typeof value === 'number' && withoutNumbers ? '‹number›' : clean(String(value))
}

function withoutOwnValues(text: string, body: JsonObject): string {
  let clean = text
  for (const value of stringsIn(body).sort((one, other) => other.length - one.length)) {
    clean = clean.replaceAll(value, '‹value›')
  }
  for (const [pattern, name] of volatile) clean = clean.replace(pattern, name)
  return clean
}

function withoutOwnNumbers(text: string, numbers: ReadonlySet<string>): string {
  return text.replace(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g, (digits) => (numbers.has(digits) ? '‹value›' : digits))
}

function stringsIn(value: Json): string[] {
  if (typeof value === 'string') return value.length >= shortestTelling ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}

function numbersIn(value: Json): ReadonlySet<string> {
  if (typeof value === 'number') return new Set([String(value)])
  if (typeof value !== 'object' || value === null) return new Set()
  return new Set(Object.values(value).flatMap((item: Json) => [...numbersIn(item)]))
}
