import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageBench, startBench } from './test-support.ts'

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench("insert into storage.buckets (id, name, public) values ('news', 'news', true);")
  const options = { contentType: 'text/plain', cacheControl: '60' }
  await bench.admin.storage.from('news').upload('digits.txt', '0123456789', options)
  await bench.admin.storage.from('news').upload('page.html', '<b>', { contentType: 'text/html; charset=utf-8' })
})
afterAll(() => bench.stop())

const path = '/object/public/news/digits.txt'
const get = (headers: Record<string, string> = {}, method = 'GET', from = path) => bench.send(method, from, { headers })
const ETAG = '"781e5e245d69b566979b86e28d23f2c7"'

describe('the bytes of an object', () => {
  it('come with their metadata in headers', async () => {
    const { headers, text } = await get()
    expect(text).toBe('0123456789')
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=60',
      'content-length': '10',
      'content-type': 'text/plain',
      etag: ETAG,
      'last-modified': expect.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/),
      'x-robots-tag': 'none',
    })
    const head = await get({}, 'HEAD')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(Object.fromEntries(head.headers)).toMatchObject({ 'content-length': '10', etag: ETAG })
  })

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
  ])('come in parts: %s', async (range, text, contentRange) => {
    const answer = await get({ range })
    expect(answer).toMatchObject({ status: 206, text })
    expect(answer.headers.get('content-range')).toBe(contentRange)
    expect(answer.headers.get('content-length')).toBe(String(text.length))
  })

  it.each(['bytes=10-', 'bytes=5-3', 'bytes=-0', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-'])(
    'do not come for %s',
    async (range) => {
      expect(await get({ range })).toMatchObject({
        status: 416,
        body: { statusCode: '416', error: 'invalid_range', code: 'InvalidRange', message: 'invalid range provided' },
      })
    },
  )

  it('are not sent again to a client that has them', async () => {
    expect(await get({ 'if-none-match': ETAG })).toMatchObject({ status: 304, text: '' })
    expect(await get({ 'if-modified-since': 'Wed, 01 Jan 2098 00:00:00 GMT' })).toMatchObject({ status: 304 })
    const other = await get({ 'if-none-match': '"other"' })
    expect(other.status).toBe(200)
    expect(other.headers.get('cache-control')).toBe('max-age=60, stale-while-revalidate=30')
    expect(await get({ 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' })).toMatchObject({ status: 200 })
  })

  it('are offered as a file when the request sets download', async () => {
    const disposition = async (query: string) =>
      (await get({}, 'GET', `${path}${query}`)).headers.get('content-disposition')
    expect(await disposition('')).toBeNull()
    expect(await disposition('?download')).toBe('attachment;')
    expect(await disposition('?download=%C3%BC.txt')).toBe(
      "attachment; filename=%C3%BC.txt; filename*=UTF-8''%C3%BC.txt",
    )
  })

  it('are never a page', async () => {
    expect((await get({}, 'GET', '/object/public/news/page.html')).headers.get('content-type')).toBe('text/plain')
  })

  it('are missing when only a row was written', async () => {
    await bench.database.query(
      "insert into storage.objects (bucket_id, name, version) values ('news', 'ghost', '../postmaster.pid')",
    )
    const answer = await get({}, 'GET', '/object/public/news/ghost')
    expect(answer).toMatchObject({
      status: 400,
      body: { statusCode: '404', error: 'Not found', code: 'NoSuchKey', message: 'The resource was not found' },
    })
  })
})

describe('many at once', () => {
  it('read whole versions while one is replaced', async () => {
    const news = bench.admin.storage.from('news')
    await news.upload('changing.txt', '0'.repeat(1000))
    const writes = Array.from({ length: 20 }, (_, index) =>
      news.update('changing.txt', String(index % 10).repeat(1000)),
    )
    const reads = Array.from(
      { length: 60 },
      async () => (await get({}, 'GET', '/object/public/news/changing.txt')).text,
    )
    for (const text of await Promise.all(reads)) expect(text).toMatch(/^(\d)\1{999}$/)
    for (const { error } of await Promise.all(writes)) expect(error).toBeNull()
  })
})
