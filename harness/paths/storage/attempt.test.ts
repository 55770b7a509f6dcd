import { describe, expect, it } from 'vitest'
import { alone } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Call, TargetRow } from '../path.ts'
import { otherBytes } from './answer.ts'
import { storage } from './index.ts'

const server = recordingServer()

function object(name: string, row: JsonObject = { content: 'mine' }, bucket = 'files'): TargetRow {
  const key = { bucket_id: bucket, name }
  return { name: 'own', table: 'storage.objects', key, values: {}, row: { ...key, ...row } }
}

const bucket: TargetRow = {
  name: 'drawer',
  table: 'storage.buckets',
  key: { id: 'drawer' },
  values: {},
  row: { id: 'drawer', public: true },
}
const own = object('u1/ä b.txt')
const ownKey = { bucket_id: 'files', name: 'u1/ä b.txt' }
const refusal = { statusCode: '404', error: 'not_found', message: 'Object not found', code: 'NoSuchKey' }

function callOf(body: JsonObject, targets: readonly TargetRow[] = [own], more: Partial<Call> = {}): Call {
  const [verb = ''] = Object.keys(body)
  const resource = { kind: 'bucket', name: 'files', of: 'storage.objects' }
  return { resource, verb, body, targets, ...alone, ...more }
}

function attempt(...parameters: Parameters<typeof callOf>) {
  return storage.attempt(server.caller(), callOf(...parameters))
}

/** @returns the requests that were sent, one a line, with their JSON bodies. */
function sent(): string[] {
  return server.seen.map(({ method, rawPath, body }) =>
    [method, rawPath.replace('/storage/v1', ''), body].filter((part) => part !== '').join(' '),
  )
}

describe('an upload', () => {
  const answer = () => server.answer((response) => json(response, 200, { Id: '1', Key: 'files/a' }))

  it('sends the bytes and their headers', async () => {
    answer()
    const file = {
      name: 'u1/%2e%2e/a',
      content: 'data:x;base64,/wA=',
      content_type: 'image/png',
      cache_control: 'no-store',
      metadata: { a: 1 },
    }
    const { status, rows } = await attempt({ upload: file }, [])
    expect(sent()[0]).toMatch(/^POST \/object\/files\/u1\/%2e%2e\/a /)
    expect(server.seen[0]?.headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'no-store',
      'content-length': '2',
      'x-upsert': 'false',
      'x-metadata': Buffer.from('{"a":1}').toString('base64'),
    })
    expect([status, rows]).toEqual([200, null])
  })

  it('goes to the operation’s bucket', async () => {
    answer()
    await attempt({ upload: { name: 'a', bucket: 'other' } }, [])
    expect(sent()).toEqual(['POST /object/other/a'])
    const about = { resource: { kind: 'bucket', name: '*' } }
    await expect(attempt({ upload: { name: 'a' } }, [], about)).rejects.toThrow('a new object in no bucket')
  })

  it.each([
    [{ overwrite: 'own', content: 'x' }, 'PUT', undefined],
    [{ upsert: 'own', content: 'x' }, 'POST', 'true'],
  ])('over a fixture: %o', async (body, method, upsert) => {
    answer()
    await attempt(body)
    expect(sent()).toEqual([`${method} /object/files/u1/%C3%A4%20b.txt x`])
    expect(server.seen[0]?.headers['x-upsert']).toBe(upsert)
  })

  it('by a signed URL is sent without any credential', async () => {
    server.answer((response, { method }) =>
      json(response, 200, method === 'POST' ? { url: '/object/upload/sign/files/a?token=t1' } : { Key: 'files/a' }),
    )
    const { request } = await attempt({ sign_upload: { name: 'a', content: 'x' }, replace: true }, [])
    expect(sent()).toEqual(['POST /object/upload/sign/files/a {}', 'PUT /object/upload/sign/files/a?token=t1 x'])
    expect(server.seen.map(({ headers }) => [headers.authorization, headers.apikey])).toEqual([
      ['Bearer a-token', 'a-key'],
      [undefined, undefined],
    ])
    expect(server.seen[0]?.headers['x-upsert']).toBe('true')
    expect(request.path).toBe('/storage/v1/object/upload/sign/files/a?token=…')
  })
})

