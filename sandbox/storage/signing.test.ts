import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byPolicy, noObject, type Person, type StorageBench, startBench, taken } from './test-support.ts'

const migration = `
  insert into storage.buckets (id, name) values ('documents', 'documents');
  create policy "own folder" on storage.objects to authenticated
    using (bucket_id = 'documents' and (storage.foldername(name))[1] = auth.uid()::text)
    with check (bucket_id = 'documents' and (storage.foldername(name))[1] = auth.uid()::text);`

let bench: StorageBench
let alice: Person
let own: string
beforeAll(async () => {
  bench = await startBench(migration)
  alice = await bench.person('alice')
  own = `${alice.id}/note.txt`
  await bench.admin.storage.from('documents').upload(own, 'of alice')
  await bench.admin.storage.from('documents').upload('secret.txt', 'of nobody')
})
afterAll(() => bench.stop())

const documents = () => alice.client.storage.from('documents')

async function signed(seconds = 60, path = own): Promise<string> {
  const { data, error } = await documents().createSignedUrl(path, seconds)
  if (error !== null) throw error
  return data.signedUrl
}

/** The path behind `/storage/v1`, and the token. */
function apart(url: string) {
  const { pathname, searchParams } = new URL(url)
  return { path: pathname.replace('/storage/v1', ''), token: searchParams.get('token') ?? '' }
}

async function ask(url: string) {
  const answer = await fetch(url)
  const text = await answer.text()
  return { status: answer.status, text, headers: answer.headers }
}

const forged = (claims: Record<string, unknown>, exp: number) =>
  new SignJWT({ ...claims, exp })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(bench.sandbox.jwtSecret))
const now = () => Math.floor(Date.now() / 1000)

describe('a signed URL', () => {
  it('is signed for a caller that may read, and works for any caller', async () => {
    expect(await documents().createSignedUrl('secret.txt', 60)).toMatchObject(noObject())
    expect(await documents().createSignedUrl('missing.txt', 60)).toMatchObject(noObject())
    const url = await signed()
    const answer = await ask(url)
    expect(answer).toMatchObject({ status: 200, text: 'of alice' })
    const { exp, iat, ...claims } = decodeJwt(apart(url).token)
    expect(claims).toEqual({ url: `documents/${own}`, scope: 'download' })
    expect(Number(exp) - Number(iat)).toBe(60)
    expect(answer.headers.get('expires')).toBe(new Date(Number(exp) * 1000).toUTCString())
    expect(answer.headers.get('cache-control')).toBeNull()
  })

  it('outlives the right to sign', async () => {
    const url = await signed()
    await bench.database.query('drop policy "own folder" on storage.objects')
    try {
      expect(await documents().createSignedUrl(own, 60)).toMatchObject(noObject())
      expect(await ask(url)).toMatchObject({ status: 200 })
    } finally {
      await bench.database.query(migration.slice(migration.indexOf('create policy')))
    }
  })

  it('ends with its time', async () => {
    const token = await forged({ url: `documents/${own}`, scope: 'download' }, now() - 1)
    expect(await bench.send('GET', `/object/sign/documents/${own}?token=${token}`)).toMatchObject({
      status: 400,
      body: { statusCode: '400', code: 'InvalidJWT', message: '"exp" claim timestamp check failed' },
    })
  })

  it('is good for its object and for nothing else', async () => {
    const { token } = apart(await signed())
    const refused = (code: string, message: string) => ({ status: 400, body: { statusCode: '400', code, message } })
    expect(await bench.send('GET', `/object/sign/documents/secret.txt?token=${token}`)).toMatchObject(
      refused('InvalidSignature', 'Invalid signature'),
    )
    expect(await bench.send('GET', `/object/sign/documents/${own}?token=${token.slice(0, -4)}AAAA`)).toMatchObject(
      refused('InvalidJWT', 'signature verification failed'),
    )
    expect(await bench.send('GET', `/object/sign/documents/${own}?token=junk`)).toMatchObject(
      refused('InvalidJWT', 'Invalid Compact JWS'),
    )
    expect(await bench.send('GET', `/object/sign/documents/${own}`)).toMatchObject(
      refused('InvalidRequest', "querystring must have required property 'token'"),
    )
    expect(
      await bench.send('PUT', `/object/upload/sign/documents/${own}?token=${token}`, { body: 'overwritten' }),
    ).toMatchObject(refused('InvalidSignature', 'Token is not scoped for upload'))
    expect(await bench.contents('documents')).toMatchObject({ [own]: 'of alice' })
  })

  it('is not good for a moved object', async () => {
    await documents().upload(`${alice.id}/moving.txt`, 'x')
    const url = await signed(60, `${alice.id}/moving.txt`)
    await documents().move(`${alice.id}/moving.txt`, `${alice.id}/moved.txt`)
    const answer = await ask(url)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ statusCode: '404', error: 'not_found', code: 'NoSuchKey' })
  })

  it('may ask for a download under another name', async () => {
    const { data } = await documents().createSignedUrl(own, 60, { download: 'my note.txt' })
    expect((await ask(data?.signedUrl ?? '')).headers.get('content-disposition')).toBe(
      "attachment; filename=my%20note.txt; filename*=UTF-8''my%20note.txt",
    )
  })

  it('is made for many names at once, one by one', async () => {
    const { data, error } = await documents().createSignedUrls([own, 'secret.txt'], 60)
    expect(error).toBeNull()
    expect(data?.map(({ path, error: reason, signedUrl }) => [path, reason, signedUrl === null])).toEqual([
      [own, null, false],
      ['secret.txt', 'Either the object does not exist or you do not have access to it', true],
    ])
    expect(await ask(data?.[0]?.signedUrl ?? '')).toMatchObject({ status: 200, text: 'of alice' })
  })
})

