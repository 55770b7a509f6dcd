import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { ActorSession, PrivilegedSession } from '../../actors/session.ts'
import { Unopened } from './unopened.ts'

/** One request as it left, before any answer. */
export interface Departure {
  readonly method: string
  readonly url: string
  readonly sent: Headers
  readonly body: string | null
}

/** What went over the wire in one request, before supabase-js reads its own meaning into it. */
export interface Exchange extends Departure {
  readonly status: number
  readonly received: Headers
  readonly text: string
}

/** What became of one request. */
interface Trace {
  departure: Departure | null
  exchange: Exchange | null
}

/** Milliseconds after which a request counts as unanswered; above every statement timeout of the API roles. */
const answerTimeout = 30_000

/** The signal of a request goes with it through supabase-js, and tells whose answer it is that comes back. */
const traces = new WeakMap<AbortSignal, Trace>()
const untraced = new AbortController().signal
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
 * Sends what `request` builds and keeps the exchange as it went over the wire.
 *
 * @param request gives the signal to the request that it builds; it is aborted when an answer takes too long.
 * @returns the exchange; or, when no answer came, what was sent and why.
 */
export async function exchange(
  request: (signal: AbortSignal) => PromiseLike<{ error: unknown }>,
): Promise<Exchange | { readonly departure: Departure | null; readonly why: string }> {
  const trace: Trace = { departure: null, exchange: null }
  const signal = AbortSignal.timeout(answerTimeout)
  traces.set(signal, trace)
  const result = await request(signal)
  return trace.exchange ?? { departure: trace.departure, why: failureText(result.error) }
}

function open(caller: ActorSession | PrivilegedSession): SupabaseClient {
  const apiKey = caller.kind === 'actor' ? caller.apiKey : caller.secretKey
  const token = caller.kind === 'actor' ? caller.token : null
  return createClient(caller.url, apiKey ?? 'left-out', {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(token === null ? {} : { accessToken: async () => token }),
    global: { fetch: recorded(apiKey === null, token === null) },
    realtime: { transport: Unopened },
  })
}

/** A fetch that records, and that leaves out the API key where the actor does. */
function recorded(withoutKey: boolean, withoutToken: boolean): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    if (withoutKey) headers.delete('apikey')
    if (withoutKey && withoutToken) headers.delete('authorization')
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const body = typeof init?.body === 'string' ? init.body : null
    const departure = { method: init?.method ?? 'GET', url, sent: headers, body }
    const trace = traces.get(init?.signal ?? untraced)
    if (trace !== undefined) trace.departure = departure
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    const text = await response.text()
    if (trace !== undefined) {
      trace.exchange = { ...departure, status: response.status, received: response.headers, text }
    }
    const bodiless = response.status === 204 || response.status === 205 || response.status === 304
    return new Response(bodiless ? null : text, { status: response.status, headers: response.headers })
  }
}

function failureText(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
  return 'no answer came'
}
