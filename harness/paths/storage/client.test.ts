import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { recordingServer } from '../../../test/support/recording-server.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import {
  type Answered,
  type Exchange,
  namePlaceholder,
  sendDirectly,
  sendWithClient,
  withoutCredential,
} from './client.ts'

const server = recordingServer()

function answered(exchange: Exchange): Answered {
  if ('body' in exchange) return exchange
  throw new Error(exchange.why)
}

describe('a request', () => {
  it("carries the caller's own credential", async () => {
    await sendWithClient(server.caller(), (storage) => storage.listBuckets())
    expect(server.seen[0]?.headers).toMatchObject({ apikey: 'a-key', authorization: 'Bearer a-token' })
  })

  it('leaves out the key, the token, or both', async () => {
    await sendWithClient(server.caller({ token: null }), (storage) => storage.listBuckets())
    await sendWithClient(server.caller({ apiKey: null }), (storage) => storage.listBuckets())
    await sendWithClient(withoutCredential(server.caller()), (storage) => storage.listBuckets())
    const sent = server.seen.map(({ headers }) => [headers.apikey, headers.authorization])
    expect(sent).toEqual([
      ['a-key', 'Bearer a-key'],
      [undefined, 'Bearer a-token'],
      [undefined, undefined],
    ])
  })

  it('carries the secret key of the privileged caller, with supabase-js and without', async () => {
    const privileged: PrivilegedSession = { kind: 'privileged', url: server.caller().url, secretKey: 'the-secret' }
    await sendWithClient(privileged, (storage) => storage.listBuckets())
    await sendDirectly(privileged, 'DELETE', '/object/a/b')
    const expected = { apikey: 'the-secret', authorization: 'Bearer the-secret' }
    for (const { headers } of server.seen) expect(headers).toMatchObject(expected)
  })

  it.each(['a/../b', 'a/%2e%2e/b', '%2e', 'a//b', '/a', 'a/./b', 'a/', 'plain', "it's|here"])(
    'names %s in the address as it is',
    async (name) => {
      const address = name.replace('|', '%7C')
      await sendWithClient(
        server.caller(),
        (storage) => storage.from('files').upload(namePlaceholder, Buffer.from('x')),
        {
          name: address,
        },
      )
      expect(server.seen[0]?.rawPath).toBe(`/storage/v1/object/files/${address}`)
      expect(server.seen[0]).toMatchObject({ method: 'POST', body: 'x' })
    },
  )

  it('is recorded with the headers that define it, and bytes by their digest', async () => {
    const { request } = await sendWithClient(
      server.caller(),
      (storage) => storage.from('files').upload(namePlaceholder, Buffer.from('hello'), { contentType: 'text/css' }),
      { name: 'a' },
    )
    expect(request).toEqual({
      method: 'POST',
      path: '/storage/v1/object/files/a',
      headers: { 'x-upsert': 'false', 'content-type': 'text/css', 'cache-control': 'max-age=3600' },
      body: { bytes: 5, sha256: createHash('sha256').update('hello').digest('hex') },
    })
  })

  it('is recorded without the token of a signed URL', async () => {
    const { request } = await sendDirectly(
      withoutCredential(server.caller()),
      'GET',
      '/object/sign/a/b?token=secret&x=1',
    )
    expect(server.seen[0]?.rawPath).toBe('/storage/v1/object/sign/a/b?token=secret&x=1')
    expect(request.path).toBe('/storage/v1/object/sign/a/b?token=…&x=1')
  })
})

describe('an answer', () => {
  it('that redirects is not followed, for every method', async () => {
    server.answer((response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end())
    for (const name of ['plain', 'a/../b']) {
      const exchange = await sendWithClient(server.caller(), (storage) => storage.from('b').download(namePlaceholder), {
        name,
      })
      expect(exchange.status).toBe(302)
    }
  })

  it('is kept up to a limit, and identified by its digest beyond', async () => {
    const text = 'x'.repeat(200_000)
    server.answer((response) => response.writeHead(200).end(text))
    for (const name of ['plain', 'a/../b']) {
      const ask = (keep: number) =>
        sendWithClient(server.caller(), (storage) => storage.from('b').download(namePlaceholder), { name, keep })
      expect(answered(await ask(200_000)).body.kept?.length).toBe(200_000)
      const sha256 = createHash('sha256').update(text).digest('hex')
      expect(answered(await ask(199_999)).body).toEqual({ size: 200_000, sha256, kept: null })
    }
  })

  it('that is cut off is none', async () => {
    server.answer((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    for (const name of ['plain', 'a/../b']) {
      const exchange = await sendWithClient(server.caller(), (storage) => storage.from('b').download(namePlaceholder), {
        name,
      })
      expect(exchange).toMatchObject({ status: 0, request: { method: 'GET' } })
    }
  })

  it('is waited for as long as the caller has patience', async () => {
    server.answer(() => undefined)
    for (const name of ['plain', 'a/../b']) {
      const caller = server.caller({ patience: 50 })
      const exchange = await sendWithClient(caller, (storage) => storage.from('b').download(namePlaceholder), { name })
      expect(exchange).toMatchObject({ status: 0, why: 'timeout' })
    }
  })

  it('does not come where no server listens', async () => {
    const caller = server.caller({ url: 'http://127.0.0.1:2' })
    expect(await sendWithClient(caller, (storage) => storage.listBuckets())).toMatchObject({
      status: 0,
      why: 'ECONNREFUSED',
    })
  })
})