describe('a resumable upload', () => {
  const tus = { 'tus-resumable': '1.0.0' }
  const steps = () => server.seen.map(({ method, rawPath }) => `${method} ${rawPath.replace('/storage/v1', '')}`)
  const serve = (patch: (at: number) => readonly [number, Record<string, string>, string]) =>
    server.answer((response, { method, headers, body }) => {
      if (method === 'POST') {
        response.writeHead(201, { ...tus, location: 'https://elsewhere.example/upload/resumable/aWQ' }).end()
      } else if (method === 'HEAD') {
        response.writeHead(200, { ...tus, 'upload-offset': '1' }).end()
      } else if (method === 'DELETE') {
        response.writeHead(204, tus).end()
      } else {
        const [status, more, text] = patch(Number(headers['upload-offset']) + body.length)
        response.writeHead(status, { ...tus, ...more }).end(text)
      }
    })
  const taken = (at: number) => [204, { 'upload-offset': String(at) }, ''] as const

  it('begins and sends the bytes to the address of the project', async () => {
    serve(taken)
    const { status } = await attempt({ upload: { name: 'u1/ä', content: 'new', metadata: { a: 1 } }, via: 'tus' }, [])
    expect(status).toBe(204)
    expect(steps()).toEqual(['POST /upload/resumable', 'PATCH /upload/resumable/aWQ', 'DELETE /upload/resumable/aWQ'])
    const text = (value: string) => Buffer.from(value).toString('base64')
    expect(server.seen[0]?.headers).toMatchObject({
      'upload-length': '3',
      'upload-metadata': `bucketName ${text('files')},objectName ${text('u1/ä')},contentType ${text('text/plain;charset=UTF-8')},metadata ${text('{"a":1}')}`,
    })
    expect(server.seen[0]?.headers['x-upsert']).toBeUndefined()
  })

  it('over a fixture says so at each step', async () => {
    serve(taken)
    await attempt({ upsert: 'own', content: 'changed', via: 'tus' })
    expect(server.seen.map(({ headers }) => headers['x-upsert'])).toEqual(['true', 'true', 'true'])
  })

  it('that another actor has begun is gone on with after what has arrived', async () => {
    serve(taken)
    const bob = { ...server.caller(), actor: 'bob', token: 'token-of-bob' }
    const more = { session: () => bob }
    await attempt({ upload: { name: 'a', content: 'new' }, via: 'tus', begun_by: 'bob' }, [], more)
    expect(server.seen.map(({ method, body, headers }) => [method, body, headers.authorization])).toEqual([
      ['POST', '', 'Bearer token-of-bob'],
      ['PATCH', 'n', 'Bearer token-of-bob'],
      ['HEAD', '', 'Bearer a-token'],
      ['PATCH', 'ew', 'Bearer a-token'],
      ['DELETE', '', 'Bearer token-of-bob'],
    ])
  })

  it.each([
    ['refused by a policy', 403, 'new row violates row-level security policy', 'policy-check'],
    ['of a name that is taken', 409, 'The resource already exists', 'already-exists'],
    ['too large', 413, 'Maximum size exceeded\n', 'too-large'],
    ['of a refused type', 415, 'mime type text/plain is not supported', 'type-not-allowed'],
    ['with an expired token', 403, '"exp" claim timestamp check failed', 'token-refused'],
    ['that was changed meanwhile', 409, 'Upload-Offset conflict\n', 'upload-moved-on'],
    ['that is gone', 404, 'The file for this url was not found\n', 'upload-gone'],
    ['that the service cannot store', 500, 'Something went wrong\n', 'server-error'],
    ['of which bytes are missing', 204, '', 'no-json'],
  ])('%s', async (_, status, text, name) => {
    serve(() => [status, { 'upload-offset': '0' }, text])
    const answer = await attempt({ upload: { name: 'a', content: 'new' }, via: 'tus' }, [])
    expect(storage.responses.find(({ matches }) => matches(answer, 'upload'))?.name).toBe(name)
    expect(steps()).toContain('DELETE /upload/resumable/aWQ')
  })

  it('that the other actor cannot begin proves nothing', async () => {
    const text = 'new row violates row-level security policy'
    server.answer((response) => response.writeHead(403, tus).end(text))
    const more = { session: () => server.caller() }
    const answer = await attempt({ upload: { name: 'a', content: 'new' }, via: 'tus', begun_by: 'bob' }, [], more)
    expect(storage.responses.find(({ matches }) => matches(answer, 'upload'))?.name).toBe('upload-not-begun')
    expect(steps()).toEqual(['POST /upload/resumable'])
  })
})

