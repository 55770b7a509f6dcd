import { isObject, type Json } from '../json.ts'
import { parseJson } from '../json-text.ts'

/** Finds values of the run's rows in a text. */
interface KnownSpans {
  spansIn(text: string): readonly { readonly from: number; readonly to: number }[]
}

const hiddenText = '‹…›'

/**
 * Keeps the fixed text of a message of the service or the project, and removes the rows of others that it may hold: JSON, a row
 * as PostgreSQL prints it, and values of the run's rows.
 *
 * @param recogniser recognises the values of the run's rows.
 * @param sent the caller's request, which a message may repeat.
 */
export function withoutForeignRows(message: string, recogniser: KnownSpans, sent: string): string {
  const known = sent.toLowerCase()
  const whole = withoutGroups(message)
  let words = ''
  let from = 0
  for (const span of recogniser.spansIn(whole)) {
    if (known.includes(whole.slice(span.from, span.to).toLowerCase())) continue
    words += `${whole.slice(from, span.from)}${hiddenText}`
    from = span.to
  }
  return words + whole.slice(from)
}

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }

/** Removes every row in brackets: a JSON value, or at least three values between commas. */
function withoutGroups(text: string): string {
  let words = ''
  for (let at = 0; at < text.length; at += 1) {
    const open = text[at] ?? ''
    const end = closing[open] === undefined ? -1 : endOf(text, at)
    if (end < 0 || !isRow(text.slice(at, end + 1))) {
      words += open
      continue
    }
    words += open + hiddenText + (closing[open] ?? '')
    at = end
  }
  return words
}

/** @returns where the bracket that opens at a place is closed; -1 when it is not. */
function endOf(text: string, at: number): number {
  const open = text[at] ?? ''
  const close = closing[open]
  let depth = 0
  let quoted = false
  for (let place = at; place < text.length; place += 1) {
    const character = text[place]
    if (character === '\\' && quoted) place += 1
    else if (character === '"') quoted = !quoted
    else if (quoted) continue
    else if (character === open) depth += 1
    else if (character === close) {
      depth -= 1
      if (depth === 0) return place
    }
  }
  return -1
}

function isRow(group: string): boolean {
  if (group.startsWith('(')) {
    return group.split(',').length > 2 && /[0-9a-f]{8}-[0-9a-f]{4}-|\d{4}-\d\d-\d\d|"/i.test(group)
  }
  const value = jsonIn(group)
  return value !== undefined && (isObject(value) ? Object.keys(value).length > 0 : group.length > shortestList)
}

/** A list such as `[1, 2]` may be part of a sentence. */
const shortestList = 16

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
