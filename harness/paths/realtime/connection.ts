import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { bodyOf, reasonOf } from '../../answer-body.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { timeouts } from './timing.ts'
import { type Handshake, transportFor } from './transport.ts'

export type Caller = ActorSession | PrivilegedSession

/** The response to an HTTP request. */
export interface HttpAnswer {
  readonly status: number
  /** Null when it was too long to be read. */
  readonly text: string | null
  readonly headers: Headers
}

const defaultTimeoutMs = 30_000

/**
 * One connection to Realtime that carries the credential of one caller. supabase-js's own reconnect and rejoin are switched off:
 * a lost connection stays lost.
 */
export class Connection {
  readonly client: SupabaseClient
  readonly caller: Caller
  /** Headers that the matrix gives to the handshake and to every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Why the handshake was refused; null when it was not. */
  handshake: Handshake | null = null
  /** The last answer over HTTP; a text with the reason where none came. */
  http: HttpAnswer | string | null = null
  #isLost = false
  #isSpent = false
  #authorised: Promise<void> | null = null
  readonly #watchers = new Set<() => void>()
  readonly #token: string | null

  /** @param token a token in place of the caller's own; such a connection is not reused. */
  constructor(caller: Caller, headers: Readonly<Record<string, string>> = {}, token?: string) {
    this.caller = caller
    this.headers = headers
    this.#isSpent = token !== undefined
    const own = caller.kind === 'actor' ? caller.token : null
    this.#token = token ?? own
    const apiKey = caller.kind === 'actor' ? caller.apiKey : caller.secretKey
    const bearer = this.#token
    const events = { refused: (answer: Handshake) => this.#refused(answer), gone: () => this.#gone() }
    this.client = createClient(caller.url, apiKey ?? 'left-out', {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      ...(bearer === null ? {} : { accessToken: async () => bearer }),
      global: { fetch: this.#fetch(apiKey === null) },
      realtime: { transport: transportFor(events, apiKey === null, headers), timeout: timeouts.message },
    })
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** False for a connection whose token is not the caller's own any more. */
  get isReusable(): boolean {
    return !this.#isLost && !this.#isSpent
  }

  /** Gives the token to the connection before anything is joined. */
  async authorise(): Promise<void> {
    this.#authorised ??= this.client.realtime.setAuth(this.#token)
    await this.#authorised
  }

  /** Sends another token over the open connection, as a client does after a refresh. */
  async renew(token: string): Promise<void> {
    this.#isSpent = true
    await this.client.realtime.setAuth(token)
  }

  /**
   * @param watcher called once when the connection is gone; at once when it is already. @returns a function that ends the watch.
   */
  onLost(watcher: () => void): () => void {
    if (this.#isLost) watcher()
    else this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Sends the request that supabase-js sends to its HTTP endpoint for broadcasts when no channel is joined. */
  async post(path: string, body: object): Promise<void> {
    await this.authorise()
    const { apiKey, accessTokenValue } = this.client.realtime
    const headers = {
      apikey: apiKey ?? '',
      'content-type': 'application/json',
      ...(accessTokenValue === null ? {} : { authorization: `Bearer ${accessTokenValue}` }),
    }
    const url = new URL(path, this.caller.url)
    await this.client.realtime
      .fetch(url.href, { method: 'POST', headers, body: JSON.stringify(body) })
      .catch(() => null)
  }

  async close(): Promise<void> {
    this.#isSpent = true
    if (this.#isLost || !(this.client.realtime.isConnected() || this.client.realtime.isConnecting())) return
    const gone = new Promise<void>((resolve) => {
      this.onLost(resolve)
    })
    const { realtime } = this.client
    void realtime.disconnect()
    const tooLong = AbortSignal.timeout(timeouts.close)
    await Promise.race([gone, new Promise((resolve) => tooLong.addEventListener('abort', resolve, { once: true }))])
  }

  #refused(answer: Handshake): void {
    this.handshake = answer
  }

  #gone(): void {
    this.#isLost = true
    // Otherwise supabase-js would connect again.
    void this.client.realtime.disconnect()
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }

  #fetch(withoutKey: boolean): typeof fetch {
    return async (input, init) => {
      const headers = new Headers(init?.headers)
      for (const [name, value] of Object.entries(this.headers)) headers.set(name, value)
      if (withoutKey) headers.delete('apikey')
      if (withoutKey && this.#token === null) headers.delete('authorization')
      try {
        const signal = AbortSignal.timeout(this.caller.patience ?? defaultTimeoutMs)
        const response = await fetch(input, { ...init, headers, redirect: 'manual', signal })
        const body = await bodyOf(response)
        const text = body === null ? null : new TextDecoder().decode(body)
        this.http = { status: response.status, text, headers: response.headers }
        return new Response(text === '' ? null : text, { status: response.status, headers: response.headers })
      } catch (error) {
        this.http = reasonOf(error)
        throw error
      }
    }
  }
}
