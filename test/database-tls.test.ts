import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectWitness } from '../harness/witness/postgres.ts'
import { selfSigned } from './self-signed.ts'

const own = selfSigned('localhost')
let server: Server
let port = 0
let address = ''
/** The data that clients sent inside TLS. */
const heard: string[] = []

/** Accepts a request for TLS, as PostgreSQL does, and records the data after it. */
function serve(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.once('data', () => {
    socket.write('S')
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: createSecureContext({ cert: own.certificate, key: own.key }),
    })
    secure.on('error', () => undefined)
    secure.on('data', (bytes: Buffer) => {
      heard.push(bytes.toString())
      secure.end()
    })
  })
}

beforeAll(async () => {
  server = createServer(serve)
  await once(server.listen(0, 'localhost'), 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  port = bound.port
  address = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
})
afterAll(() => server.close())

const failure = (host: string, ca: string | null) =>
  connectWitness(`postgresql://somebody:a-password@${host}:${port}/postgres?sslmode=require`, { ca }).catch(
    (error: unknown) => error,
  )

test('a database with an untrusted certificate receives nothing', async () => {
  expect(await failure('localhost', null)).toMatchObject({
    code: 'database-not-trusted',
    hint: expect.stringContaining('TRESPASS_DATABASE_CA'),
  })
  expect(await failure('localhost', selfSigned('localhost').certificate)).toMatchObject({
    code: 'database-not-trusted',
  })
  expect(heard).toEqual([])
})

test('a database with a certificate for another host receives nothing, under any address', async () => {
  expect(await failure(address, own.certificate)).toMatchObject({ code: 'database-not-trusted' })
  expect(heard).toEqual([])
})

test('a database with the configured certificate is connected', async () => {
  expect(await failure('localhost', own.certificate)).toMatchObject({ code: 'database-unreachable' })
  expect(heard).toEqual([expect.stringContaining('somebody')])
})