describe('a signed upload', () => {
  it('is allowed to a caller that may upload, and the object belongs to that caller', async () => {
    expect(await documents().createSignedUploadUrl('secret-2.txt')).toMatchObject(byPolicy())
    expect(await documents().createSignedUploadUrl(own)).toMatchObject(taken())
    const path = `${alice.id}/later.txt`
    const { data } = await documents().createSignedUploadUrl(path)
    const { exp, iat, ...claims } = decodeJwt(data?.token ?? '')
    expect(claims).toEqual({ owner: alice.id, url: `documents/${path}`, upsert: false, scope: 'upload' })
    expect(Number(exp) - Number(iat)).toBe(7200)
    const visitor = bench.visitor.storage.from('documents')
    expect(await visitor.uploadToSignedUrl(path, data?.token ?? '', 'by a visitor')).toMatchObject({
      data: { path, fullPath: `documents/${path}` },
    })
    expect(await visitor.uploadToSignedUrl(path, data?.token ?? '', 'again')).toMatchObject(taken())
    expect((await bench.contents('documents'))[path]).toBe('by a visitor')
    const { rows } = await bench.database.query('select owner_id from storage.objects where name = $1', [path])
    expect(rows).toEqual([{ owner_id: alice.id }])
  })

  it('may overwrite when it was signed so', async () => {
    const path = `${alice.id}/changing.txt`
    await documents().upload(path, 'first')
    const { data } = await documents().createSignedUploadUrl(path, { upsert: true })
    const visitor = bench.visitor.storage.from('documents')
    expect(await visitor.uploadToSignedUrl(path, data?.token ?? '', 'second')).toMatchObject({ error: null })
    expect((await bench.contents('documents'))[path]).toBe('second')
  })

  it('allows no reading and no other name', async () => {
    const { data } = await documents().createSignedUploadUrl(own, { upsert: true })
    const token = data?.token ?? ''
    expect(await bench.send('GET', `/object/sign/documents/${own}?token=${token}`)).toMatchObject({
      body: { code: 'InvalidSignature', message: 'Token is not scoped for download' },
    })
    expect(await bench.visitor.storage.from('documents').uploadToSignedUrl('secret.txt', token, 'x')).toMatchObject({
      error: { statusCode: '400', message: 'Invalid signature' },
    })
  })
})
