import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { selfSigned } from '../../test/self-signed.ts'
import { longestAnswer, readUpTo, reasonOf } from '../answer-body.ts'
import { type OutgoingRequest, sendRequest } from './transport.ts'

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function listening(server: Server, scheme = 'http'): Promise<string> {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/rest/v1/t?id=eq.1`
}

function answering(reply: (response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  return listening(createServer((request, response) => reply(response, request)))
}

function ask(url: string, more: Partial<OutgoingRequest> = {}) {
  const parcel = { method: 'GET', url, headers: new Headers(), body: null, patience: 5000, ...more }
  return sendRequest(parcel, (stream) => readUpTo(stream))
}

async function textOf(url: string): Promise<string> {
  return Buffer.from((await ask(url)).body ?? 'nothing').toString()
}

describe('a request', () => {
  it('goes out with its method, address, headers and body', async () => {
    let seen = {}
    const url = await answering((response, { method, url: path, headers: given }) => {
      seen = { method, path, headers: given }
      response.writeHead(201, { 'content-range': '*/1' }).end()
    })
    const headers = new Headers({ apikey: 'a-key', prefer: 'return=minimal' })
    const { status, headers: received } = await ask(url, { method: 'POST', headers, body: '{"title":"Grüße"}' })
    expect(status).toBe(201)
    expect(received.get('content-range')).toBe('*/1')
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/rest/v1/t?id=eq.1',
      headers: { apikey: 'a-key', prefer: 'return=minimal', 'content-length': '19' },
    })
  })

  it('leaves for the address as it is written', async () => {
    const paths: (string | undefined)[] = []
    const url = await answering((response, { url: path }) => {
      paths.push(path)
      response.end()
    })
    const { origin } = new URL(url)
    for (const path of ['/a/../b', '/a/%2e%2e/b?x=%20', '']) await ask(`${origin}${path}`)
    expect(paths).toEqual(['/a/../b', '/a/%2e%2e/b?x=%20', '/'])
  })

  it('uses a connection again', async () => {
    const ports = new Set<number | undefined>()
    const url = await answering((response, { socket }) => {
      ports.add(socket.remotePort)
      response.end('[]')
    })
    for (let n = 0; n < 3; n += 1) await ask(url)
    expect(ports.size).toBe(1)
  })

  it('is sent once where a kept connection has broken', async () => {
    let times = 0
    const url = await answering((response) => {
      times += 1
      if (times === 1) response.end('[]')
      else response.destroy()
    })
    await ask(url)
    await expect(ask(url)).rejects.toThrow(expect.objectContaining({ code: 'ECONNRESET' }))
    expect(times).toBe(2)
  })

  it('is not sent to a server whose certificate is not trusted', async () => {
    const { key, certificate: cert } = selfSigned('localhost')
    let times = 0
    const url = await listening(
      createSecureServer({ key, cert }, (_request, response) => {
        times += 1
        response.end('[]')
      }),
      'https',
    )
    await expect(ask(url).catch((error: unknown) => Promise.reject(reasonOf(error)))).rejects.toMatch(/CERT/)
    expect(times).toBe(0)
  })

  it('follows no redirect', async () => {
    let times = 0
    const url = await answering((response) => {
      times += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await ask(url)).toMatchObject({ status: 302 })
    expect(times).toBe(1)
  })
})

describe('an answer', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is read through %s', async (encoding, compress) => {
    const url = await answering((response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('[{"id":1}]')),
    )
    expect(await textOf(url)).toBe('[{"id":1}]')
  })

  it('has a limit after it is decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(longestAnswer + 1, ' '))
    const url = await answering((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect(await ask(url)).toMatchObject({ status: 200, body: null })
  })

  it('that cannot be decompressed, or that breaks off, is none', async () => {
    const broken = await answering((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all'),
    )
    await expect(ask(broken)).rejects.toThrow()
    const short = await answering((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[')
      setImmediate(() => response.destroy())
    })
    await expect(ask(short)).rejects.toThrow(expect.objectContaining({ code: 'ECONNRESET' }))
  })

  it.each([
    ['does not begin', (_response: ServerResponse) => undefined],
    ['does not end', (response: ServerResponse) => response.writeHead(200).write('[')],
  ])('that %s in time is none', async (_name, reply) => {
    const url = await answering((response) => void reply(response))
    await expect(ask(url, { patience: 50 })).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  })

  it.each([
    ['ends the connection', ''],
    ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['speaks another protocol', 'hello\r\n\r\n'],
  ])('of a server that %s is none', async (_name, text) => {
    const url = await listening(createPlainServer((socket) => void socket.once('data', () => socket.end(text))))
    await expect(ask(url)).rejects.toThrow()
  })
})
