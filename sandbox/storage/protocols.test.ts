import { AwsClient } from 'aws4fetch'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Person, type StorageBench, startBench } from './test-support.ts'

const migration = `
  insert into storage.buckets (id, name) values ('documents', 'documents');
  insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)
    values ('pictures', 'pictures', 32, '{image/png}');
  create policy "look" on storage.objects for select to authenticated
    using ((storage.foldername(name))[1] = (select auth.uid())::text);
  create policy "put" on storage.objects for insert to authenticated
    with check ((storage.foldername(name))[1] in ((select auth.uid())::text, 'shared'));
  create policy "change" on storage.objects for update to authenticated
    using ((storage.foldername(name))[1] = (select auth.uid())::text);`

let bench: StorageBench
let alice: Person
let bob: Person
beforeAll(async () => {
  bench = await startBench(migration)
  ;[alice, bob] = await Promise.all([bench.person('alice'), bench.person('bob')])
})
afterAll(() => bench.stop())

const encoded = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')

/** Begins an upload of eight bytes. */
function begin(who: Person, name: string, headers: Record<string, string> = {}, bucketName = 'documents') {
  return bench.send('POST', '/upload/resumable', {
    token: who.token,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': '8',
      'upload-metadata': encoded({ bucketName, objectName: name, contentType: 'text/plain' }),
      ...headers,
    },
  })
}

const addressOf = ({ headers }: Answer) => `/upload/resumable/${headers.get('location')?.split('/').at(-1)}`

function proceed(who: Person, address: string, at: number, body: string, headers: Record<string, string> = {}) {
  return bench.send('PATCH', address, {
    token: who.token,
    body,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': String(at),
      'content-type': 'application/offset+octet-stream',
      ...headers,
    },
  })
}

const refusal = (status: number, text: string) => ({ status, text })
const byPolicy = refusal(403, 'new row violates row-level security policy')

