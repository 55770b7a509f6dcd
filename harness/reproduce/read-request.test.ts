import { describe, expect, it } from 'vitest'
import { readRequest } from './read-request.ts'
import { recognise } from './recognise.ts'

/** A token with these claims; its signature is not looked at. */
function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`
}

const subject = '5f1b6a52-7d0c-4f4e-9f5e-2f0a7f3d9c11'
const user = token({ role: 'authenticated', sub: subject, aal: 'aal1', is_anonymous: false })
const anon = token({ role: 'anon' })
const base = 'https://abcdefghijklmnopqrst.supabase.co'
const documents = { kind: 'relation', name: 'public.documents' }

/** What a curl command comes to. */
function read(command: string) {
  const request = readRequest(command, null)
  return { caller: request.caller.kind, ...recognise(request) }
}

describe('a curl command', () => {
  it.each([
    ['with single quotes', `curl '${base}/rest/v1/documents?id=eq.7' -H 'apikey: ${anon}'`],
    ['with double quotes', `curl "${base}/rest/v1/documents?id=eq.7" -H "apikey: ${anon}"`],
    ['with a prompt', `$ curl '${base}/rest/v1/documents?id=eq.7' -H 'apikey: ${anon}'`],
    ['on several lines', `curl '${base}/rest/v1/documents?id=eq.7' \\\n  -H 'apikey: ${anon}' \\\n  --compressed`],
    ['on several lines of Windows', `curl '${base}/rest/v1/documents?id=eq.7' \\\r\n  -H 'apikey: ${anon}'`],
    ['with options in one word', `curl -sSLk -XGET '${base}/rest/v1/documents?id=eq.7' -H'apikey: ${anon}'`],
    ['with --url and =', `curl --request=GET --header 'apikey: ${anon}' --url '${base}/rest/v1/documents?id=eq.7'`],
    ['with -G and -d', `curl -G ${base}/rest/v1/documents -d id=eq.7 -H 'apikey: ${anon}'`],
    ['with --data-urlencode', `curl --get ${base}/rest/v1/documents --data-urlencode id=eq.7 -H 'apikey: ${anon}'`],
    [
      'with an output file',
      `curl -o out.json -w '%{http_code}' '${base}/rest/v1/documents?id=eq.7' -H 'apikey: ${anon}'`,
    ],
    ['with a variable for the host', `curl "$SUPABASE_URL/rest/v1/documents?id=eq.7" -H "apikey: ${anon}"`],
    ['with a publishable key', `curl '${base}/rest/v1/documents?id=eq.7' -H 'apikey: sb_publishable_abc_def'`],
    [
      'with other capitals of headers',
      `curl '${base}/rest/v1/documents?id=eq.7' -H 'ApiKey: ${anon}' -H 'AUTHORIZATION: bearer ${anon}'`,
    ],
  ])('%s is a read by anon', (_what, command) => {
    expect(read(command)).toMatchObject({
      caller: 'anon',
      wanted: documents,
      attempt: { verb: 'select', columns: [], filters: [{ column: 'id', value: '7' }], head: false, single: false },
    })
  })

  const signedIn = `-H 'apikey: ${anon}' -H 'Authorization: Bearer ${user}'`
  it.each([
    [
      'a list of columns',
      `'${base}/rest/v1/documents?select=id,projects(id,name),"a,b"' ${signedIn}`,
      { verb: 'select', columns: ['id', 'projects(id,name)', '"a,b"'] },
    ],
    [
      'one row',
      `'${base}/rest/v1/documents?id=eq.7' -H 'Accept: application/vnd.pgrst.object+json' ${signedIn}`,
      { verb: 'select', single: true },
    ],
    [
      'a count',
      `-I '${base}/rest/v1/documents' -H 'Prefer: count=exact' ${signedIn}`,
      { verb: 'select', head: true, count: true },
    ],
    [
      'an insert',
      `'${base}/rest/v1/documents' ${signedIn} -d '{"title":"x"}'`,
      { verb: 'insert', rows: [{ title: 'x' }], returning: 'minimal' },
    ],
    [
      'an insert of a list',
      `'${base}/rest/v1/documents' ${signedIn} --json '[{"title":"x"},{"title":"y"}]'`,
      { verb: 'insert', rows: [{ title: 'x' }] },
    ],
    [
      'an insert with quotes of bash',
      `'${base}/rest/v1/documents' ${signedIn} --data-raw $'{"title":"it\\'s"}'`,
      { verb: 'insert', rows: [{ title: "it's" }] },
    ],
    [
      'an upsert',
      `'${base}/rest/v1/documents?on_conflict=slug' ${signedIn} -H 'Prefer: resolution=merge-duplicates,return=representation' -d '{"slug":"x"}'`,
      { verb: 'upsert', onConflict: ['slug'], ignoreDuplicates: false, returning: 'representation' },
    ],
    [
      'an update',
      `-X PATCH '${base}/rest/v1/documents?id=eq.7' ${signedIn} -d '{"title":"x"}'`,
      { verb: 'update', set: { title: 'x' }, filters: [{ column: 'id', value: '7' }] },
    ],
    [
      'an update from a file',
      `-X PATCH '${base}/rest/v1/documents?id=eq.7' ${signedIn} -d @body.json`,
      { verb: 'update', set: null },
    ],
    ['a removal', `-X DELETE '${base}/rest/v1/documents?id=in.(1,2)' ${signedIn}`, { verb: 'delete', filters: [] }],
  ])('by a signed-in user: %s', (_what, rest, attempt) => {
    expect(read(`curl ${rest}`)).toMatchObject({ caller: 'authenticated', wanted: documents, attempt })
  })

  it.each([
    [
      'a function',
      `-d '{"who":1}' '${base}/rest/v1/rpc/promote'`,
      { kind: 'function', name: 'public.promote' },
      { verb: 'call', arguments: { who: 1 }, method: 'post' },
    ],
    [
      'a function by GET',
      `'${base}/rest/v1/rpc/promote?who=1'`,
      { kind: 'function', name: 'public.promote' },
      { verb: 'call', arguments: { who: '1' }, method: 'get' },
    ],
    [
      'another schema',
      `'${base}/rest/v1/invoices' -H 'Accept-Profile: billing'`,
      { kind: 'relation', name: 'billing.invoices' },
      { verb: 'select' },
    ],
    [
      'a table with a space',
      `'${base}/rest/v1/Order%20Items'`,
      { kind: 'relation', name: 'public.Order Items' },
      { verb: 'select' },
    ],
    [
      'a download',
      `'${base}/storage/v1/object/authenticated/files/a/b.txt'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'download' },
    ],
    [
      'a download without a word',
      `'${base}/storage/v1/object/files/a/b.txt'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'download' },
    ],
    [
      'a public download',
      `'${base}/storage/v1/object/public/files/a/b.txt'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'public' },
    ],
    [
      'a picture',
      `'${base}/storage/v1/render/image/authenticated/files/a.png?width=10'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'download' },
    ],
    [
      'a list',
      `'${base}/storage/v1/object/list/files' -d '{"prefix":"a"}'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'list' },
    ],
    [
      'an upload',
      `-T a.txt -X POST '${base}/storage/v1/object/files/a/b.txt'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'upload', folder: 'a' },
    ],
    [
      'an upload over an object',
      `-X POST '${base}/storage/v1/object/files/a/b.txt' -H 'x-upsert: true' -d x`,
      { kind: 'bucket', name: 'files' },
      { verb: 'upsert object' },
    ],
    [
      'a signature',
      `'${base}/storage/v1/object/sign/files/a/b.txt' -d '{"expiresIn":90}'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'sign', seconds: 90 },
    ],
    [
      'a move',
      `'${base}/storage/v1/object/move' -d '{"bucketId":"files","sourceKey":"a","destinationKey":"b/c"}'`,
      { kind: 'bucket', name: 'files' },
      { verb: 'move', toFolder: 'b' },
    ],
    [
      'an Edge Function',
      `-d '{"a":1}' '${base}/functions/v1/checkout/pay'`,
      { kind: 'edge_function', name: 'checkout' },
      { verb: 'invoke', method: 'post', path: '/pay', json: { a: 1 } },
    ],
  ])('to %s', (_what, rest, wanted, attempt) => {
    expect(read(`curl ${rest} -H 'apikey: ${anon}'`)).toMatchObject({ wanted, attempt })
  })

  it('without a key and a token comes from a caller without a key', () => {
    expect(readRequest(`curl ${base}/rest/v1/documents`, null).caller).toMatchObject({ kind: 'anon', keyless: true })
  })

  it.each([
    ['a token that was redacted', 'Bearer <redacted>', 'unknown'],
    ['a variable of the shell', 'Bearer $TOKEN', 'unknown'],
    ['the publishable key', 'Bearer sb_publishable_abc', 'anon'],
    [
      'an anonymous user',
      `Bearer ${token({ role: 'authenticated', sub: subject, is_anonymous: true })}`,
      'anonymous-auth',
    ],
  ])('with %s', (_what, authorization, kind) => {
    const { caller, headers } = readRequest(
      `curl ${base}/rest/v1/documents -H 'apikey: ${anon}' -H 'authorization: ${authorization}'`,
      null,
    )
    expect(caller.kind).toBe(kind)
    expect([...headers.keys()]).toEqual([])
  })

  it.each([
    ['of a secret key', `curl ${base}/rest/v1/documents -H 'apikey: sb_secret_abcdef'`, 'not-reproducible'],
    [
      'of the key service_role',
      `curl ${base}/rest/v1/documents -H 'apikey: ${token({ role: 'service_role' })}'`,
      'not-reproducible',
    ],
    ['to GraphQL', `curl ${base}/graphql/v1 -d '{}'`, 'not-reproducible'],
    ['to Auth', `curl ${base}/auth/v1/user`, 'not-reproducible'],
    ['to another path', `curl ${base}/api/invoices`, 'not-reproducible'],
    ['with a signed URL', `curl '${base}/storage/v1/object/sign/files/a?token=x'`, 'not-reproducible'],
    ['a preflight', `curl -X OPTIONS ${base}/rest/v1/documents`, 'not-reproducible'],
    ['with an open quote', `curl '${base}/rest/v1/documents`, 'request-unreadable'],
    ['with an unknown option', `curl --frobnicate ${base}/rest/v1/documents`, 'request-unreadable'],
    ['with two addresses', `curl ${base}/rest/v1/a ${base}/rest/v1/b`, 'request-unreadable'],
    ['without an address', 'curl -s', 'request-unreadable'],
    ['with quotes of cmd.exe', `curl ^"${base}/rest/v1/documents^"`, 'request-unreadable'],
    [
      'with a body that is no JSON',
      `curl ${base}/rest/v1/documents -H 'content-type: application/json' -d '{'`,
      'request-unreadable',
    ],
    ['that is nothing', '', 'request-unreadable'],
    ['that is another command', 'wget x', 'request-unreadable'],
    ['that is other JSON', '{"a":1}', 'request-unreadable'],
  ])('%s is refused', (_what, command, code) => {
    expect(() => read(command)).toThrow(expect.objectContaining({ code }))
  })

  it('that is refused does not repeat a token', () => {
    expect(() => readRequest(`curl --frobnicate=${user}`, null)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(user) }),
    )
  })
})

