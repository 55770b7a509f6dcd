import { describe, expect, it } from 'vitest'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import { longestAnswer } from '../../answer-body.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { clientOf } from './client.ts'
import { send, sendHead } from './send.ts'

const server = recordingServer()

function ask(caller: ActorSession | PrivilegedSession, head = false) {
  return send((signal) => clientOf(caller).from('t').select('*', { head }).abortSignal(signal).retry(false))
}

describe('the credential', () => {
  it.each([
    ['key and token', {}, { apikey: 'a-key', authorization: 'Bearer a-token' }],
    ['the key alone', { token: null }, { apikey: 'a-key' }],
    ['a token without a key', { apiKey: null }, { authorization: 'Bearer a-token', apikey: undefined }],
    ['nothing at all', { apiKey: null, token: null }, { authorization: undefined, apikey: undefined }],
  ])('%s', async (_, more, headers) => {
    await ask(server.caller(more))
    const [seen] = server.seen
    for (const [name, value] of Object.entries(headers)) expect(seen?.headers[name]).toBe(value)
  })

  it('of the privileged is its own key', async () => {
    const { url } = server.caller()
    await ask({ kind: 'privileged', url, secretKey: 'a-secret' })
    expect(server.seen[0]?.headers.apikey).toBe('a-secret')
  })
})

describe('an answer', () => {
  it('is never requested twice', async () => {
    server.answer((response) => json(response, 503, { code: 'PGRST002', message: 'no cache' }, { 'retry-after': '0' }))
    expect(await ask(server.caller())).toMatchObject({ status: 503, code: 'PGRST002' })
    expect(server.seen).toHaveLength(1)
  })

  it('is kept as it went over the wire, where supabase-js reads another meaning into it', async () => {
    server.answer((response) => json(response, 404, []))
    expect(await ask(server.caller())).toMatchObject({ status: 404, rows: null })
    server.answer((response) => response.writeHead(404).end())
    expect(await ask(server.caller())).toMatchObject({ status: 404, code: null })
  })

  it('may be a redirect, which is not followed', async () => {
    server.answer((response) => response.writeHead(307, { location: '/elsewhere' }).end())
    expect(await ask(server.caller())).toMatchObject({ status: 307, rows: null })
    expect(server.seen).toHaveLength(1)
  })

  it('may be a page, nothing, or a broken connection', async () => {
    server.answer((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'))
    expect(await ask(server.caller())).toMatchObject({ status: 200, failure: 'not-json' })
    server.answer((response) => response.writeHead(204).end())
    expect(await ask(server.caller())).toMatchObject({ status: 204, rows: null, value: null, failure: null })
    server.answer((response) => response.destroy())
    expect(await ask(server.caller())).toMatchObject({ status: 0, failure: 'network', request: { method: 'GET' } })
    server.answer((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[{"id":')
      response.destroy()
    })
    expect(await ask(server.caller())).toMatchObject({ status: 0, failure: 'network', rows: null })
  })

  it('may have no end, and then no more of it is read than is good', async () => {
    let sent = 0
    let closed = false
    server.answer((response) => {
      const line = Buffer.alloc(256 * 1024, ' ')
      const more = (): void => {
        if (closed) return
        sent += line.length
        if (response.write(line)) setImmediate(more)
        else response.once('drain', more)
      }
      response.once('close', () => {
        closed = true
      })
      more()
    })
    expect(await ask(server.caller())).toMatchObject({ status: 200, failure: 'too-long', rows: null })
    expect(sent).toBeLessThan(2 * longestAnswer)
  })

  it('may not come at all, and is awaited up to the caller’s timeout', async () => {
    server.answer(() => undefined)
    expect(await ask(server.caller({ patience: 50 }))).toMatchObject({ status: 0, failure: 'timeout', rows: null })
    server.answer((response) => response.writeHead(200).write('['))
    expect(await ask(server.caller({ patience: 50 }))).toMatchObject({ status: 0, failure: 'timeout', rows: null })
  })

  it('does not come where no server listens', async () => {
    expect(await ask(server.caller({ url: 'http://127.0.0.1:9' }))).toMatchObject({ status: 0, failure: 'network' })
  })

  it('is distinguished from the answers of concurrent requests', async () => {
    server.answer((response, seen) => {
      const delay = seen.path.includes('slow') ? 50 : 0
      setTimeout(() => json(response, 200, [{ path: seen.path }]), delay)
    })
    const caller = server.caller()
    const of = (table: string) =>
      send((signal) => clientOf(caller).from(table).select('*').abortSignal(signal).retry(false))
    const answers = await Promise.all(['slow', 'fast', 'slow2', 'fast2'].map(of))
    expect(answers.map(({ rows }) => rows?.[0]?.path)).toEqual(
      ['slow', 'fast', 'slow2', 'fast2'].map((table) => `/rest/v1/${table}?select=*`),
    )
  })
})

describe('a HEAD that is refused', () => {
  const denied = { code: '42501', message: 'permission denied for table t', details: null, hint: null }
  const head = (caller: ActorSession) => sendHead((byHead) => ask(caller, byHead))

  it('takes its reason from a GET, with and without a header that holds the code', async () => {
    for (const headers of [{}, { 'proxy-status': 'PostgREST; error=42501' }] as const) {
      server.answer((response) => json(response, 403, denied, headers))
      expect(await head(server.caller())).toMatchObject({ ...denied, status: 403, request: { method: 'HEAD' } })
    }
  })

  it('keeps its own code when the GET was answered otherwise', async () => {
    server.answer((response, { method }) =>
      method === 'HEAD'
        ? response.writeHead(403, { 'proxy-status': 'PostgREST; error=42501' }).end()
        : json(response, 200, [{ id: 1 }]),
    )
    expect(await head(server.caller())).toMatchObject({ status: 403, code: '42501', message: null, rows: null })
  })

  it('asks once when it is turned away for the rate of requests', async () => {
    server.answer((response) => response.writeHead(429, { 'retry-after': '3' }).end())
    expect(await head(server.caller())).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
    expect(server.seen).toHaveLength(1)
  })

  it('asks once when it is answered', async () => {
    server.answer((response) => response.writeHead(200, { 'content-range': '*/2' }).end())
    expect(await head(server.caller())).toMatchObject({ status: 200, count: 2 })
    expect(server.seen).toHaveLength(1)
  })
})