describe('a resumable upload', () => {
  it('by the client that users have is an object with its metadata, in parts and resumed', async () => {
    const content = Buffer.from('a text in several parts')
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(content, {
        endpoint: `${bench.sandbox.url}/storage/v1/upload/resumable`,
        headers: { authorization: `Bearer ${alice.token}` },
        metadata: {
          bucketName: 'documents',
          objectName: `${alice.id}/a.txt`,
          contentType: 'text/plain',
          cacheControl: '60',
          metadata: '{"a":1}',
        },
        chunkSize: 10,
        retryDelays: null,
        onError: reject,
        onSuccess: () => resolve(),
      })
      upload.start()
    })
    const { data } = await alice.client.storage.from('documents').info(`${alice.id}/a.txt`)
    expect(data).toMatchObject({ size: 23, contentType: 'text/plain', cacheControl: 'max-age=60', metadata: { a: 1 } })
    expect(await bench.contents('documents')).toMatchObject({ [`${alice.id}/a.txt`]: content.toString() })
  })

  it('is refused to a caller that may not write the object, at each of its steps', async () => {
    expect(await begin(alice, `${bob.id}/a.txt`)).toMatchObject(byPolicy)
    const begun = await begin(bob, `${bob.id}/b.txt`)
    expect(begun).toMatchObject({ status: 201, text: '' })
    const address = addressOf(begun)
    expect(await proceed(alice, address, 0, 'of alice')).toMatchObject(byPolicy)
    const tus = { 'tus-resumable': '1.0.0' }
    expect(await bench.send('DELETE', address, { token: alice.token, headers: tus })).toMatchObject(byPolicy)
    const asked = await bench.send('HEAD', address, { token: alice.token, headers: tus })
    expect([asked.status, asked.headers.get('upload-offset'), asked.headers.get('upload-length')]).toEqual([
      200,
      '0',
      '8',
    ])
    expect(await bench.contents('documents')).not.toHaveProperty(`${bob.id}/b.txt`)
    expect(await bench.send('DELETE', address, { token: bob.token, headers: tus })).toMatchObject({ status: 204 })
    expect(await proceed(bob, address, 0, 'too late')).toMatchObject(
      refusal(404, 'The file for this url was not found\n'),
    )
  })

  it('belongs to the caller that ends it', async () => {
    const address = addressOf(await begin(alice, 'shared/c.txt'))
    expect(await proceed(alice, address, 0, 'half')).toMatchObject({ status: 204 })
    expect(await proceed(bob, address, 0, 'half')).toMatchObject(refusal(409, 'Upload-Offset conflict\n'))
    expect(await proceed(bob, address, 4, ' bob')).toMatchObject({ status: 204 })
    const { rows } = await bench.database.query("select owner_id from storage.objects where name = 'shared/c.txt'")
    expect(rows).toEqual([{ owner_id: bob.id }])
    expect(await bench.contents('documents')).toMatchObject({ 'shared/c.txt': 'half bob' })
  })

  it('replaces an object only with the header, by the policies for select and update too', async () => {
    await bench.admin.storage.from('documents').upload(`${alice.id}/d.txt`, 'old')
    expect(await begin(alice, `${alice.id}/d.txt`)).toMatchObject(refusal(409, 'The resource already exists'))
    const upsert = { 'x-upsert': 'true' }
    const address = addressOf(await begin(alice, `${alice.id}/d.txt`, upsert))
    expect(await proceed(alice, address, 0, 'replaced', upsert)).toMatchObject({ status: 204 })
    expect(await bench.contents('documents')).toMatchObject({ [`${alice.id}/d.txt`]: 'replaced' })
    await bench.admin.storage.from('documents').upload('shared/d.txt', 'old')
    expect(await begin(alice, 'shared/d.txt', upsert)).toMatchObject(byPolicy)
  })

  it('keeps to the limits of its bucket, and to the protocol', async () => {
    const large = { 'upload-length': '33' }
    expect(await begin(alice, `${alice.id}/e.png`, large, 'pictures')).toMatchObject(
      refusal(413, 'Maximum size exceeded\n'),
    )
    expect(await begin(alice, `${alice.id}/e.png`, {}, 'pictures')).toMatchObject(
      refusal(415, 'mime type text/plain is not supported'),
    )
    expect(await begin(alice, 'x', {}, 'none')).toMatchObject(refusal(404, 'Bucket not found'))
    expect(await begin(alice, 'x', { 'tus-resumable': '' })).toMatchObject(refusal(412, 'Tus-Resumable Required\n'))
    expect(await begin({ ...alice, token: 'junk' }, 'x')).toMatchObject({ status: 403, body: { code: 'AccessDenied' } })
  })
})

