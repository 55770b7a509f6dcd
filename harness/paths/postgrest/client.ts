import { AsyncLocalStorage } from 'node:async_hooks'
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

const traces = new AsyncLocalStorage<Trace>()
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
 * @returns the exchange; or, when no answer came, what was sent and why.
 */
export async function exchange(
  request: () => PromiseLike<{ error: unknown }>,
): Promise<Exchange | { readonly departure: Departure | null; readonly why: string }> {
  const trace: Trace = { departure: null, exchange: null }
  const result = await traces.run(trace, async () => await request())
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
    const trace = traces.getStore()
    if (trace !== undefined) trace.departure = departure
    const signal = AbortSignal.timeout(answerTimeout)
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal })
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
