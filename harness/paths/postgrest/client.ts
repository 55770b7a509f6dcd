import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { readUpTo, reasonOf } from '../../answer-body.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { type Call, markHeader } from '../path.ts'
import { type OutgoingRequest, sendRequest } from '../transport.ts'
import { UnopenedSocket } from './unopened-socket.ts'

/** One request as it left, before any answer. */
export interface SentExchange {
  readonly method: string
  readonly url: string
  readonly sent: Headers
  readonly body: string | null
}

/** One request and its response as they were transferred, before supabase-js interprets them. */
export interface Exchange extends SentExchange {
  readonly status: number
  readonly received: Headers
  /** Null when the body was too long to be read. */
  readonly text: string | null
}

/** The recorded parts of one request. */
interface RecordedRequest {
  /** Headers that the matrix gives. */
  readonly given: Readonly<Record<string, string>>
  /** Sent as a further header, which is no part of the operation's request. */
  readonly mark: string | undefined
  departure: SentExchange | null
  exchange: Exchange | null
  failure: string | null
}

/** The signal of a request stays with it through supabase-js, so it identifies the response of the request. */
const traces = new WeakMap<AbortSignal, RecordedRequest>()
const untraced = new AbortController().signal
/** Milliseconds; above every statement timeout of the API roles. */
const defaultTimeoutMs = 30_000
const clients = new WeakMap<ActorSession | PrivilegedSession, SupabaseClient>()

/**
 * @returns the supabase-js client that carries this caller's own credential, and no other. One per caller, so that
 *   connections are reused.
 */
export function clientOf(caller: ActorSession | PrivilegedSession): SupabaseClient {
  const known = clients.get(caller)
  if (known !== undefined) return known
  const client = open(caller)
  clients.set(caller, client)
  return client
}

/**
 * Sends the request that `request` builds and keeps the exchange as it was transferred.
 *
 * @param request gives the signal to the request that it builds.
 * @param call the attempt's id, for the database to mark the transaction with, and the headers that the matrix gives.
 * @returns the exchange; or, when no answer came, the request and the reason: `timeout`, `ECONNRESET` and the like.
 */
export async function exchange(
  request: (signal: AbortSignal) => PromiseLike<{ error: unknown }>,
  { mark, headers = {} }: Pick<Call, 'mark' | 'headers'> = {},
): Promise<Exchange | { readonly departure: SentExchange | null; readonly why: string }> {
  const trace: RecordedRequest = { mark, given: headers, departure: null, exchange: null, failure: null }
  const { signal } = new AbortController()
  traces.set(signal, trace)
  const result = await request(signal)
  return trace.exchange ?? { departure: trace.departure, why: trace.failure ?? failureText(result.error) }
}

function open(caller: ActorSession | PrivilegedSession): SupabaseClient {
  const apiKey = caller.kind === 'actor' ? caller.apiKey : caller.secretKey
  const token = caller.kind === 'actor' ? caller.token : null
  return createClient(caller.url, apiKey ?? 'left-out', {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(token === null ? {} : { accessToken: async () => token }),
    global: { fetch: recorded(apiKey === null, token === null, caller.patience ?? defaultTimeoutMs) },
    realtime: { transport: UnopenedSocket },
  })
}

/**
 * A fetch that records, and that leaves out the API key where the actor does. It follows no redirect, ends at the response
 * timeout, and reads a body up to the limit.
 */
function recorded(withoutKey: boolean, withoutToken: boolean, patience: number): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    if (withoutKey) headers.delete('apikey')
    if (withoutKey && withoutToken) headers.delete('authorization')
    const trace = traces.get(init?.signal ?? untraced)
    for (const [name, value] of Object.entries(trace?.given ?? {})) headers.set(name, value)
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const body = typeof init?.body === 'string' ? init.body : null
    const departure = { method: init?.method ?? 'GET', url, sent: headers, body }
    if (trace !== undefined) trace.departure = departure
    const marked = new Headers(headers)
    if (trace?.mark !== undefined) marked.set(markHeader, trace.mark)
    const {
      status,
      headers: received,
      text,
    } = await answered({ ...departure, headers: marked, patience }).catch((error: unknown) => {
      if (trace !== undefined) trace.failure = reasonOf(error)
      throw error
    })
    if (trace !== undefined) trace.exchange = { ...departure, status, received, text }
    const bodiless = status === 204 || status === 205 || status === 304
    return new Response(bodiless ? null : (text ?? ''), { status, headers: received })
  }
}

const decoder = new TextDecoder()

async function answered(parcel: OutgoingRequest) {
  const { status, headers, body } = await sendRequest(parcel, (stream) => readUpTo(stream))
  return { status, headers, text: body === null ? null : decoder.decode(body) }
}

function failureText(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
  return 'no answer came'
}
