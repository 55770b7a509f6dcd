import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { ActorSession } from '../../harness/model/session.ts'

export interface Seen {
  readonly method: string
  /** Decoded, so that a test can be read. */
  readonly path: string
  /** The same as it arrived. */
  readonly rawPath: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Reply = (response: ServerResponse, seen: Seen) => void

/** A server that records its requests and answers as a test configures it. Registers its own start and stop. */
export function recordingServer() {
  const seen: Seen[] = []
  const empty: Reply = (response) => json(response, 200, [])
  let reply = empty
  let url = ''
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url: path = '', headers } = request
    const asked = { method, path: decodeURIComponent(path.replaceAll('+', ' ')), rawPath: path, headers, body }
    seen.push(asked)
    reply(response, asked)
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    url = `http://127.0.0.1:${address.port}`
  })
  afterEach(() => {
    seen.length = 0
    reply = empty
  })
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())).finally(() => undefined))
  return {
    seen,
    answer(next: Reply): void {
      reply = next
    },
    /** A caller with this address, a key and a token by default. */
    caller(more: Partial<ActorSession> = {}): ActorSession {
      return {
        kind: 'actor',
        actor: 'alice',
        actorKind: 'authenticated',
        user: { id: 'u1', email: null },
        credential: 'intact',
        url,
        apiKey: 'a-key',
        token: 'a-token',
        ...more,
      }
    },
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
