import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { json, recordingServer, type Seen } from '../../../test/support/recording-server.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import { bucketStore } from './bucket-store.ts'
import { findMissingBucket } from './missing-bucket.ts'
import { objectStore } from './object-store.ts'

const server = recordingServer()
const missing = { statusCode: '404', error: 'not_found', message: 'Object not found', code: 'NoSuchKey' }
const key = { bucket_id: 'files', name: 'a/b c.txt' }

function privileged(): PrivilegedSession {
  return { kind: 'privileged', url: server.caller().url, secretKey: 'the-secret' }
}

function lines(): string[] {
  return server.seen.map(({ method, rawPath, body }) =>
    `${method} ${rawPath.replace('/storage/v1', '').replace(/\?.*/, '')} ${body}`.trim(),
  )
}

/** Answers with the first reply whose beginning the request has; anything else is missing. */
function answers(replies: Readonly<Record<string, unknown>>): void {
  server.answer((response, seen) => {
    const reply = Object.entries(replies).find(([start]) => lineOf(seen).startsWith(start))?.[1]
    if (reply === undefined) json(response, 400, missing)
    else if (typeof reply === 'string') response.writeHead(200, { 'content-type': 'text/plain' }).end(reply)
    else json(response, 200, reply)
  })
}

function lineOf({ method, rawPath }: Seen): string {
  return `${method} ${rawPath.replace('/storage/v1', '')}`
}

describe('the store of objects', () => {
  const particulars = { size: 4, content_type: 'text/css', cache_control: 'no-store', metadata: { a: 1 } }
  const file = '/object/files/a/b%20c.txt'
  const info = '/object/info/files/a/b%20c.txt'

  it('reads bytes and their headers, past every cache', async () => {
    answers({ [`GET ${info}`]: particulars, [`GET ${file}`]: 'mine' })
    const { size: _, ...rest } = particulars
    expect(await objectStore.open(privileged()).read(key)).toEqual({ ...key, content: 'mine', ...rest })
    expect(server.seen[1]?.rawPath).toMatch(/\?cacheNonce=[0-9a-f-]{36}$/)
    expect(server.seen[0]?.headers.authorization).toBe('Bearer the-secret')
  })

  it('identifies a large object by its digest', async () => {
    const text = 'x'.repeat(100_000)
    answers({ [`GET ${info}`]: particulars, [`GET ${file}`]: text })
    const sha256 = createHash('sha256').update(text).digest('hex')
    const row = await objectStore.open(privileged()).read(key)
    expect(row?.content).toBe(`sha256:${sha256} (100000 bytes)`)
  })

  it('finds none where none is, nor where no name can be', async () => {
    answers({})
    expect(await objectStore.open(privileged()).read(key)).toBeNull()
    server.answer((response) =>
      json(response, 400, { statusCode: '400', error: 'InvalidKey', message: 'Invalid key: ä' }),
    )
    expect(await objectStore.open(privileged()).read({ ...key, name: 'ä' })).toBeNull()
  })

  it('takes no other object for the requested one', async () => {
    answers({ [`GET ${info}`]: { ...particulars, name: 'b c.txt' }, [`GET ${file}`]: 'mine' })
    expect(await objectStore.open(privileged()).read(key)).toBeNull()
  })

  it.each([
    [500, '500', 'Internal', 'the object a/b c.txt of the bucket files could not be read: 500 broken'],
    [400, '403', 'Unauthorized', 'could not be read: 403 broken'],
  ])('throws an error when the state is unknown: %s %s', async (status, statusCode, error, why) => {
    server.answer((response) => json(response, status, { statusCode, error, message: 'broken' }))
    await expect(objectStore.open(privileged()).read(key)).rejects.toThrow(why)
  })

  it('makes an object once', async () => {
    answers({ 'POST /object/files/': { Key: 'x' } })
    await objectStore.open(privileged()).make({ ...key, content: 'mine', content_type: 'text/css' })
    expect(lines()).toEqual([`POST ${file} mine`])
    expect(server.seen[0]?.headers).toMatchObject({ 'x-upsert': 'false', 'content-type': 'text/css' })
  })

  test.each([
    ['413', 'The object exceeded the maximum allowed size', /file_size_limit/],
    ['415', 'mime type text/css is not supported', /content_type/],
    ['409', 'The resource already exists', /\$unique/],
    ['404', 'Bucket not found', /has to be there/],
  ])('explains how to correct a fixture that is refused with %s', async (statusCode, message, hint) => {
    server.answer((response) => json(response, 400, { statusCode, error: 'x', message }))
    await expect(objectStore.open(privileged()).make(key)).rejects.toMatchObject({
      code: 'storage-refused',
      message: `the object a/b c.txt of the bucket files could not be made: ${statusCode} ${message}`,
      hint: expect.stringMatching(hint),
    })
  })

  it('changes the given columns and leaves the rest as it was', async () => {
    answers({ [`GET ${info}`]: particulars, [`GET ${file}`]: 'mine', [`PUT ${file}`]: { Key: 'x' } })
    await objectStore.open(privileged()).change(key, { content: 'new' })
    expect(lines().at(-1)).toBe(`PUT ${file} new`)
    expect(server.seen.at(-1)?.headers).toMatchObject({
      'content-type': 'text/css',
      'cache-control': 'no-store',
      'x-metadata': Buffer.from('{"a":1}').toString('base64'),
    })
    await objectStore.open(privileged()).change(key, { content_type: 'text/x' })
    expect(lines().at(-1)).toBe(`PUT ${file} mine`)
  })

  it('changes a name by moving', async () => {
    answers({ 'POST /object/move': { message: 'moved' } })
    await objectStore.open(privileged()).change(key, { name: 'c', bucket_id: 'other' })
    expect(lines()).toEqual([
      'POST /object/move {"bucketId":"files","sourceKey":"a/b c.txt","destinationKey":"c","destinationBucket":"other"}',
    ])
  })

  it('does not write back bytes that it does not have', async () => {
    answers({ [`GET ${info}`]: particulars, [`GET ${file}`]: 'x'.repeat(100_000) })
    await expect(objectStore.open(privileged()).change(key, { content_type: 'a/b' })).rejects.toThrow(
      'too many to be kept',
    )
  })

  it('removes, and looks whether it is gone', async () => {
    answers({ 'DELETE /object/files': [] })
    await objectStore.open(privileged()).remove(key)
    expect(lines()).toEqual(['DELETE /object/files {"prefixes":["a/b c.txt"]}', `GET ${info}`])
    answers({ 'DELETE /object/files': [], [`GET ${info}`]: particulars })
    await expect(objectStore.open(privileged()).remove(key)).rejects.toThrow('was removed and is still there')
  })
})

