import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import { emptyAnswer } from '../empty-answer.ts'
import { stableHeaders } from '../headers.ts'
import type { Answer, SentRequest } from '../path.ts'

/** What came over the wire. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  /** Null when the body was too long to be read. */
  readonly text: string | null
}

/**
 * How a team's own code may describe an error: at the top or below `error`, with PostgREST's names where it hands on what
 * supabase-js gave it.
 */
const errorSchema = z.object({
  code: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  msg: z.string().nullish().catch(null),
  error: z.string().nullish().catch(null),
  details: z.string().nullish().catch(null),
  hint: z.string().nullish().catch(null),
})

/** Reads what a response pattern needs from an answer. */
export function answerOf(request: SentRequest, received: Received, durationMs: number): Answer {
  const { status, headers, text } = received
  const body = text === null ? undefined : bodyIn(text, headers)
  const isRefused = status >= 400
  const error = isRefused ? errorIn(body) : null
  const cookies = headers.getSetCookie().join('\n')
  const succeeded = status < 300 && body !== undefined
  return {
    request,
    ...emptyAnswer,
    status,
    code: error?.code ?? null,
    message: error?.message ?? error?.msg ?? error?.error ?? null,
    details: error?.details ?? null,
    hint: error?.hint ?? null,
    headers: withoutCookieValues(headers),
    rows: succeeded ? rowsIn(body) : null,
    value: succeeded && !isRowList(body) ? body : null,
    ...(text === null || text === '' ? {} : { body: text }),
    ...(cookies === '' ? {} : { besides: [{ at: 'header set-cookie', text: cookies }] }),
    failure: text === null ? 'too-long' : body === undefined ? 'not-json' : null,
    durationMs,
  }
}

/** @returns undefined for a body that its type announces as JSON and that is none. */
function bodyIn(text: string, headers: Headers): Json | undefined {
  if (text.trim() === '') return null
  const type = headers.get('content-type') ?? ''
  const isJson = /\bjson\b/i.test(type)
  // A page may begin like JSON, and some code forgets to announce it.
  if (!isJson && !/^\s*[[{]/.test(text)) return /^text\/plain\b/i.test(type) ? text : null
  try {
    return parseJson(text)
  } catch {
    return isJson ? undefined : null
  }
}

function errorIn(body: Json | undefined): z.output<typeof errorSchema> | null {
  if (!isObject(body)) return null
  const parsed = errorSchema.safeParse(isObject(body.error) ? body.error : body)
  return parsed.success ? parsed.data : null
}

/** A list of rows, or the lists of rows in an envelope such as `{ data: […], next: … }`. */
function rowsIn(body: Json): readonly JsonObject[] | null {
  if (isRowList(body)) return body
  if (!isObject(body)) return null
  const lists = Object.values(body).filter(isRowList)
  return lists.length === 0 ? null : lists.flat()
}

function isRowList(value: Json | undefined): value is readonly JsonObject[] {
  return isList(value) && value.every(isObject)
}

/** A cookie may be a session. Its name says that one was set. */
function withoutCookieValues(headers: Headers): Record<string, string> {
  const { 'set-cookie': _, ...others } = stableHeaders(headers)
  const names = headers.getSetCookie().map((cookie) => cookie.slice(0, cookie.indexOf('=')))
  return names.length === 0 ? others : { ...others, 'set-cookie': names.sort().join(', ') }
}
