/**
 * The part of Supabase Realtime that `@supabase/supabase-js` needs: its WebSocket and its HTTP endpoints, in front of the real
 * `realtime.messages` and its policies. Paths arrive without `/realtime/v1`; the gateway has replaced opaque API keys by tokens
 * of their roles. The source for Realtime's behaviour is https://github.com/supabase/realtime at 833cf36 (August 2026).
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

/** The configuration of one sandbox's Realtime. */
export interface RealtimeOptions {
  /** Connected as the superuser, which sets each caller's role to check permissions. Ended by `close`. */
  pool: pg.Pool
  /** The superuser's connection for reading committed changes. */
  replication: pg.ClientConfig
  /** The shared secret of HS256 tokens. */
  jwtSecret: string
  /** The ES256 key, with `kid`, that user sessions are signed with. */
  signingKey: JWK
  /** Whether the project has Realtime enabled. */
  enabled: boolean
  /** Milliseconds before a refused join is answered; a refused handshake waits two fifths of it, as on the platform. */
  refusalDelay: number
}

/** The Realtime service of one sandbox. */
export interface Realtime {
  /**
   * Takes over a request for a WebSocket, and answers it if it is refused.
   *
   * @param apiKey the API key as a token; undefined if the client sent none
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string | undefined): void
  /** Answers a request to the HTTP endpoints. */
  fetch(request: Request): Response | Promise<Response>
  /** Closes every connection; clients reconnect by themselves. */
  close(): Promise<void>
}

/** Milliseconds within which a client may answer a close frame. */
const CLOSING_DEADLINE = 200

/** The close code of a server that restarts. */
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
    else await changes.notify(change)
  })
  const service: Service = { pool, tokens, hub, presence: new Presence(hub), changes, stream, refusalDelay }
  const http = createHttp(service, enabled)
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES })
  const pending = new Set<Duplex>()

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string | undefined) => {
    try {
      const handshake = await checkHandshake(request, apiKey, tokens, enabled)
      if (socket.destroyed || closing.signal.aborted) return
      // A failure is reported to those that wait for the stream.
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
