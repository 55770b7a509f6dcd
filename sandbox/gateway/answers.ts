import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** An answer of the gateway itself. It has no `code`, which distinguishes it from PostgREST's. */
export interface GatewayAnswer {
  status: number
  body: { message: string; hint?: string }
}

/** The hosted gateway is closed source; these bodies are the ones that its users report. */
export const NO_API_KEY: GatewayAnswer = {
  status: 401,
  body: {
    message: 'No API key found in request',
    hint: 'No `apikey` request header or url param was found.',
  },
}

export const INVALID_API_KEY: GatewayAnswer = {
  status: 401,
  body: { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' },
}

export const SECRET_KEY_IN_BROWSER: GatewayAnswer = {
  status: 401,
  body: {
    message: 'Forbidden use of secret API key in browser',
    hint: 'Secret API keys can only be used in a protected environment and should never be used in a browser.',
  },
}

/** Since April 2026 the description of the Data API is for secret keys only. Self-hosted gateways answer 403. */
export const ROOT_NEEDS_SECRET_KEY: GatewayAnswer = {
  status: 403,
  body: {
    message: 'Access to schema is forbidden',
    hint: 'Accessing the schema via the Data API is only allowed using a secret API key.',
  },
}

export const NO_ROUTE: GatewayAnswer = {
  status: 404,
  body: { message: 'no Route matched with those values' },
}

export const SERVICE_AWAY: GatewayAnswer = {
  status: 503,
  body: { message: 'name resolution failed', hint: 'The sandbox is being reset, or the service behind it ended.' },
}

/** Sends an answer of the gateway itself. `headers` are added to its own. */
export function send(response: ServerResponse, answer: GatewayAnswer, headers: readonly string[]): void {
  const body = JSON.stringify(answer.body)
  response.writeHead(answer.status, [
    ...headers,
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
  ])
  response.end(body)
}

/** Sends an answer of the gateway itself to a request for a WebSocket. */
export function sendRaw(socket: Duplex, { status, body }: GatewayAnswer): void {
  const text = JSON.stringify(body)
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  )
}