describe('a HAR', () => {
  const entry = (method: string, path: string) => ({
    request: {
      method,
      url: `${base}${path}`,
      headers: [
        { name: ':method', value: method },
        { name: 'Authorization', value: `Bearer ${user}` },
      ],
      postData: { mimeType: 'application/json', text: '{"title":"x"}' },
    },
    response: { status: 204 },
  })
  const file = (...entries: object[]) => JSON.stringify({ log: { version: '1.2', entries } })

  it('with one request to the project, among others', () => {
    const har = file(
      entry('OPTIONS', '/rest/v1/documents'),
      entry('GET', '/index.html'),
      entry('PATCH', '/rest/v1/documents?id=eq.7'),
    )
    expect(readRequest(har, null)).toMatchObject({
      method: 'PATCH',
      status: 204,
      caller: { kind: 'authenticated', subject },
    })
  })

  it('that is a single entry', () => {
    expect(readRequest(JSON.stringify(entry('DELETE', '/rest/v1/documents')), null).method).toBe('DELETE')
  })

  it('with several requests needs the number of one', () => {
    const har = file(entry('GET', '/rest/v1/a'), entry('GET', '/rest/v1/b'))
    expect(() => readRequest(har, null)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('2: GET /rest/v1/b') }),
    )
    expect(readRequest(har, 2).path).toBe('/rest/v1/b')
    expect(() => readRequest(har, 3)).toThrow(expect.objectContaining({ code: 'request-unreadable' }))
  })
})