describe('the S3 endpoint', () => {
  const s3 = (who: { token: string }, secret = bench.sandbox.anonKey) =>
    new AwsClient({
      accessKeyId: 'sandbox',
      secretAccessKey: secret,
      sessionToken: who.token,
      service: 's3',
      region: 'us-east-1',
      retries: 0,
    })
  const ask = async (who: { token: string }, method: string, path: string, init: RequestInit = {}) => {
    const response = await s3(who).fetch(`${bench.sandbox.url}/storage/v1/s3${path}`, { method, ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const code = (name: string) => ({ text: expect.stringContaining(`<Code>${name}</Code>`) })

  it('takes, gives, lists, copies and removes objects of a session', async () => {
    const own = `/documents/${alice.id}`
    const type = { 'content-type': 'text/plain', 'x-amz-meta-a': 'b' }
    expect(await ask(alice, 'PUT', `${own}/s3 1.txt`, { body: 'by S3', headers: type })).toMatchObject({
      status: 200,
    })
    const got = await ask(alice, 'GET', `${own}/s3 1.txt`)
    expect([got.status, got.text, got.headers.get('content-type')]).toEqual([200, 'by S3', 'text/plain'])
    const head = await ask(alice, 'HEAD', `${own}/s3 1.txt`)
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
    const listed = await ask(alice, 'GET', `/documents?list-type=2&prefix=${alice.id}/s3`)
    expect(listed.text).toContain(`<Key>${alice.id}/s3 1.txt</Key>`)
    const source = { 'x-amz-copy-source': `/documents/${alice.id}/s3%201.txt` }
    expect(await ask(alice, 'PUT', `${own}/s3-copy.txt`, { headers: source })).toMatchObject({ status: 200 })
    expect((await ask(alice, 'GET', `${own}/s3-copy.txt`)).text).toBe('by S3')
    const names = `<Delete><Object><Key>${alice.id}/s3-copy.txt</Key></Object></Delete>`
    const removed = await ask(alice, 'POST', '/documents?delete', { body: names })
    // There is no policy for DELETE.
    expect(removed.text).toContain(`<Key>${alice.id}/s3-copy.txt</Key><Code>AccessDenied</Code>`)
    expect(await ask(alice, 'DELETE', `${own}/s3-copy.txt`)).toMatchObject({ status: 403, ...code('AccessDenied') })
    expect(await ask(alice, 'DELETE', `${own}/none`)).toMatchObject({ status: 204 })
  })

  it('takes an object in several parts', async () => {
    const path = `/documents/${alice.id}/parts.txt`
    const begun = await ask(alice, 'POST', `${path}?uploads`)
    const id = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1]
    for (const [number, body] of [
      [2, 'two'],
      [1, 'one'],
    ] as const) {
      const sent = await ask(alice, 'PUT', `${path}?partNumber=${number}&uploadId=${id}`, { body })
      expect(sent.status).toBe(200)
    }
    expect(await ask(bob, 'POST', `${path}?uploadId=${id}`)).toMatchObject({ status: 403, ...code('AccessDenied') })
    expect(await ask(alice, 'POST', `${path}?uploadId=${id}`)).toMatchObject({ status: 200 })
    expect((await ask(alice, 'GET', path)).text).toBe('onetwo')
    expect(await ask(alice, 'DELETE', `${path}?uploadId=${id}`)).toMatchObject({ status: 404, ...code('NoSuchUpload') })
  })

  it('refuses others, and what is not signed with the right secret and a session', async () => {
    expect(await ask(bob, 'GET', `/documents/${alice.id}/parts.txt`)).toMatchObject({
      status: 404,
      ...code('NoSuchKey'),
    })
    expect(await ask(bob, 'PUT', `/documents/${alice.id}/b.txt`, { body: 'x' })).toMatchObject({
      status: 403,
      text: expect.stringContaining('new row violates row-level security policy'),
    })
    const wrong = await s3(alice, 'wrong').fetch(`${bench.sandbox.url}/storage/v1/s3/documents/x`)
    expect([wrong.status, await wrong.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')])
    expect(await ask({ token: 'junk' }, 'GET', '/documents/x')).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Message>Invalid Compact JWS</Message>'),
    })
  })
})

describe('a rendered image', () => {
  it('is the object itself, by the rights of the caller or of a signed URL', async () => {
    const name = `${alice.id}/i.png`
    await bench.admin.storage.from('documents').upload(name, 'image', { contentType: 'image/png' })
    const route = `/render/image/authenticated/documents/${name}?width=10`
    expect(await bench.send('GET', route, { token: alice.token })).toMatchObject({ status: 200, text: 'image' })
    expect(await bench.send('GET', route, { token: bob.token })).toMatchObject({ body: { statusCode: '404' } })
    expect(await bench.send('GET', `/render/image/public/documents/${name}`)).toMatchObject({
      body: { message: 'Bucket not found' },
    })
    const transform = { width: 10 }
    const { data } = await alice.client.storage.from('documents').createSignedUrl(name, 60, { transform })
    expect(data?.signedUrl).toContain('/render/image/sign/documents/')
    expect(await (await fetch(data?.signedUrl ?? '')).text()).toBe('image')
  })
})
