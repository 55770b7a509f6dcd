import { Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { send as answer, SERVICE_AWAY } from './answers.ts'
import { CORS_HEADERS } from './cors.ts'

/**
 * The header in which the gateway passes the statement without a WHERE clause to the database. It is removed from clients'
 * requests.
 */
const WHERELESS_HEADER = 'x-sandbox-whereless'

/** Headers that concern one connection only (RFC 9110, section 7.6.1), and those that the gateway sets itself. */
const NOT_FORWARDED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'authorization',
  WHERELESS_HEADER,
])

const NOT_RETURNED = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Connections to PostgREST. It closes an idle one after 30 seconds; the gateway closes it earlier, so that no request is
 * written to a connection that is being closed.
 */
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 10_000 })

/** The target of a forwarded request. */
export interface Forwarding {
  socketPath: string
  /** Path and query for PostgREST. */
  path: string
  authorization: string
  whereless: 'UPDATE' | 'DELETE' | undefined
}

/** Streams a request to PostgREST and its answer back. */
export function forward(request: IncomingMessage, response: ServerResponse, forwarding: Forwarding): void {
  const upstream = send({
    socketPath: forwarding.socketPath,
    agent,
    method: request.method ?? 'GET',
    path: forwarding.path,
    headers: requestHeaders(request, forwarding),
  })
  upstream.once('response', (reply) => {
    response.writeHead(reply.statusCode ?? 502, returnedHeaders(reply))
    reply.pipe(response)
    reply.once('error', () => response.destroy())
  })
  upstream.once('error', () => {
    if (response.headersSent) response.destroy()
    else answer(response, SERVICE_AWAY, CORS_HEADERS)
  })
  response.once('close', () => {
    if (!response.writableFinished) upstream.destroy()
  })
  request.pipe(upstream)
}

function requestHeaders(request: IncomingMessage, { authorization, whereless }: Forwarding): string[] {
  const headers = pairs(request.rawHeaders, NOT_FORWARDED, 'x-forwarded-')
  headers.push('authorization', authorization)
  headers.push('x-forwarded-for', request.socket.remoteAddress ?? '127.0.0.1')
  headers.push('x-forwarded-host', request.headers.host ?? '', 'x-forwarded-proto', 'http')
  if (whereless !== undefined) headers.push(WHERELESS_HEADER, whereless)
  // A body without a length is sent in chunks; the header for that concerns one connection and was removed.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('transfer-encoding', 'chunked')
  return headers
}

function returnedHeaders(reply: IncomingMessage): string[] {
  const headers = pairs(reply.rawHeaders, NOT_RETURNED, 'access-control-')
  headers.push(...CORS_HEADERS)
  return headers
}

/** A flat list of names and values without the given names and without those of one prefix. */
function pairs(raw: readonly string[], without: ReadonlySet<string>, withoutPrefix: string): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const lower = name.toLowerCase()
    if (!without.has(lower) && !lower.startsWith(withoutPrefix)) kept.push(name, raw[index + 1] ?? '')
  }
  return kept
}