describe('the store of buckets', () => {
  const drawer = { id: 'drawer', name: 'drawer', public: false, file_size_limit: null, allowed_mime_types: null }

  it('reads the settings', async () => {
    answers({ 'GET /bucket/drawer': { ...drawer, owner: 'x', file_size_limit: 7 } })
    const { name: _, ...row } = drawer
    expect(await bucketStore.open(privileged()).read({ id: 'drawer' })).toEqual({ ...row, file_size_limit: 7 })
    expect(await bucketStore.open(privileged()).read({ id: 'nothing' })).toBeNull()
  })

  it('makes and changes', async () => {
    answers({
      'POST /bucket': { name: 'drawer' },
      'GET /bucket/drawer': { ...drawer, public: true },
      'PUT /bucket': {},
    })
    const store = bucketStore.open(privileged())
    await store.make({ id: 'drawer', file_size_limit: 9 })
    await store.change({ id: 'drawer' }, { allowed_mime_types: ['image/png'] })
    expect(lines()).toEqual([
      'POST /bucket {"id":"drawer","name":"drawer","public":false,"file_size_limit":9}',
      'GET /bucket/drawer',
      'PUT /bucket/drawer {"id":"drawer","name":"drawer","public":true,"allowed_mime_types":["image/png"]}',
    ])
  })

  it('takes no setting of another type', async () => {
    const store = bucketStore.open(privileged())
    for (const setting of [{ public: 'yes' }, { file_size_limit: '1MB' }, { allowed_mime_types: 'image/png' }]) {
      await expect(store.make({ id: 'drawer', ...setting })).rejects.toMatchObject({ code: 'bucket-setting' })
    }
    expect(server.seen).toEqual([])
  })

  it('removes the objects of a bucket before the bucket', async () => {
    const objects = Array.from({ length: 501 }, (_, index) => ({ name: `f${index}`, id: '1' }))
    const page = { hasNext: false, folders: [], objects }
    answers({ 'POST /object/list-v2/drawer': page, 'DELETE /object/drawer': [], 'DELETE /bucket/drawer': {} })
    await bucketStore.open(privileged()).remove({ id: 'drawer' })
    expect(lines().map((line) => line.split(' ', 2).join(' '))).toEqual([
      'POST /object/list-v2/drawer',
      'DELETE /object/drawer',
      'DELETE /object/drawer',
      'DELETE /bucket/drawer',
    ])
  })

  it('that is gone already is no error', async () => {
    answers({ 'POST /object/list-v2/': { hasNext: false, folders: [], objects: [] } })
    await bucketStore.open(privileged()).remove({ id: 'drawer' })
  })
})

describe('a missing thing', () => {
  const bucket = (name: string) => ({ kind: 'bucket', name })

  it('is a bucket', async () => {
    answers({ 'GET /bucket/files': { id: 'files' }, 'GET /bucket': [] })
    expect(await findMissingBucket(bucket('files'), privileged())).toBeNull()
    expect(await findMissingBucket(bucket('*'), privileged())).toBeNull()
    server.answer((response, seen) =>
      lineOf(seen) === 'GET /bucket' ? json(response, 200, []) : json(response, 400, missing),
    )
    expect(await findMissingBucket(bucket('flies'), privileged())).toMatchObject({ found: 'no bucket `flies`' })
  })

  it('is Storage itself', async () => {
    server.answer((response) => json(response, 404, { message: 'no Route matched with those values' }))
    expect(await findMissingBucket(bucket('files'), privileged())).toMatchObject({
      found: 'no Storage on this target: it answered 404 when it was asked for its buckets',
    })
    server.answer((response) => response.writeHead(200).end('<html>'))
    expect(await findMissingBucket(bucket('*'), privileged())).toMatchObject({ expected: 'a target with Storage' })
  })

  it('is an error when no server answers', async () => {
    const nobody = { ...privileged(), url: 'http://127.0.0.1:2' }
    await expect(findMissingBucket(bucket('files'), nobody)).rejects.toThrow('Storage did not answer')
  })
})
