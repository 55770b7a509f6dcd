import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { StandingSandbox } from './standing-sandbox.ts'
import { atEnd } from './support.ts'

/** A proxy between a run and the gateway of its target that refuses requests as a test decides. */
export interface LimitingProxy {
  /** Lines of an `.env.<alias>` that lead to it. */
  readonly lines: string
  /** `GET /rest/v1/notes`: the forwarded requests, in the order of arrival. */
  readonly passed: string[]
  /** The refused requests. */
  readonly refused: string[]
  /** @param refuse gets each request, `GET /rest/v1/notes`, and returns the value of `Retry-After`, or null to forward it. */
  limit(refuse: (asked: string) => string | null): void
}

export async function limitingProxy({ lines, variables }: StandingSandbox): Promise<LimitingProxy> {
  const { host, port } = new URL(variables.TRESPASS_URL ?? '')
  const [passed, refused]: [string[], string[]] = [[], []]
  let refuse: (asked: string) => string | null = () => null
  const server = createServer((incoming, response) => {
    const asked = `${incoming.method} ${incoming.url?.replace(/\?.*/, '')}`
    const retryAfter = refuse(asked)
    if (retryAfter !== null) {
      refused.push(asked)
      incoming.resume()
      response.writeHead(429, { 'retry-after': retryAfter, 'content-type': 'text/plain' }).end('error code: 1015')
      return
    }
    passed.push(asked)
    const onward = request({
      port,
      host: '127.0.0.1',
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
      // The gateway may close an idle connection at the moment of its reuse.
      agent: false,
    })
    onward.on('response', (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    lines: lines.replaceAll(host, `127.0.0.1:${address.port}`),
    passed,
    refused,
    limit(next) {
      passed.length = 0
      refused.length = 0
      refuse = next
    },
  }
}
