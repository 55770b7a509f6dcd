import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type StorageBench, startBench } from './test-support.ts'

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench("insert into storage.buckets (id, name) values ('files', 'files'), ('other', 'other');")
})
afterAll(() => bench.stop())
beforeEach(() => bench.admin.storage.emptyBucket('files'))

/** Uploads under the path as written; `fetch` would resolve dots. */
async function put(path: string) {
  const { request } = await import('node:http')
  return await new Promise<{ status: number | undefined; body: Record<string, unknown> }>((resolve, reject) => {
    const url = new URL(bench.sandbox.url)
    const headers = { apikey: bench.sandbox.secretKey, 'content-type': 'text/plain' }
    const sending = request({
      host: url.hostname,
      port: url.port,
      method: 'POST',
      headers,
      path: `/storage/v1/object/${path}`,
    })
    sending.once('error', reject)
    sending.once('response', async (answer) => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk)
      resolve({ status: answer.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) })
    })
    sending.end('x')
  })
}

const names = async () => Object.keys(await bench.contents('files'))

describe('names of objects', () => {
  it.each([
    ['a//b.txt', 'a//b.txt'],
    ['/lead.txt', '/lead.txt'],
    ['dot.', 'dot.'],
    ['sp%20ace.txt', 'sp ace.txt'],
    ['a%2Fb.txt', 'a/b.txt'],
    ['q%3Fx', 'q?x'],
    ['...', '...'],
    ["it's(1)+a&b=c@d;e:f,g$h!i*", "it's(1)+a&b=c@d;e:f,g$h!i*"],
    ['x'.repeat(1024), 'x'.repeat(1024)],
    ['UPPER/x', 'UPPER/x'],
  ])('are taken as they are: %s', async (path, name) => {
    expect(await put(`files/${path}`)).toMatchObject({ status: 200, body: { Key: `files/${name}` } })
    expect(await names()).toEqual([name])
  })

  it.each(['%C3%BC.txt', 'per%25cent', 'ha%23sh', 'til~de', 'back%5Cslash', 'nul%00', '%E2%80%AE'])(
    'of other letters are refused: %s',
    async (path) => {
      expect(await put(`files/${path}`)).toMatchObject({
        status: 400,
        body: { statusCode: '400', code: 'InvalidKey', message: `Invalid key: ${decodeURIComponent(path)}` },
      })
      expect(await names()).toEqual([])
    },
  )

  it.each(['a/../b.txt', 'a/%2e%2e/b.txt', '../other/b.txt', '%2e%2e/other/b.txt', './b.txt', 'a/%2E/b', '..'])(
    'with dots for a part reach nothing: %s',
    async (path) => {
      expect(await put(`files/${path}`)).toMatchObject({ status: 400, body: { code: 'InvalidKey' } })
      expect(await names()).toEqual([])
      expect(await bench.contents('other')).toEqual({})
    },
  )

  it('are not decoded twice', async () => {
    expect(await put('files/a%252e%252e')).toMatchObject({ body: { message: 'Invalid key: a%2e%2e' } })
    expect(await put('files/bad%zz')).toMatchObject({ status: 400, body: { code: 'FST_ERR_BAD_URL' } })
  })

  it('with dots cannot be moved or copied to either', async () => {
    const files = bench.admin.storage.from('files')
    await files.upload('a.txt', 'x')
    const message = 'Invalid key: ../other/a.txt contains dot path segment'
    expect(await files.move('a.txt', '../other/a.txt')).toMatchObject({ error: { message } })
    expect(await files.copy('a.txt', '../other/a.txt')).toMatchObject({ error: { message } })
    expect(await names()).toEqual(['a.txt'])
  })

  it('differ by case', async () => {
    await put('files/case.txt')
    expect(await put('files/CASE.txt')).toMatchObject({ status: 200 })
    expect(await names()).toEqual(['CASE.txt', 'case.txt'])
  })
})

describe('names of buckets', () => {
  it.each(['', ' lead', 'trail ', 'a/b', 'a%b', 'ü', 'b'.repeat(101), 'x--table-s3'])('may not be %j', async (name) => {
    const { error } = await bench.admin.storage.createBucket(name)
    expect(error).toMatchObject({ statusCode: '400', message: 'Bucket name invalid' })
  })

  it('are looked at before anything is looked up', async () => {
    expect(await put('fi%25les/x')).toMatchObject({ body: { code: 'InvalidBucketName' } })
    const list = await bench.admin.storage.from('fi%25les').list()
    expect(list.error).toMatchObject({ message: 'Bucket name invalid' })
  })
})
