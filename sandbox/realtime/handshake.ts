import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Handshake } from './connection.ts'
import { framesOf } from './frames.ts'
import { TokenRefusal, type Tokens } from './tokens.ts'

/** A refused handshake: it is answered as an HTTP request. */
export class HandshakeRefusal extends Error {
  override readonly name = 'HandshakeRefusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Checks the handshake of a WebSocket (Realtime `user_socket.ex`).
 *
 * @param token the API key as the gateway passes it on
 * @param enabled whether the project has Realtime enabled
 * @throws HandshakeRefusal
 */
export async function checkHandshake(
  request: IncomingMessage,
  token: string | undefined,
  tokens: Tokens,
  enabled: boolean,
): Promise<Handshake> {
  const query = new URL(request.url ?? '/', 'http://sandbox').searchParams
  const frames = framesOf(query.get('vsn') ?? undefined)
  if (!enabled) throw new HandshakeRefusal(403, 'Realtime was disabled for this tenant')
  if (token === undefined) throw new HandshakeRefusal(401, 'API key is missing')
  await tokens.verify(token).catch((error: unknown) => {
    throw error instanceof TokenRefusal ? new HandshakeRefusal(401, error.atHandshake) : error
  })
  if (frames === undefined) throw new HandshakeRefusal(403, 'The version of the protocol is not supported')
  return { token, frames, headers: policyHeaders(request) }
}

/** The headers of a WebSocket that policies can read: those whose names begin with `x-`, as Phoenix passes them. */
function policyHeaders(request: IncomingMessage): Record<string, string> {
  const own = Object.entries(request.headers).filter(([name]) => name.startsWith('x-'))
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]))
}

/** Answers a refused handshake and closes its socket. */
export function refuse(socket: Duplex, { status, message }: HandshakeRefusal): void {
  const body = JSON.stringify({ error: message })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