describe('by the S3 endpoint', () => {
  const s3 = { ref: 'aref', secret: 'an-anon-key' }
  const signed = (body: JsonObject, targets: readonly TargetRow[] = [own], caller = server.caller()) =>
    storage.attempt({ ...caller, s3 }, callOf({ ...body, via: 's3' }, targets))
  const document = (root: string) =>
    server.answer((response) => response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml?>${root}`))

  it('a request is signed for the session, with its name as it is', async () => {
    server.answer((response) => response.writeHead(200).end())
    await signed({ upsert: { name: 'u1/../a (1)', content: 'x', metadata: { a: 'b' } } }, [])
    expect(sent()).toEqual(['PUT /s3/files/u1/../a%20%281%29 x'])
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=aref\/\d{8}\/us-east-1\/s3\/aws4_request, /),
      'x-amz-security-token': 'a-token',
      'x-amz-meta-a': 'b',
    })
    await signed({ download: 'own' }, [own], { ...server.caller(), token: null })
    expect(server.seen[1]?.headers['x-amz-security-token']).toBe('an-anon-key')
  })

  it('a list shows every name, of all pages', async () => {
    document(
      '<ListBucketResult><Contents><Key>a &amp; b</Key></Contents><Contents><Key>c</Key></Contents></ListBucketResult>',
    )
    expect((await signed({ list: '*' })).rows).toEqual([
      { bucket_id: 'files', name: 'a & b' },
      { bucket_id: 'files', name: 'c' },
    ])
    document('<html></html>')
    expect((await signed({ list: '*' })).failure).toBe('not-json')
  })

  it('only what was removed is removed', async () => {
    document(
      '<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>',
    )
    expect((await signed({ remove: ['own'] })).rows).toEqual([{ bucket_id: 'files', name: 'a' }])
  })

  it.each([
    ['a policy', 403, 'AccessDenied', 'new row violates row-level security policy', 'policy-check'],
    ['a policy for DELETE', 403, 'AccessDenied', 'Access denied', 'delete-refused'],
    ['a hidden object', 404, 'NoSuchKey', 'Object not found', 'object-not-found'],
    ['a token', 403, 'AccessDenied', '"exp" claim timestamp check failed', 'token-refused'],
    ['a wrong secret', 403, 'SignatureDoesNotMatch', 'The request signature we calculated …', 's3-signature-refused'],
    ['a wrong ref', 403, 'AccessDenied', 'Invalid Access Key', 's3-signature-refused'],
    ['a feature', 403, 'FeatureNotEnabled', 'feature not enabled for this tenant', 'feature-off'],
    ['a limit', 429, 'SlowDown', 'Too many connections issued to the database', 'rate-limited'],
  ])('a refusal by %s is known', async (_, status, code, message, name) => {
    const error = `<Error><Resource>files/a</Resource><Code>${code}</Code><Message>${message}</Message></Error>`
    server.answer((response) => response.writeHead(status, { 'content-type': 'application/xml' }).end(error))
    const answer = await signed({ delete: 'own' })
    expect(storage.responses.find(({ matches }) => matches(answer, 'delete'))?.name).toBe(name)
  })
})

describe('a download', () => {
  it('shows the object with its bytes', async () => {
    server.answer((response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('mine'))
    const { rows, details } = await attempt({ download: 'own' })
    expect(rows).toEqual([{ ...ownKey, content: 'mine', content_type: 'text/plain' }])
    expect(details).toBeNull()
    expect(sent()).toEqual(['GET /object/files/u1/%C3%A4%20b.txt'])
  })

  it('of other bytes than those of the fixture is marked', async () => {
    server.answer((response) => response.writeHead(200).end('yours'))
    expect(await attempt({ download: 'own' })).toMatchObject({ details: otherBytes, rows: [{ content: 'yours' }] })
    const unread: TargetRow = { name: 'own', table: 'storage.objects', key: ownKey, values: {} }
    expect((await attempt({ download: 'own' }, [unread])).details).toBeNull()
  })

  it('by the public URL carries no credential', async () => {
    server.answer((response) => response.writeHead(200).end('mine'))
    expect((await attempt({ public: 'own' })).rows).toHaveLength(1)
    expect(sent()).toEqual(['GET /object/public/files/u1/%C3%A4%20b.txt'])
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })

  it('by a signed URL too', async () => {
    server.answer((response, { method }) => {
      if (method === 'POST') json(response, 200, { signedURL: '/object/sign/files/u1/x?token=t1' })
      else response.writeHead(200).end('mine')
    })
    expect((await attempt({ sign: 'own', seconds: 60 })).rows).toHaveLength(1)
    const name = 'files/u1/%C3%A4%20b.txt'
    expect(sent()).toEqual([`POST /object/sign/${name} {"expiresIn":60}`, `GET /object/sign/${name}?token=t1`])
    expect(server.seen[1]?.headers.authorization).toBeUndefined()
  })

  it('by a signed URL that is over before its first use, and not one that was used before, depends on the moment', async () => {
    const over = { statusCode: '400', error: 'InvalidJWT', message: '"exp" claim timestamp check failed' }
    let uses = 0
    const lives = (times: number) => {
      uses = 0
      server.answer((response, { method, rawPath }) => {
        if (method !== 'POST') {
          uses += 1
          return uses > times ? json(response, 400, over) : response.end('mine')
        }
        const signedURL = '/object/sign/files/u1/x?token=t1'
        return rawPath.endsWith('/files')
          ? json(response, 200, [{ path: own.key.name ?? null, signedURL }])
          : json(response, 200, { signedURL })
      })
    }
    lives(0)
    expect(await attempt({ sign: 'own', seconds: 1 })).toMatchObject({ status: 400, lapsed: true })
    expect(await attempt({ sign_many: ['own'], seconds: 1 })).toMatchObject({ status: 400, lapsed: true })
    lives(1)
    const watched = await attempt({ sign: 'own', seconds: 1, after: { remove: 'own' }, watch: 2 })
    expect(watched).toMatchObject({ status: 400, lasted: { ended: true } })
    expect(watched.lapsed).toBeUndefined()
  })

  it('that is refused has the status of the body', async () => {
    server.answer((response) => json(response, 400, refusal))
    for (const body of [{ download: 'own' }, { public: 'own' }, { sign: 'own', seconds: 1 }, { info: 'own' }]) {
      expect(await attempt(body)).toMatchObject({
        status: 400,
        code: 'NoSuchKey',
        message: 'Object not found',
        details: '404 not_found',
        rows: null,
      })
    }
  })
})

describe('particulars', () => {
  it('are shown as columns', async () => {
    server.answer((response) =>
      json(response, 200, { size: 4, content_type: 'text/css', metadata: { a: 1 }, etag: 'x' }),
    )
    expect((await attempt({ info: 'own' })).rows).toEqual([
      { ...ownKey, size: 4, content_type: 'text/css', cache_control: null, metadata: { a: 1 } },
    ])
  })

  it('that are none are no answer of the service', async () => {
    server.answer((response) => json(response, 200, { status: 'maintenance' }))
    expect(await attempt({ info: 'own' })).toMatchObject({ failure: 'not-json', rows: null })
  })

  it('by HEAD are a row or a refusal, whose reason a second request reads', async () => {
    server.answer((response) => response.writeHead(200).end())
    expect(await attempt({ exists: 'own' })).toMatchObject({ rows: [ownKey], request: { method: 'HEAD' } })
    server.seen.length = 0
    server.answer((response) => json(response, 400, refusal))
    expect(await attempt({ exists: 'own' })).toMatchObject({
      status: 400,
      code: 'NoSuchKey',
      request: { method: 'HEAD' },
    })
    expect(sent().map((line) => line.split('/')[0])).toEqual(['HEAD ', 'GET '])
  })
})

describe('a list', () => {
  const entry = (name: string) => ({ name, id: '1', metadata: {} })

  it('goes through the folders of the fixtures, page by page, and returns whole names', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `f${index}`)
    server.answer((response, { body }) => {
      const { prefix, offset, limit } = JSON.parse(body)
      const page = prefix === 'a' ? names.slice(offset, offset + limit).map(entry) : [{ name: 'folder', id: null }]
      json(response, 200, page)
    })
    const { rows } = await attempt({ list: '*' }, [object('a/f1'), object('a/f2'), object('top')])
    expect(rows).toHaveLength(1001)
    expect(rows?.[1000]).toEqual({ bucket_id: 'files', name: 'a/f1000' })
    expect(server.seen.map(({ body }) => [JSON.parse(body).prefix, JSON.parse(body).offset])).toEqual([
      ['', 0],
      ['a', 0],
      ['a', 1000],
    ])
  })

  it('goes through another folder when the operation names one', async () => {
    await attempt({ list: '*', prefix: 'b/c' })
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ prefix: 'b/c' })
  })

  it('of the second version follows its cursor', async () => {
    server.answer((response, { body }) => {
      const { cursor } = JSON.parse(body)
      const more = cursor === undefined
      json(response, 200, { hasNext: more, nextCursor: 'n', folders: [], objects: [entry(more ? 'u1/a' : 'u1/b')] })
    })
    const { rows } = await attempt({ list: 'own', version: 2 })
    expect(rows?.map(({ name }) => name)).toEqual(['u1/a', 'u1/b'])
    expect(sent()[1]).toContain('"prefix":"u1/","with_delimiter":true,"cursor":"n"')
  })

  it('of a service that ignores pages comes to an end', async () => {
    const page = Array.from({ length: 1000 }, (_, index) => entry(`f${index}`))
    server.answer((response) => json(response, 200, page))
    expect((await attempt({ list: 'own' })).rows).toHaveLength(1000)
    expect(server.seen).toHaveLength(2)
  })

  it('that is none is no empty list', async () => {
    server.answer((response) => json(response, 200, { message: 'maintenance' }))
    expect(await attempt({ list: 'own' })).toMatchObject({ failure: 'not-json', rows: null })
    expect(await attempt({ list: 'own', version: 2 })).toMatchObject({ failure: 'not-json', rows: null })
    expect(await attempt({ remove: 'own' })).toMatchObject({ failure: 'not-json', rows: null })
  })
})

describe('the parts of an answer besides the rows', () => {
  const about = { note: 'of another person' }
  const places = async (body: JsonObject, targets: readonly TargetRow[] = [own]) => {
    const { besides = [] } = await attempt(body, targets)
    return besides.filter(({ text }) => text.includes(about.note)).map(({ at }) => at)
  }

  it.each<[string, JsonObject, Json, readonly string[]]>([
    ['a list', { list: 'own' }, [{ name: 'x', id: '1', metadata: about }], ['page 1']],
    ['a list, second version', { list: 'own', version: 2 }, { objects: [], folders: [about] }, ['page 1']],
    ['particulars', { info: 'own' }, { size: 1, owner: about }, ['body']],
    ['a removal', { remove: 'own' }, [{ name: 'x', user_metadata: about }], ['body']],
  ])('in %s is kept for the search', async (_, body, answer, expected) => {
    server.answer((response) => json(response, 200, answer))
    expect(await places(body)).toEqual(expected)
  })

  it('while it signs a URL is kept, even if the URL fails', async () => {
    const signing = { signedURL: '/object/sign/files/u1/x?token=t1', url: '/x?token=t1', ...about }
    const many = [{ path: own.key.name ?? null, signedURL: signing.signedURL, ...about }]
    server.answer((response, { method, rawPath }) => {
      if (method === 'POST') json(response, 200, rawPath.endsWith('/files') ? many : signing)
      else json(response, 400, refusal)
    })
    expect(await places({ sign: 'own', seconds: 60 })).toEqual(['signing'])
    expect(await places({ sign_many: ['own'], seconds: 60 })).toEqual(['signing'])
    expect(await places({ sign_upload: { name: 'a', content: 'x' } }, [])).toEqual(['signing'])
  })

  it('of a refused HEAD is kept, where a second request read the reason', async () => {
    server.answer((response) => json(response, 400, { ...refusal, ...about }))
    expect(await places({ exists: 'own' })).toEqual(['particulars'])
  })

  it('of buckets is kept', async () => {
    server.answer((response) => json(response, 200, [{ id: 'drawer', owner: about }]))
    expect(await places({ list_buckets: '*' }, [bucket])).toEqual(['page 1'])
    server.answer((response) => json(response, 200, { id: 'drawer', owner: about }))
    expect(await places({ get_bucket: 'drawer' }, [bucket])).toEqual(['body'])
  })

  it('in a refusal of any type is its body', async () => {
    server.answer((response) => response.writeHead(403, { 'content-type': 'application/octet-stream' }).end(about.note))
    expect((await attempt({ download: 'own' })).body).toBe(about.note)
  })
})

describe('a name', () => {
  it('is moved and copied as the operation declares', async () => {
    server.answer((response) => json(response, 200, { Key: 'files/b' }))
    await attempt({ move: 'own', to: '../b' })
    await attempt({ copy: 'own', to: 'b', to_bucket: 'other', replace: true })
    const from = '"bucketId":"files","sourceKey":"u1/ä b.txt"'
    expect(sent()).toEqual([
      `POST /object/move {${from},"destinationKey":"../b"}`,
      `POST /object/copy {${from},"destinationKey":"b","destinationBucket":"other"}`,
    ])
    expect(server.seen.map(({ headers }) => headers['x-upsert'])).toEqual([undefined, 'true'])
  })

  it('is removed alone or among others', async () => {
    server.answer((response) => json(response, 200, [{ bucket_id: 'files', name: 'a', owner: 'u1' }]))
    const { rows } = await attempt({ remove: ['own', 'b'] }, [object('a'), object('b')])
    expect(rows).toEqual([{ bucket_id: 'files', name: 'a' }])
    await attempt({ delete: 'own' })
    expect(sent()).toEqual(['DELETE /object/files {"prefixes":["a","b"]}', 'DELETE /object/files/u1/%C3%A4%20b.txt'])
    await expect(attempt({ remove: ['a', 'b'] }, [object('a'), object('b', {}, 'c')])).rejects.toThrow(
      'about one thing',
    )
  })

  it('is signed among others, and each URL is used', async () => {
    server.answer((response, { method }) => {
      const signed = [
        { path: 'a', signedURL: '/object/sign/files/a?token=t1', error: null },
        { path: 'b', signedURL: null, error: 'Either the object does not exist or you do not have access to it' },
      ]
      if (method === 'POST') json(response, 200, signed)
      else response.writeHead(200).end('mine')
    })
    const { rows } = await attempt({ sign_many: '*', seconds: 9 }, [object('a'), object('b')])
    expect(rows?.map(({ name }) => name)).toEqual(['a'])
    expect(sent()).toEqual([
      'POST /object/sign/files {"expiresIn":9,"paths":["a","b"]}',
      'GET /object/sign/files/a?token=t1',
    ])
  })
})

describe('a bucket', () => {
  it('is made and changed with the settings that are given', async () => {
    server.answer((response) => json(response, 200, { name: 'drawer' }))
    await attempt({ create_bucket: { id: 'drawer', file_size_limit: 10 } }, [])
    await attempt({ update_bucket: 'drawer', set: { allowed_mime_types: null } }, [bucket])
    expect(sent()).toEqual([
      'POST /bucket {"id":"drawer","name":"drawer","public":false,"file_size_limit":10}',
      'PUT /bucket/drawer {"id":"drawer","name":"drawer","public":true,"allowed_mime_types":null}',
    ])
  })

  it('is shown with its settings, and only when it is the one', async () => {
    server.answer((response) => json(response, 200, { id: 'drawer', public: true, owner: 'x', file_size_limit: 3 }))
    const row = { id: 'drawer', public: true, file_size_limit: 3, allowed_mime_types: null }
    expect((await attempt({ get_bucket: 'drawer' }, [bucket])).rows).toEqual([row])
    server.answer((response) => json(response, 200, { id: 'another' }))
    expect((await attempt({ get_bucket: 'drawer' }, [bucket])).failure).toBe('not-json')
  })

  it('is listed with all others', async () => {
    server.answer((response, { path }) =>
      json(
        response,
        200,
        path.includes('offset=0') ? Array.from({ length: 100 }, (_, n) => ({ id: `b${n}` })) : [{ id: 'z' }],
      ),
    )
    expect((await attempt({ list_buckets: '*' }, [])).rows).toHaveLength(101)
  })

  it('is emptied, and an accepted request is a success', async () => {
    server.answer((response, { path }) =>
      json(
        response,
        200,
        path.endsWith('/empty') ? { message: 'queued' } : { hasNext: false, folders: [], objects: [] },
      ),
    )
    const { rows } = await attempt({ empty_bucket: 'drawer', objects: ['a'] }, [object('a', {}, 'drawer'), bucket])
    expect(rows).toEqual([{ id: 'drawer' }])
    expect(sent()[0]).toBe('POST /bucket/drawer/empty {}')
  })

  it('is deleted', async () => {
    server.answer((response) => json(response, 200, { message: 'Successfully deleted' }))
    await attempt({ delete_bucket: 'drawer' }, [bucket])
    expect(sent()).toEqual(['DELETE /bucket/drawer {}'])
  })

  it('is not an object, and an object is no bucket', async () => {
    await expect(attempt({ download: 'drawer' }, [bucket])).rejects.toThrow('drawer is no object')
    await expect(attempt({ get_bucket: 'own' })).rejects.toThrow('own is no bucket')
  })
})

describe('access after something has happened', () => {
  const bytes = () => server.answer((response) => response.writeHead(200).end('mine'))
  const after = { remove: 'membership' }

  it('is looked for until it ends', async () => {
    bytes()
    let looks = 0
    const meanwhile = async () => {
      server.answer((response) => {
        looks += 1
        if (looks < 3) response.writeHead(200).end('changed')
        else json(response, 400, refusal)
      })
    }
    const answer = await attempt({ download: 'own', after, watch: 5 }, [own], { meanwhile })
    expect(answer).toMatchObject({ code: 'NoSuchKey', lasted: { ended: true } })
    expect(answer.lasted?.seconds).toBeGreaterThanOrEqual(0.2)
    expect(looks).toBe(3)
  })

  it('that ends at once lasted no time, and one that goes on is recorded as such', async () => {
    bytes()
    const gone = async () => server.answer((response) => json(response, 400, refusal))
    expect((await attempt({ download: 'own', after }, [own], { meanwhile: gone })).lasted).toEqual({
      seconds: 0,
      ended: true,
    })
    bytes()
    const { lasted } = await attempt({ download: 'own', after, watch: 0.3 }, [own])
    expect(lasted?.ended).toBe(false)
    expect(lasted?.seconds).toBeGreaterThanOrEqual(0.3)
  })

  it('is not looked for when there was none before', async () => {
    server.answer((response) => json(response, 400, refusal))
    const meanwhile = () => Promise.reject(new Error('not yet'))
    expect(await attempt({ download: 'own', after }, [own], { meanwhile })).not.toHaveProperty('lasted')
    expect(await attempt({ sign: 'own', seconds: 5, after }, [own], { meanwhile })).not.toHaveProperty('lasted')
  })
})

describe('operations that can be held open', () => {
  it('is a URL that was signed once', async () => {
    server.answer((response, { method }) => {
      if (method === 'POST') json(response, 200, { signedURL: '/object/sign/files/u1/x?token=t1' })
      else response.writeHead(200).end('mine')
    })
    const held = await storage.hold?.(server.caller(), callOf({ sign: 'own', seconds: 60 }))
    expect((await held?.use())?.rows).toHaveLength(1)
    server.answer((response) => json(response, 400, refusal))
    expect(await held?.use()).toMatchObject({ status: 400, code: 'NoSuchKey' })
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('is nothing where the URL was refused, and nothing of a download', async () => {
    server.answer((response) => json(response, 400, refusal))
    const held = await storage.hold?.(server.caller(), callOf({ sign: 'own', seconds: 60 }))
    expect(await held?.use()).toMatchObject({ status: 400, code: 'NoSuchKey' })
    expect(await storage.hold?.(server.caller(), callOf({ download: 'own' }))).toBeNull()
  })
})
