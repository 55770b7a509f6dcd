/**
 * The part of Supabase Realtime that `@supabase/supabase-js` needs: its WebSocket and its HTTP endpoints, in front of the
 * real `realtime.messages` and its policies. Paths arrive without `/realtime/v1`; opaque API keys have been replaced by
 * tokens of their roles. What it knows of Realtime comes from reading https://github.com/supabase/realtime at 833cf36
 * (August 2026).
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JWK } from 'jose'
import type pg from 'pg'
import { type WebSocket, WebSocketServer } from 'ws'
import { Changes } from './changes.ts'
import { Connection } from './connection.ts'
import { deliver } from './database-broadcast.ts'
import { checkHandshake, HandshakeRefusal, refuse } from './handshake.ts'
import { createHttp } from './http.ts'
import { Hub } from './hub.ts'
import { FRAME_BYTES } from './limits.ts'
import { Presence } from './presence.ts'
import type { Service } from './service.ts'
import { Stream } from './stream.ts'
import { createTokens } from './tokens.ts'

/** What one sandbox gives its Realtime. */
export interface RealtimeOptions {
  /** Connected as the superuser, who becomes each caller's role to ask what it may. Ended by `close`. */
  pool: pg.Pool
  /** How the superuser connects to read what is committed. */
  replication: pg.ClientConfig
  /** The shared secret of HS256 tokens. */
  jwtSecret: string
  /** The ES256 key, with `kid`, that user sessions are signed with. */
  signingKey: JWK
  /** Whether the project has Realtime switched on. */
  enabled: boolean
  /** Milliseconds before a refused join is answered; a refused handshake waits two fifths of it, as on the platform. */
  refusalDelay: number
}

/** The Realtime service of one sandbox. */
export interface Realtime {
  /**
   * Takes over a request to become a WebSocket, and answers it if it is refused.
   *
   * @param apiKey the API key as a token; undefined when the client sent none
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string | undefined): void
  /** Answers a request to the HTTP endpoints. */
  fetch(request: Request): Response | Promise<Response>
  /** Closes every connection; the clients connect again by themselves. */
  close(): Promise<void>
}

/** Milliseconds that a client gets to answer a closing frame. */
const CLOSING_DEADLINE = 200

/** What a server that restarts says when it closes a WebSocket. */
const SERVICE_RESTART = 1012

/** Makes the Realtime service of one sandbox. */
export function createRealtime(options: RealtimeOptions): Realtime {
  const { pool, refusalDelay, enabled } = options
  const closing = new AbortController()
  const tokens = createTokens(options.jwtSecret, options.signingKey)
  const hub = new Hub()
  const changes = new Changes(pool)
  const stream = new Stream(options.replication, async (change) => {
    if (change.schema === 'realtime' && change.table === 'messages') deliver(change, hub)
    else await changes.tell(change)
  })
  const service: Service = { pool, tokens, hub, presence: new Presence(hub), changes, stream, refusalDelay }
  const http = createHttp(service, enabled)
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES })
  const pending = new Set<Duplex>()

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string | undefined) => {
    try {
      const handshake = await checkHandshake(request, apiKey, tokens, enabled)
      if (socket.destroyed || closing.signal.aborted) return
      // What fails here is said to those who wait for it.
      stream.ready().catch(() => undefined)
      server.handleUpgrade(request, socket, head, (client) => new Connection(service, client, handshake))
    } catch (error) {
      await sleep((refusalDelay * 2) / 5, undefined, { signal: closing.signal })
      refuse(
        socket,
        error instanceof HandshakeRefusal ? error : new HandshakeRefusal(500, 'Error connecting to Realtime'),
      )
    }
  }
  return {
    upgrade(request, socket, head, apiKey) {
      socket.on('error', () => socket.destroy())
      pending.add(socket)
      upgrade(request, socket, head, apiKey)
        .catch(() => socket.destroy())
        .finally(() => pending.delete(socket))
    },
    fetch: (request) => http.fetch(request),
    async close() {
      closing.abort()
      for (const socket of pending) socket.destroy()
      await Promise.all([...server.clients].map(ended))
      await stream.close()
      await pool.end()
    },
  }
}

function ended(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => client.terminate(), CLOSING_DEADLINE)
    client.once('close', () => {
      clearTimeout(impatient)
      resolve()
    })
    client.close(SERVICE_RESTART)
  })
}