describe('a line of the API gateway', () => {
  const request = {
    method: 'PATCH',
    path: '/rest/v1/documents',
    search: '?id=eq.7',
    sb: [{ auth_user: subject, jwt: [{ authorization: [{ payload: [{ role: 'authenticated', subject }] }] }] }],
  }
  const flat = {
    'request.method': 'PATCH',
    'request.path': '/rest/v1/documents',
    'request.search': '?id=eq.7',
    'request.sb.jwt.authorization.payload.role': 'authenticated',
    'request.sb.auth_user': subject,
    'response.status_code': '204',
  }

  it.each([
    ['with nested lists', { event_message: 'x', metadata: [{ request: [request], response: [{ status_code: 204 }] }] }],
    [
      'with nested objects',
      { metadata: { request: { ...request, sb: request.sb[0] }, response: { status_code: 204 } } },
    ],
    ['with a flat map', { event_message: 'x', log_attributes: flat }],
    ['as a list of one', [{ log_attributes: flat }]],
  ])('%s', (_what, row) => {
    const found = readRequest(JSON.stringify(row), null)
    expect(found).toMatchObject({ status: 204, caller: { kind: 'authenticated', subject }, body: { kind: 'unknown' } })
    expect(recognise(found)).toMatchObject({
      wanted: documents,
      attempt: { verb: 'update', set: null, filters: [{ column: 'id' }] },
    })
  })

  it('as the text of the event', () => {
    const line = `GET | 200 | 203.0.113.7 | 8f1 | ${base}/rest/v1/documents?select=id | node`
    expect(readRequest(line, null)).toMatchObject({ method: 'GET', status: 200, caller: { kind: 'unknown' } })
    expect(readRequest(JSON.stringify({ event_message: line }), null).path).toBe('/rest/v1/documents')
  })

  it('with the key of a visitor', () => {
    const row = { request: { ...request, sb: [{ apikey: [{ apikey: [{ prefix: 'sb_publishable_ab' }] }] }] } }
    expect(readRequest(JSON.stringify(row), null).caller.kind).toBe('anon')
  })

  it('of the secret key is refused', () => {
    const row = { request: { ...request, sb: [{ jwt: [{ apikey: [{ payload: [{ role: 'service_role' }] }] }] }] } }
    expect(() => readRequest(JSON.stringify(row), null)).toThrow(expect.objectContaining({ code: 'not-reproducible' }))
  })
})
