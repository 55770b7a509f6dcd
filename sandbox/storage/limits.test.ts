import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byPolicy, refused, type StorageBench, startBench } from './test-support.ts'

const config = `
[storage]
file_size_limit = "2MiB"
[storage.buckets.small]
file_size_limit = "10B"
[storage.buckets.pictures]
public = true
allowed_mime_types = ["image/*", "text/plain"]
[storage.buckets.any]
`

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench('select 1', { 'supabase/config.toml': config })
})
afterAll(() => bench.stop())

const tooLarge = () => refused('413', 'The object exceeded the maximum allowed size')
const bucket = (name: string) => bench.admin.storage.from(name)

it('makes the buckets of config.toml', async () => {
  const { data } = await bench.admin.storage.listBuckets({ sortColumn: 'name', sortOrder: 'asc' })
  expect(data).toMatchObject([
    { id: 'any', public: false, file_size_limit: 2 * 1024 ** 2, allowed_mime_types: null },
    { id: 'pictures', public: true, allowed_mime_types: ['image/*', 'text/plain'] },
    { id: 'small', public: false, file_size_limit: 10 },
  ])
})

describe('size', () => {
  it('is limited by the bucket, in bytes and in forms', async () => {
    expect(await bucket('small').upload('ten', 'x'.repeat(10))).toMatchObject({ error: null })
    expect(await bucket('small').upload('ten-form', new Blob(['x'.repeat(10)]))).toMatchObject({ error: null })
    expect(await bucket('small').upload('eleven', 'x'.repeat(11))).toMatchObject(tooLarge())
    expect(await bucket('small').upload('eleven-form', new Blob(['x'.repeat(11)]))).toMatchObject(tooLarge())
    expect(Object.keys(await bench.contents('small'))).toEqual(['ten', 'ten-form'])
  })

  it('is limited also when the request has no Content-Length', async () => {
    const stream = new Blob(['x'.repeat(11)]).stream()
    expect(await bucket('small').upload('stream', stream)).toMatchObject(tooLarge())
    expect(Object.keys(await bench.contents('small'))).toEqual(['ten', 'ten-form'])
  })

  it('is limited by the project, also for the rest of a body', async () => {
    expect(await bucket('any').upload('large', 'x'.repeat(8_000_000))).toMatchObject(tooLarge())
    expect(await bucket('any').upload('large-form', new Blob(['x'.repeat(8_000_000)]))).toMatchObject(tooLarge())
    expect(await bucket('any').upload('fits', 'x'.repeat(2 * 1024 ** 2))).toMatchObject({ error: null })
  })

  it('of a bucket may not be above the limit of the project', async () => {
    const made = await bench.admin.storage.createBucket('huge', { public: false, fileSizeLimit: '1GB' })
    expect(made).toMatchObject(tooLarge())
    await bench.admin.storage.createBucket('counted', { public: false, fileSizeLimit: '1.5MB' })
    expect(await bench.admin.storage.getBucket('counted')).toMatchObject({ data: { file_size_limit: 1_500_000 } })
  })

  it('of the mark of an empty folder is nothing', async () => {
    expect(await bucket('pictures').upload('a/.emptyFolderPlaceholder', '')).toMatchObject({ error: null })
    expect(await bucket('pictures').upload('b/.emptyFolderPlaceholder', 'x')).toMatchObject(tooLarge())
  })
})

describe('type', () => {
  it('is limited by the bucket and taken as declared', async () => {
    const upload = (name: string, contentType: string) => bucket('pictures').upload(name, 'x', { contentType })
    expect(await upload('a.png', 'image/png')).toMatchObject({ error: null })
    expect(await upload('a.txt', 'text/plain')).toMatchObject({ error: null })
    expect(await upload('a.html', 'text/html')).toMatchObject(refused('415', 'mime type text/html is not supported'))
    const form = await bucket('pictures').upload('a.pdf', new Blob(['x'], { type: 'application/pdf' }))
    expect(form).toMatchObject(refused('415', 'mime type application/pdf is not supported'))
  })

  it('and size are looked at before rights are', async () => {
    const visitor = bench.visitor.storage
    expect(await visitor.from('small').upload('x', 'x'.repeat(11))).toMatchObject(tooLarge())
    expect(await visitor.from('pictures').upload('x', 'x', { contentType: 'a/b' })).toMatchObject({
      error: { statusCode: '415' },
    })
    expect(await visitor.from('small').upload('x', 'x')).toMatchObject(byPolicy())
  })
})

describe('metadata', () => {
  it('of the user is kept', async () => {
    await bucket('any').upload('meta', new Blob(['x']), { metadata: { color: 'red' } })
    expect((await bucket('any').info('meta')).data).toMatchObject({ metadata: { color: 'red' }, size: 1 })
    await bucket('any').upload('meta-2', 'x', { metadata: { color: 'blue' } })
    expect((await bucket('any').info('meta-2')).data?.metadata).toEqual({ color: 'blue' })
  })
})

it('starts anew with a reset', async () => {
  await bench.sandbox.reset()
  expect((await bench.admin.storage.listBuckets()).data).toHaveLength(3)
  expect(await bucket('small').download('ten')).toMatchObject(refused('404', 'Object not found'))
  expect(await bucket('small').upload('ten', 'again')).toMatchObject({ error: null })
})
