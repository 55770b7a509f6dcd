import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import { emptyAnswer } from '../empty-answer.ts'
import { stableHeaders } from '../headers.ts'
import type { Answer } from '../path.ts'
import type { Answered, Exchange } from './client.ts'

/**
 * Storage's error envelope (storage-error.ts): the status that counts is a text in the body, beside an HTTP status of
 * 400. `code` is there since July 2026. The gateway's own errors hold a message alone.
 */
const errorSchema = z.object({
  statusCode: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .catch(null),
  error: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  code: z.string().nullish().catch(null),
})

/**
 * Makes an answer of an exchange.
 *
 * @param startedAt `performance.now()` when the attempt began.
 * @param rows the rows of the answer; null when it showed none.
 */
export function answerOf(exchange: Exchange, startedAt: number, rows: readonly JsonObject[] | null = null): Answer {
  const durationMs = performance.now() - startedAt
  if (!('body' in exchange)) {
    const failure = exchange.why === 'timeout' ? 'timeout' : 'network'
    return { ...silence, request: exchange.request, message: exchange.why, failure, durationMs }
  }
  const error = errorIn(exchange)
  return {
    ...silence,
    request: exchange.request,
    status: exchange.status,
    code: error?.code ?? null,
    message: error?.message ?? null,
    details: error === null ? null : [error.statusCode, error.error].filter(Boolean).join(' ') || null,
    headers: stableHeaders(exchange.headers),
    ...textOf(exchange),
    rows: exchange.status < 300 ? rows : null,
    durationMs,
  }
}

/** The body where it is text. The bytes of an object are identified by its row instead; a refusal may have any type. */
function textOf({ status, headers, body }: Answered): Pick<Answer, 'body'> {
  const isText = status >= 300 || /\b(?:json|text|xml)\b/.test(headers.get('content-type') ?? '')
  return isText && body.kept !== null && body.kept.length > 0 ? { body: body.kept.toString('utf8') } : {}
}

/**
 * Adds the bodies of exchanges to the contents of an answer besides its rows: a row holds only columns that a matrix can name,
 * and the service may return more.
 *
 * @param exchanges by their place: `body`, `page 2`, `signing`.
 */
export function withBodies(answer: Answer, exchanges: Readonly<Record<string, Exchange>>): Answer {
  const besides = Object.entries(exchanges).flatMap(([at, exchange]) => {
    const { body } = 'body' in exchange ? textOf(exchange) : {}
    return body === undefined ? [] : [{ at, text: body }]
  })
  return besides.length === 0 ? answer : { ...answer, besides: [...(answer.besides ?? []), ...besides] }
}

/** @returns the places of the pages of a list. */
export function pagesByPlace(pages: readonly Exchange[]): Readonly<Record<string, Exchange>> {
  return Object.fromEntries(pages.map((page, n) => [`page ${n + 1}`, page]))
}

const silence = {
  status: 0,
  ...emptyAnswer,
} as const

/** @returns an answer that should have been JSON of some shape and is not. */
export function unreadable(exchange: Exchange, startedAt: number): Answer {
  return { ...answerOf(exchange, startedAt), failure: 'not-json' }
}

/** The text in `details` of an answer that brought other bytes than those of the fixture. */
export const otherBytes = "the bytes are not the fixture's"

/** The status that counts: the one in the body where there is one (`details` begins with it). */
export function statusOf({ status, details }: Pick<Answer, 'status' | 'details'>): number {
  const inBody = /^\d{3}\b/.exec(details ?? '')?.[0]
  return inBody === undefined ? status : Number(inBody)
}

/** @returns true when the service carried the request out. */
export function succeeded(exchange: Exchange): exchange is Answered {
  return exchange.status >= 200 && exchange.status < 300
}

/** @returns the body as JSON; undefined when it is none. */
function jsonOf({ body }: Answered): Json | undefined {
  if (body.kept === null) return undefined
  try {
    return parseJson(body.kept.toString('utf8'))
  } catch {
    return undefined
  }
}

/** @returns the body where it is a list of objects. */
export function listOf(exchange: Answered): readonly JsonObject[] | undefined {
  const body = jsonOf(exchange)
  return isList(body) && body.every(isObject) ? body.filter(isObject) : undefined
}

/** @returns the body where it is an object. */
export function objectOf(exchange: Answered): JsonObject | undefined {
  const body = jsonOf(exchange)
  return isObject(body) ? body : undefined
}

function errorIn(exchange: Answered): z.infer<typeof errorSchema> | null {
  if (exchange.status < 300) return null
  const parsed = errorSchema.safeParse(jsonOf(exchange))
  return parsed.success ? parsed.data : null
}
