import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { atEnd } from './support.ts'

/** A faulty answer of a gateway, a proxy or the service behind it. */
export type Fault = (response: ServerResponse) => void

const page = '<!doctype html><html><body><h1>Something is in the way</h1></body></html>'

const coded =
  (status: number, code: string, headers: Record<string, string> = {}): Fault =>
  (response) => {
    const body = JSON.stringify({ code, message: `it is ${code}`, details: null, hint: null })
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }

const htmlPage =
  (status: number): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  }

/** The beginning of an answer of PostgREST. */
const begun = { 'content-type': 'application/json; charset=utf-8', 'content-range': '0-1/*' }

const megabyte = Buffer.alloc(1024 * 1024, ' ')

function fiftyMegabytes(response: ServerResponse): void {
  response.writeHead(200, begun)
  let sent = 0
  const more = (): void => {
    while (sent < 50 && !response.destroyed) {
      sent += 1
      if (!response.write(megabyte)) {
        response.once('drain', more)
        return
      }
    }
    response.end('[]')
  }
  more()
}

/** The faults of a single request, by name. */
export const faults: Readonly<Record<string, Fault>> = {
  '502 with a page': htmlPage(502),
  '503 of a service that has no database': coded(503, 'PGRST000', { 'retry-after': '0' }),
  '503 of a service that has no schema cache': coded(503, 'PGRST002', { 'retry-after': '0' }),
  '504 of a service whose pool is exhausted': coded(504, 'PGRST003'),
  '200 with a page': htmlPage(200),
  '401 with a page': htmlPage(401),
  '403 with a page': htmlPage(403),
  'a body that is cut off': (response) => {
    response.writeHead(200, { ...begun, 'content-length': '500' }).write('[{"id":')
    setTimeout(() => response.destroy(), 20)
  },
  'a body that is cut off to nothing': (response) => {
    response.writeHead(200, begun).end()
  },
  'a list that is cut off': (response) => {
    response.writeHead(200, begun).end('[{"id":1},{"id"')
  },
  'an empty list of somebody else': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  },
  'JSON of somebody else': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"maintenance"}')
  },
  'no content of somebody else': (response) => {
    response.writeHead(204).end()
  },
  '50 megabytes': fiftyMegabytes,
  'a redirect': (response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end()
  },
  'nothing, for longer than anybody waits': () => undefined,
  'a connection that is reset': (response) => {
    response.destroy()
  },
  'a stale schema cache that misses a table': coded(404, 'PGRST205'),
  'a stale schema cache that misses a function': coded(404, 'PGRST202'),
  'a stale schema cache that misses a column': coded(400, 'PGRST204'),
  'a database that has no connection left': coded(503, '53300'),
  'a database that is shutting down': coded(503, '57P01'),
}

/** A server that refuses TLS. @returns its port. */
export async function withoutTls(): Promise<number> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  return portOf(server)
}

/** A server that counts its requests. */
export async function countedServer(): Promise<{ readonly port: number; asked(): number }> {
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  })
  return { port: await portOf(server), asked: () => asked }
}

async function portOf(server: ReturnType<typeof createSocketServer>): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
