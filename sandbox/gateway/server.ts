import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SandboxKeys } from '../keys.ts'
import { type GatewayAnswer, NO_ROUTE, ROOT_NEEDS_SECRET_KEY, SERVICE_AWAY, send, sendRaw } from './answers.ts'
import { admit, asToken, authorizationOf } from './api-key.ts'
import { CORS_HEADERS, isPreflight, preflightHeaders } from './cors.ts'
import { forward } from './proxy.ts'
import { readTarget, type Target, wherelessStatement } from './target.ts'

/** The services behind the gateway. */
export interface Services {
  postgrestSocket: string
  /** Handles a request; `/auth/v1` is removed from its path. */
  auth: (request: IncomingMessage, response: ServerResponse) => unknown
  realtime: {
    /** Handles a request; `/realtime/v1` is removed from its path. */
    http: (request: IncomingMessage, response: ServerResponse) => unknown
    /** Takes over a request for a WebSocket. The API key is a token, or the text that the client sent instead. */
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, apiKey: string | undefined) => void
  }
  /** Handles a request; `/storage/v1` is removed from its path. Undefined for a project without Storage. */
  storage: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  /** Handles a request whose path has lost `/functions/v1`; undefined for a project without Edge Functions. */
  functions: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
}

/** Paths of Auth that a browser opens from a link or a library reads without a key. */
const AUTH_WITHOUT_KEY = new Set(['/verify', '/authorize', '/callback', '/.well-known/jwks.json'])

const FUNCTIONS = '/functions/v1/'

/**
 * The single address of a sandbox, with the URL shapes of a hosted project.
 *
 * @param services returns the current services; undefined while there are none, which is answered with 503
 */
export function createGateway(keys: SandboxKeys, services: () => Services | undefined): Server {
  const server = createServer((request, response) => {
    const target = readTarget(request.url ?? '/')
    // A function answers preflight requests itself.
    if (isPreflight(request) && !target.path.startsWith(FUNCTIONS)) {
      response.writeHead(200, preflightHeaders(request)).end()
      return
    }
    const refusal = route(request, response, target, keys, services())
    if (refusal !== undefined) send(response, refusal, CORS_HEADERS)
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = toWebSocket(request, socket, head, keys, services())
    if (refusal !== undefined) sendRaw(socket, refusal)
  })
  // Longer than any client keeps an idle connection, so that none is closed during a request.
  server.keepAliveTimeout = 120_000
  return server
}

/** Passes a request to its service, or returns the answer to send instead. */
function route(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  if (target.path === '/rest/v1' || target.path.startsWith('/rest/v1/')) {
    return toData(request, response, target, keys, services)
  }
  if (target.path.startsWith('/realtime/v1/api/')) return toRealtime(request, response, target, keys, services)
  if (target.path.startsWith(FUNCTIONS)) return toFunctions(request, response, services)
  if (target.path.startsWith('/storage/v1/')) return toStorage(request, response, target, keys, services)
  return target.path.startsWith('/auth/v1/') ? toAuth(request, response, target, keys, services) : NO_ROUTE
}

function toData(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  const admission = admit(request, target.apiKey, keys)
  if ('status' in admission) return admission
  const path = target.path.slice('/rest/v1'.length)
  if (path === '' || path === '/') {
    if (!admission.privileged) return ROOT_NEEDS_SECRET_KEY
  }
  if (services === undefined) return SERVICE_AWAY
  forward(request, response, {
    socketPath: services.postgrestSocket,
    path: `${path === '' ? '/' : path}${target.query === '' ? '' : `?${target.query}`}`,
    authorization: admission.authorization,
    whereless: wherelessStatement(request.method ?? 'GET', path, target.query),
  })
  return undefined
}

function toAuth(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  const path = target.path.slice('/auth/v1'.length)
  if (!AUTH_WITHOUT_KEY.has(path)) {
    const admission = admit(request, target.apiKey, keys)
    if ('status' in admission) return admission
    setHeader(request, 'authorization', admission.authorization)
  }
  if (services === undefined) return SERVICE_AWAY
  passOn(request, response, `${path}${target.query === '' ? '' : `?${target.query}`}`, services.auth)
  return undefined
}

/** Passes a request to a service in this process. */
function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  service: (request: IncomingMessage, response: ServerResponse) => unknown,
): void {
  request.url = url
  for (let index = 0; index + 1 < CORS_HEADERS.length; index += 2) {
    response.setHeader(CORS_HEADERS[index] ?? '', CORS_HEADERS[index + 1] ?? '')
  }
  service(request, response)
}

/** Functions get a request as it came, an `apikey` in its URL included: what they make of a credential is their own. */
function toFunctions(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services | undefined,
): GatewayAnswer | undefined {
  if (services === undefined) return SERVICE_AWAY
  if (services.functions === undefined) return NO_ROUTE
  request.url = (request.url ?? '').slice(FUNCTIONS.length - 1)
  services.functions(request, response)
  return undefined
}

/** Storage admits requests without a key: permissions depend on the token, and a key only stands for one. */
function toStorage(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  if (services === undefined) return SERVICE_AWAY
  if (services.storage === undefined) return NO_ROUTE
  const authorization = authorizationOf(request, target.apiKey, keys)
  if (authorization !== undefined) setHeader(request, 'authorization', authorization)
  const path = target.path.slice('/storage/v1'.length)
  passOn(request, response, `${path}${target.query === '' ? '' : `?${target.query}`}`, services.storage)
  return undefined
}

function toRealtime(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  const admission = admit(request, target.apiKey, keys)
  if ('status' in admission) return admission
  if (services === undefined) return SERVICE_AWAY
  setHeader(request, 'authorization', admission.authorization)
  const path = target.path.slice('/realtime/v1'.length)
  passOn(request, response, `${path}${target.query === '' ? '' : `?${target.query}`}`, services.realtime.http)
  return undefined
}

/** Realtime itself checks the key of a WebSocket, so that it can give the reason of a refusal. */
function toWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  keys: SandboxKeys,
  services: Services | undefined,
): GatewayAnswer | undefined {
  const target = readTarget(request.url ?? '/')
  if (target.path !== '/realtime/v1/websocket') return NO_ROUTE
  if (services === undefined) return SERVICE_AWAY
  const { apikey } = request.headers
  services.realtime.upgrade(request, socket, head, asToken(typeof apikey === 'string' ? apikey : target.apiKey, keys))
  return undefined
}

/** Replaces a header in both forms in which Node keeps a request's headers. */
function setHeader(request: IncomingMessage, name: string, value: string): void {
  const raw: string[] = []
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const own = request.rawHeaders[index] ?? ''
    if (own.toLowerCase() !== name) raw.push(own, request.rawHeaders[index + 1] ?? '')
  }
  request.rawHeaders = [...raw, name, value]
  request.headers[name] = value
}
