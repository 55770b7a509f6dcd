import type { RealtimeClientOptions } from '@supabase/supabase-js'
import { type ClientOptions, WebSocket } from 'ws'
import { z } from 'zod'

/** Why a WebSocket was refused: the HTTP response to its handshake. */
export interface Handshake {
  readonly status: number
  readonly message: string | null
}

/** The events of a WebSocket that its owner handles. */
export interface SocketEvents {
  refused(handshake: Handshake): void
  /** The connection is gone, or never came about. */
  gone(): void
}

type Transport = NonNullable<RealtimeClientOptions['transport']>

/** Characters of a refusal that are read. */
const longestRefusal = 2_000

/** The body of a refused handshake (Realtime, user_socket.ex); the gateway's own has `message`. */
const refusalSchema = z.object({ error: z.string().optional(), message: z.string().optional() })

const options: ClientOptions = { followRedirects: false, handshakeTimeout: 15_000, perMessageDeflate: false }

/**
 * @param withoutKey leaves the API key out of the address.
 * @param headers of the handshake: policies see those whose names begin with `x-` (Realtime, user_socket.ex).
 * @returns the WebSocket class for supabase-js, which reports its events to the owner.
 */
export function transportFor(
  events: SocketEvents,
  withoutKey: boolean,
  headers: Readonly<Record<string, string>>,
): Transport {
  const transport = class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      const url = new URL(address)
      if (withoutKey) url.searchParams.delete('apikey')
      super(url, protocols ?? [], { ...options, headers: { ...headers } })
      this.on('unexpected-response', (_request, response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text = (text + chunk).slice(0, longestRefusal)
        })
        response.on('close', () => {
          events.refused({ status: response.statusCode ?? 0, message: reasonIn(text) })
          this.terminate()
        })
      })
      // The close event follows every error and is the one that is handled.
      this.on('error', () => undefined)
      this.once('close', () => events.gone())
    }
  }
  // The same events, which `ws` and the DOM describe in types of their own.
  return transport as unknown as Transport
}

function reasonIn(text: string): string | null {
  try {
    const { error, message } = refusalSchema.parse(JSON.parse(text))
    return error ?? message ?? null
  } catch {
    return null
  }
}
