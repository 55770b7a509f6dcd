import { describe, expect, it } from 'vitest'
import { answerOf, noAnswer } from './answer.ts'

interface Raw {
  readonly method?: string
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly text?: string | null
  readonly sent?: Record<string, string>
  readonly body?: string
}

function read({ method = 'GET', status = 200, headers = {}, text = '', sent = {}, body }: Raw) {
  const url = 'https://project.example/rest/v1/documents?select=*&id=eq.1'
  const raw = { method, url, sent: new Headers(sent), body: body ?? null, status, received: new Headers(headers), text }
  return answerOf(raw, performance.now())
}

describe('the request of an answer', () => {
  it('keeps path and query, and the headers that mean something, without host and credentials', () => {
    const sent = { Prefer: 'return=minimal', apikey: 'key', Authorization: 'Bearer t', 'Content-Profile': 'public' }
    const { request } = read({ method: 'PATCH', sent, body: '{"title":"new"}' })
    expect(request).toEqual({
      method: 'PATCH',
      path: '/rest/v1/documents?select=*&id=eq.1',
      headers: { prefer: 'return=minimal', 'content-profile': 'public' },
      body: { title: 'new' },
    })
  })
})

describe('the content of an answer', () => {
  it.each([
    ['a list of objects is rows', { text: '[{"id":1}]' }, [{ id: 1 }], null],
    ['an empty list is no rows', { text: '[]' }, [], null],
    ['an object is a value', { text: '{"id":1}' }, null, { id: 1 }],
    [
      'an object that was asked for as a row is a row',
      { text: '{"id":1}', headers: { 'content-type': 'application/vnd.pgrst.object+json; charset=utf-8' } },
      [{ id: 1 }],
      null,
    ],
    ['a list of values is a value', { text: '[1,2]' }, null, [1, 2]],
    ['a scalar is a value', { text: 'false' }, null, false],
    ['an empty body is nothing', { status: 204 }, null, null],
    ['an error is neither', { status: 404, text: '[]' }, null, null],
    ['a HEAD is neither', { method: 'HEAD' }, null, null],
  ] as const)('%s', (_, raw, rows, value) => {
    expect(read(raw)).toMatchObject({ rows, value, failure: null })
  })

  it('keeps every digit of a large key', () => {
    expect(read({ text: '[{"id":9007199254740993}]' }).rows).toEqual([{ id: '9007199254740993' }])
  })

  it.each([
    ['0-24/3573', 3573],
    ['*/0', 0],
    ['*/*', null],
    ['0-1/*', null],
  ])('reads the total of Content-Range %s', (range, count) => {
    expect(read({ text: '[]', headers: { 'content-range': range } }).count).toBe(count)
  })

  it('leaves out headers that differ every time', () => {
    const headers = { Date: 'now', 'CF-Ray': 'x', 'Content-Type': 'application/json', 'X-Envoy-Upstream-Time': '3' }
    expect(read({ text: '[]', headers }).headers).toEqual({ 'content-type': 'application/json' })
  })
})

describe('an error', () => {
  const text = (body: unknown) => ({ status: 400, text: JSON.stringify(body) })

  it('has code, message, details and hint', () => {
    const error = { code: '42501', message: 'permission denied', details: null, hint: 'Grant' }
    expect(read(text(error))).toMatchObject(error)
  })

  it('keeps its code when the details are a list', () => {
    const answer = read({
      ...text({ code: 'PGRST201', message: 'more than one', details: [{ embedding: 'a' }], hint: null }),
      status: 300,
    })
    expect(answer).toMatchObject({ code: 'PGRST201', message: 'more than one', details: '[{"embedding":"a"}]' })
  })

  it('keeps its message when the code is a number, which is none of PostgREST', () => {
    expect(read(text({ code: 404, message: 'no Route matched' }))).toMatchObject({
      code: null,
      message: 'no Route matched',
    })
  })

  it('of the gateway has no code', () => {
    const body = { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' }
    expect(read({ ...text(body), status: 401 })).toMatchObject({ ...body, code: null })
  })

  it.each([
    ['PostgREST; error=42501', '42501'],
    ['gateway, PostgREST; error=PGRST205', 'PGRST205'],
    ['PostgREST; error=', ''],
    ['cloudflare; error=http_request_error', null],
    ['cloudflare; error=http_request_error, PostgREST; error=42501', '42501'],
  ])('takes the code of a HEAD from Proxy-Status: %s', (status, code) => {
    expect(read({ method: 'HEAD', status: 403, headers: { 'proxy-status': status } }).code).toBe(code)
  })

  it('may be cut off, or too long to be read', () => {
    const headers = { 'content-type': 'application/json', 'content-range': '0-1/*' }
    expect(read({ text: '', headers })).toMatchObject({ failure: 'not-json', rows: null, value: null })
    expect(read({ text: '[{"id":1},{"id"', headers })).toMatchObject({ failure: 'not-json', rows: null })
    expect(read({ text: null, headers })).toMatchObject({ failure: 'too-long', rows: null, value: null })
    expect(read({ method: 'HEAD', text: '', headers })).toMatchObject({ failure: null })
  })

  it('may be a page', () => {
    const answer = read({ status: 502, text: '<html>Bad gateway</html>' })
    expect(answer).toMatchObject({ failure: 'not-json', code: null, message: null, rows: null, value: null })
    expect(read({ text: '<html>Welcome</html>' })).toMatchObject({ failure: 'not-json', rows: null, value: null })
  })
})

it('no answer is an answer too', () => {
  const departure = { method: 'POST', url: 'https://project.example/rest/v1/t', sent: new Headers(), body: '{}' }
  const timedOut = noAnswer(departure, 'timeout', 0)
  expect(timedOut).toMatchObject({ status: 0, failure: 'timeout', request: { method: 'POST', path: '/rest/v1/t' } })
  expect(noAnswer(null, 'fetch failed', 0)).toMatchObject({ status: 0, failure: 'network', request: { method: '' } })
})
