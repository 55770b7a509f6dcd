import pLimit from 'p-limit'
import { bodyOf, reasonOf } from '../../answer-body.ts'
import { TrespassError } from '../../errors.ts'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import { withBackoff } from '../../limits/backoff.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import { RefusedStatement } from '../connection.ts'

/** Milliseconds until a request counts as unanswered; the platform ends a secret key's statements after a minute. */
const platformTimeoutMs = 60_000

/** Requests under way at once: the Data API has few connections of its own. */
const atOnce = 6

/** One request of the witness. */
interface WitnessRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Schema and name of the relation, `public.documents`; or a schema alone for its description. */
  readonly of: string
  readonly query?: URLSearchParams
  readonly prefer?: string
  readonly accept?: string
  readonly body?: Json
}

/** The response to a request that was executed. */
export interface DataApiResponse {
  readonly body: Json
  /** The total of `Content-Range`, where the request asked for one. */
  readonly total: number | null
}

/** Milliseconds that one request may wait in all where the target limits the rate. */
const longestWait = 60_000

/** Speaks to the Data API with the secret key, and to no other host. */
export type Request = (ask: WitnessRequest) => Promise<DataApiResponse>

/**
 * Opens the witness's access to the Data API. It is no access path: its responses are never an outcome.
 *
 * Its requests throw a {@link RefusedStatement} where PostgreSQL refused, else a TrespassError `target-unreachable`,
 * `target-redirects` or `data-api-refused`.
 */
export function openRequests(privileged: PrivilegedSession): Request {
  const limit = pLimit(atOnce)
  return (ask) => limit(() => send(privileged, ask))
}

async function send(
  { url, secretKey, patience = platformTimeoutMs }: PrivilegedSession,
  ask: WitnessRequest,
): Promise<DataApiResponse> {
  const [schema = '', name] = splitName(ask.of)
  const address = new URL(`/rest/v1/${encodeURIComponent(name ?? '')}`, url)
  address.search = ask.query?.toString() ?? ''
  const headers = new Headers({ apikey: secretKey, authorization: `Bearer ${secretKey}` })
  headers.set(ask.method === 'GET' ? 'accept-profile' : 'content-profile', schema)
  if (ask.accept !== undefined) headers.set('accept', ask.accept)
  if (ask.prefer !== undefined) headers.set('prefer', ask.prefer)
  if (ask.body !== undefined) headers.set('content-type', 'application/json')
  const body = ask.body === undefined ? null : JSON.stringify(ask.body)
  const { answer } = await withBackoff(() => exchange(address, { method: ask.method, headers, body }, patience), {
    retryAfterOf: ({ response, told }) =>
      response.status === 429 && !hasCode(told) ? response.headers.get('retry-after') : undefined,
    longestMs: longestWait,
  })
  const { response, bytes, told } = answer
  if (response.status >= 300 && response.status < 400) throw redirected()
  if (bytes === null) throw tooLong(ask.of)
  if (!response.ok) throw refused(response.status, told, ask.of)
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  return { body: told, total: total === undefined ? null : Number(total) }
}

async function exchange(address: URL, init: RequestInit, patience: number) {
  const signal = AbortSignal.timeout(patience)
  const response = await fetch(address, { ...init, redirect: 'manual', signal }).catch(lost)
  const bytes = await bodyOf(response).catch(lost)
  return { response, bytes, told: bytes === null ? null : parsed(Buffer.from(bytes).toString()) }
}

/** PostgREST's own responses have a code; those of a limiter in front of it have none, and then the request was not executed. */
function hasCode(told: Json): boolean {
  return isObject(told) && typeof told.code === 'string'
}

/** @returns the rows of an answer. @throws TrespassError `data-api-refused` when it holds something else. */
export function rowsOf({ body }: DataApiResponse): readonly JsonObject[] {
  if (isList(body) && body.every(isObject)) return body
  throw new TrespassError('data-api-refused', 'the Data API answered the witness with something else than rows')
}

/** `public.odd.name` → `public`, `odd.name`. */
function splitName(name: string): readonly [schema: string, name?: string] {
  const at = name.indexOf('.')
  return at < 0 ? [name] : [name.slice(0, at), name.slice(at + 1)]
}

function parsed(text: string): Json {
  try {
    return text === '' ? null : parseJson(text)
  } catch {
    return null
  }
}

function refused(status: number, body: Json, of: string): TrespassError {
  const { code, message, details, hint } = isObject(body) ? body : {}
  const said = typeof message === 'string' ? message : 'no reason'
  if (code === '42501') {
    return new TrespassError('not-granted', `the secret key has no right to ${of}: ${said} (42501)`, {
      hint: 'Grant it to service_role, or set TRESPASS_DATABASE_URL: the database itself shows and takes every row.',
    })
  }
  // An SQLSTATE has five characters; codes of PostgREST begin with PGRST and go on.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    return new RefusedStatement(code, typeof details === 'string' ? `${said}: ${details}` : said)
  }
  const all = [code, said, hint].filter((part) => typeof part === 'string').join(' ')
  return new TrespassError('data-api-refused', `the Data API answered ${status} for ${of}: ${all}`)
}

function redirected(): TrespassError {
  const hint = 'Set TRESPASS_URL to the final address of the project. Keys are not sent along a redirect.'
  return new TrespassError('target-redirects', 'the Data API redirects to another address', { hint })
}

/** The error that `fetch` throws names the host. */
function lost(error: unknown): never {
  throw new TrespassError('target-unreachable', `the Data API did not answer the witness (${reasonOf(error)})`)
}

function tooLong(of: string): TrespassError {
  return new TrespassError('data-api-refused', `the Data API answered for ${of} with more than is taken`)
}
