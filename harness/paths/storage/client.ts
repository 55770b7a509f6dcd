import { createHash } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { reasonOf } from '../../answer-body.ts'
import type { Json } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { type Call, markHeader, type SentRequest } from '../path.ts'
import { UnopenedSocket } from '../postgrest/unopened-socket.ts'
import { literalPath, type OutgoingRequest, sendRequest } from '../transport.ts'
import { type Bytes, readBytes } from './bytes.ts'

/** A session, with the mark and the headers of the attempt that it is making. */
export type Caller = (ActorSession | PrivilegedSession) & Pick<Call, 'mark' | 'headers'>
type StorageClient = ReturnType<typeof createClient>['storage']

/** One request and its response, or why there is none. */
export type Exchange = Answered | NoAnswer

export interface Answered {
  readonly request: SentRequest
  readonly status: number
  readonly headers: Headers
  readonly body: Bytes
}

interface NoAnswer {
  readonly request: SentRequest
  readonly status: 0
  readonly why: string
}

/**
 * Given to supabase-js in place of an object's name. supabase-js cuts and cleans names before it sends them, which an
 * attacker's client would not: the name takes the place of this in the address that leaves.
 */
export const namePlaceholder = 'name-of-the-object'

/** Bytes of an answer that is a list of objects: far more than a page of them needs. */
const enoughForLists = 32 * 1024 * 1024

export interface ClientOptions {
  /** The name in the address, unchanged, in place of supabase-js's stand-in. */
  readonly name?: string
  /** The largest body, in bytes, that is kept; longer ones are known by size and digest. */
  readonly keep?: number
}

const unsent: SentRequest = { method: '', path: '', headers: {}, body: null }

/**
 * Has supabase-js send one request with this caller's own credential and no other, and keeps the exchange as it was transferred.
 *
 * @param ask sends exactly one request; the value that it returns or throws is supabase-js's interpretation, and is not used.
 */
export async function sendWithClient(
  caller: Caller,
  ask: (storage: StorageClient) => PromiseLike<unknown>,
  { name, keep = enoughForLists }: ClientOptions = {},
): Promise<Exchange> {
  let exchange: Exchange = { request: unsent, status: 0, why: 'nothing was sent' }
  const recorded: typeof fetch = async (input, init) => {
    const url = addressOf(input, name)
    const parcel = { method: init?.method ?? 'GET', url, headers: ownHeaders(caller, init), body: bodyOf(init) }
    exchange = await sent({ ...parcel, patience: timeoutOf(caller) }, keep)
    if (!('body' in exchange)) throw new Error(exchange.why)
    const { status, headers, body } = exchange
    const bodiless = status === 204 || status === 205 || status === 304
    return new Response(bodiless || body.kept === null ? null : new Uint8Array(body.kept), { status, headers })
  }
  try {
    await ask(clientOf(caller, recorded))
  } catch (error) {
    // supabase-js's own error matters only when nothing was sent: then it says why.
    if (exchange.request === unsent) exchange = { request: unsent, status: 0, why: reasonOf(error) }
  }
  return exchange
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | null
  /** As of `TalkOptions`. */
  readonly keep?: number
}

/** Sends one request that supabase-js has no method for, with this caller's own credential. */
export function sendDirectly(
  caller: Caller,
  method: string,
  route: string,
  { headers: own = {}, body = null, keep = enoughForLists }: SendOptions = {},
): Promise<Exchange> {
  const key = caller.kind === 'actor' ? caller.apiKey : caller.secretKey
  const token = (caller.kind === 'actor' ? caller.token : null) ?? key
  const headers = new Headers(own)
  if (key !== null) headers.set('apikey', key)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  giveHeaders(caller, headers)
  const url = `${caller.url}/storage/v1${route}`
  return sent({ method, url, headers, body, patience: timeoutOf(caller) }, keep)
}

/** Sends one request whose headers hold the caller's credential already, with the mark of the attempt. */
export function sendTo(
  caller: Caller,
  { headers, ...parcel }: Omit<OutgoingRequest, 'patience'>,
  keep = enoughForLists,
): Promise<Exchange> {
  if (caller.mark !== undefined) headers.set(markHeader, caller.mark)
  return sent({ ...parcel, headers, patience: timeoutOf(caller) }, keep)
}

/** @returns a caller that knows the address and has no credential. */
export function withoutCredential(caller: Caller): Caller {
  return {
    kind: 'actor',
    actor: 'nobody',
    actorKind: 'anon',
    user: null,
    credential: 'intact',
    url: caller.url,
    apiKey: null,
    token: null,
    patience: timeoutOf(caller),
    ...(caller.mark === undefined ? {} : { mark: caller.mark }),
  }
}

/** Milliseconds; Storage's own statement timeout is 30 seconds. */
function timeoutOf({ patience = 30_000 }: Caller): number {
  return patience
}

function clientOf(caller: Caller, recorded: typeof fetch): StorageClient {
  const key = caller.kind === 'actor' ? caller.apiKey : caller.secretKey
  const token = caller.kind === 'actor' ? caller.token : null
  return createClient(caller.url, key ?? 'left-out', {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(token === null ? {} : { accessToken: async () => token }),
    global: { fetch: recorded },
    realtime: { transport: UnopenedSocket },
  }).storage
}

function addressOf(input: string | URL | Request, name: string | undefined): string {
  const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
  return name === undefined ? url : url.replace(`/${namePlaceholder}`, () => `/${name}`)
}

/** Leaves out the API key where the actor does. */
function ownHeaders(caller: Caller, init: RequestInit | undefined): Headers {
  const headers = new Headers(init?.headers)
  if (caller.kind === 'actor' && caller.apiKey === null) {
    headers.delete('apikey')
    if (caller.token === null) headers.delete('authorization')
  }
  giveHeaders(caller, headers)
  return headers
}

function giveHeaders({ mark, headers: given = {} }: Caller, headers: Headers): void {
  for (const [name, value] of Object.entries(given)) headers.set(name, value)
  if (mark !== undefined) headers.set(markHeader, mark)
}

function bodyOf(init: RequestInit | undefined): string | Uint8Array | null {
  const body = init?.body
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (body === undefined || body === null) return null
  throw new Error('this access path sends texts and bytes only')
}

async function sent(parcel: OutgoingRequest, keep: number): Promise<Exchange> {
  const request = sentRequest(parcel)
  try {
    return { request, ...(await sendRequest(parcel, (stream) => readBytes(stream, keep))) }
  } catch (error) {
    return { request, status: 0, why: reasonOf(error) }
  }
}

/** Request headers that change what a request means. */
const meaningful = [
  'x-upsert',
  'content-type',
  'cache-control',
  'range',
  'x-metadata',
  'upload-length',
  'upload-metadata',
  'upload-offset',
  'x-amz-copy-source',
]

function sentRequest({ method, url, headers, body }: OutgoingRequest): SentRequest {
  return {
    method,
    // The token of a signed URL is a credential.
    path: literalPath(url).replace(/([?&]token=)[^&]*/g, '$1…'),
    headers: Object.fromEntries(
      meaningful.flatMap((name) => {
        const value = headers.get(name)
        return value === null ? [] : [[name, value]]
      }),
    ),
    body: describedBody(body),
  }
}

function describedBody(body: string | Uint8Array | null): Json {
  if (body === null) return null
  if (typeof body === 'string') return parseJson(body)
  return { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}
