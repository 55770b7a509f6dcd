import { once } from 'node:events'
import { createServer } from 'node:http'
import { sampleKeys } from '../support/sample-keys.ts'
import { atEnd } from './support.ts'

/** A target that answers its health check and records all requests. */
export interface CountingServer {
  readonly port: number
  /** Lines of an `.env.<alias>` that lead to it. */
  readonly lines: string
  /** `GET /auth/v1/health` and the like, in the order of arrival. */
  readonly requests: string[]
}

/** @param databaseUrl of a database that may be read; by default, of one that does not exist. */
export async function countingServer(databaseUrl = 'postgresql://postgres:pass@127.0.0.1:1/postgres') {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ version: 'v2.196.0' }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const { port } = address
  return { port, requests, lines: settingsLines(`http://127.0.0.1:${port}`, databaseUrl) } satisfies CountingServer
}

/** The lines of an `.env.<alias>` with keys that belong to no project. */
export function settingsLines(url: string, databaseUrl: string): string {
  return `TRESPASS_URL=${url}
TRESPASS_PUBLISHABLE_KEY=${sampleKeys.publishable}
TRESPASS_SECRET_KEY=${sampleKeys.secret}
TRESPASS_DATABASE_URL=${databaseUrl}
`
}
