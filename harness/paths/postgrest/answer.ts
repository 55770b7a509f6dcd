import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import { stableHeaders } from '../headers.ts'
import type { Answer, SentRequest } from '../path.ts'
import type { Exchange, SentExchange } from './client.ts'

/** Request headers that change what a request means. */
const meaningfulRequestHeaders = ['prefer', 'accept', 'range', 'accept-profile', 'content-profile']

/**
 * PostgREST's error envelope (references/errors). `details` may be a list, as the candidates of an ambiguous name are.
 * The gateway's own errors hold only a message and a hint, and those of other services a number for a code.
 */
const errorSchema = z.object({
  code: z.string().nullish().catch(null),
  message: z.json().nullish().transform(asText),
  details: z.json().nullish().transform(asText),
  hint: z.json().nullish().transform(asText),
})

/**
 * Makes an answer of a raw exchange.
 *
 * @param startedAt `performance.now()` when the request was made.
 */
export function answerOf(raw: Exchange, startedAt: number): Answer {
  const body = bodyIn(raw)
  const failed = raw.status >= 300
  const envelope = failed ? errorSchema.safeParse(body) : null
  const error = envelope?.success === true ? envelope.data : null
  const rows = failed || raw.method === 'HEAD' ? null : rowsOf(body, raw)
  return {
    request: sentRequest(raw),
    status: raw.status,
    code: error?.code ?? codeFromHeader(raw.received),
    message: error?.message ?? null,
    details: error?.details ?? null,
    hint: error?.hint ?? null,
    headers: stableHeaders(raw.received),
    rows,
    value: rows === null && !failed && body !== undefined ? body : null,
    count: countOf(raw.received),
    ...(raw.text === null || raw.text === '' ? {} : { body: raw.text }),
    failure: raw.text === null ? 'too-long' : body === undefined ? 'not-json' : null,
    durationMs: performance.now() - startedAt,
  }
}

/** @returns the answer for a request that got none. */
export function noAnswer(departure: SentExchange | null, why: string, startedAt: number): Answer {
  return {
    request: departure === null ? { method: '', path: '', headers: {}, body: null } : sentRequest(departure),
    status: 0,
    code: null,
    message: why,
    details: null,
    hint: null,
    headers: {},
    rows: null,
    value: null,
    count: null,
    failure: why === 'timeout' ? 'timeout' : 'network',
    durationMs: performance.now() - startedAt,
  }
}

/** @returns undefined for a body that could not be read, and for one that was announced and is not there. */
function bodyIn({ text, method, received }: Exchange): Json | undefined {
  if (text === null) return undefined
  const announced = /\bjson\b/.test(received.get('content-type') ?? '')
  return text === '' && announced && method !== 'HEAD' ? undefined : parse(text)
}

/** @returns parsed JSON, null for an empty body, undefined when it is no JSON. */
function parse(text: string): Json | undefined {
  if (text === '') return null
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function rowsOf(body: Json | undefined, raw: Exchange): readonly JsonObject[] | null {
  const single = raw.received.get('content-type')?.startsWith('application/vnd.pgrst.object') === true
  if (single) return isObject(body) ? [body] : null
  return isList(body) && body.every(isObject) ? body.filter(isObject) : null
}

function asText(value: Json | undefined): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * A failed HEAD has no body; since PostgREST 13 the code is in `Proxy-Status: PostgREST; error=…`. Proxies in between may add
 * members of their own, whose errors are not the service's.
 */
function codeFromHeader(headers: Headers): string | null {
  return /\bPostgREST\s*;\s*error="?(\w*)/.exec(headers.get('proxy-status') ?? '')?.[1] ?? null
}

/** The total after the slash of `Content-Range: 0-24/3573`; `*` when no count was requested. */
function countOf(headers: Headers): number | null {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
  return total === undefined ? null : Number(total)
}

function sentRequest(raw: SentExchange): SentRequest {
  const { pathname, search } = new URL(raw.url)
  return {
    method: raw.method,
    path: `${pathname}${search}`,
    headers: pick(raw.sent, meaningfulRequestHeaders),
    body: raw.body === null ? null : (parse(raw.body) ?? null),
  }
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) picked[name] = value
  }
  return picked
}
