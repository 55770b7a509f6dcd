import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageBench, startBench } from './test-support.ts'

const migration = `
  insert into storage.buckets (id, name) values ('documents', 'documents');
  create table public.asked (operation text, role text, sub text, method text, path text);
  grant all on public.asked to anon, authenticated, service_role;
  create role editor nologin;
  grant editor to authenticator;
  grant usage on schema storage to editor;
  grant all on storage.objects to editor;
  create policy "editors" on storage.objects to editor using (true) with check (true);`

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench(migration)
  await bench.admin.storage.from('documents').upload('note.txt', 'x')
})
afterAll(() => bench.stop())

const token = (claims: Record<string, unknown>, exp = Math.floor(Date.now() / 1000) + 60) =>
  new SignJWT({ ...claims, exp })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(bench.sandbox.jwtSecret))

const denied = (message: string) => ({
  status: 400,
  body: { statusCode: '403', error: 'Unauthorized', code: 'AccessDenied', message },
})

describe('tokens', () => {
  it('are required by routes that are not public', async () => {
    expect(await bench.send('GET', '/bucket')).toMatchObject({
      status: 400,
      body: {
        statusCode: '400',
        error: 'Error',
        code: 'InvalidRequest',
        message: "headers must have required property 'authorization'",
      },
    })
    const headers = { 'content-type': 'application/json' }
    expect(await bench.send('POST', '/object/list-v2/documents', { body: '{}', headers })).toMatchObject(
      denied('Invalid Compact JWS'),
    )
  })

  it('that are no good are refused with the reason', async () => {
    const expired = await token({ role: 'authenticated' }, 1000)
    const other = await new SignJWT({ role: 'service_role' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode('x'.repeat(32)))
    expect(await bench.send('GET', '/bucket', { token: expired })).toMatchObject(
      denied('"exp" claim timestamp check failed'),
    )
    expect(await bench.send('GET', '/bucket', { token: other })).toMatchObject(denied('signature verification failed'))
    expect(await bench.send('GET', '/bucket', { token: 'junk' })).toMatchObject(denied('Invalid Compact JWS'))
  })

  it('may be in the API key alone, which the gateway does not check', async () => {
    const { secretKey, publishableKey, serviceRoleKey } = bench.sandbox
    const list = async (apikey: string) => await bench.send('GET', '/bucket', { headers: { apikey } })
    expect((await list(secretKey)).text).toContain('documents')
    expect((await list(serviceRoleKey)).text).toContain('documents')
    expect((await list(publishableKey)).text).toBe('[]')
    expect(await list('nonsense')).toMatchObject(denied('Invalid Compact JWS'))
    const repeated = { apikey: secretKey, authorization: `Bearer ${secretKey}` }
    expect((await bench.send('GET', '/bucket', { headers: repeated })).text).toContain('documents')
  })

  it('name the role, also one of the project', async () => {
    const read = async (role: string) =>
      await bench.send('GET', '/object/documents/note.txt', { token: await token({ role }) })
    expect(await read('editor')).toMatchObject({ status: 200, text: 'x' })
    expect(await read('authenticated')).toMatchObject({ body: { statusCode: '404' } })
    expect(await read('supabase_admin')).toMatchObject(denied('permission denied to set role "supabase_admin"'))
    expect(await read('nobody')).toMatchObject({
      status: 500,
      body: { statusCode: '500', code: 'DatabaseError', message: 'database error, code: 22023' },
    })
  })
})

describe('policies', () => {
  const asAuthenticated = async () =>
    await bench.send('GET', '/object/documents/note.txt', { token: await token({ role: 'authenticated', sub: 'me' }) })
  const withPolicy = async <T>(using: string, work: () => Promise<T>): Promise<T> => {
    await bench.database.query(`create policy "tried" on storage.objects to authenticated using (${using})`)
    try {
      return await work()
    } finally {
      await bench.database.query('drop policy "tried" on storage.objects')
    }
  }

  it('see the caller and the operation', async () => {
    const knows = `current_setting('request.jwt.claim.sub') = 'me'
      and current_setting('request.jwt.claims')::jsonb ->> 'role' = 'authenticated'
      and current_setting('request.method') = 'GET' and current_setting('request.path') = '/object/documents/note.txt'
      and current_setting('request.headers')::jsonb ? 'authorization'
      and storage.operation() = 'storage.object.get_authenticated'
      and storage.allow_only_operation('object.get_authenticated')
      and storage.allow_any_operation(array['object.list', 'storage.object.get_authenticated'])
      and not storage.allow_only_operation('object.list')`
    expect(await withPolicy(knows, asAuthenticated)).toMatchObject({ status: 200 })
  })

  it('that are broken are reported as an error of the database', async () => {
    const recursive = 'exists (select from storage.objects as other where other.name = objects.name)'
    expect(await withPolicy(recursive, asAuthenticated)).toMatchObject({
      status: 400,
      body: { statusCode: '503', code: 'DatabaseInvalidObjectDefinition' },
    })
    expect(await withPolicy('name::int = 1', asAuthenticated)).toMatchObject({
      status: 400,
      body: { code: 'InvalidParameter', message: 'invalid input syntax for type integer: "note.txt"' },
    })
    expect(await withPolicy('1 / length(name || bucket_id) > length(name) / 0', asAuthenticated)).toMatchObject({
      status: 500,
      body: { code: 'DatabaseError', message: 'database error, code: 22012' },
    })
  })

  it('can distinguish the operations', async () => {
    const listsOnly = "storage.operation() = 'storage.object.list'"
    const headers = { 'content-type': 'application/json' }
    await withPolicy(listsOnly, async () => {
      const me = await token({ role: 'authenticated' })
      const body = '{"prefix":""}'
      const list = await bench.send('POST', '/object/list/documents', { token: me, headers, body })
      expect(list.text).toContain('note.txt')
      expect(await asAuthenticated()).toMatchObject({ body: { statusCode: '404' } })
    })
  })
})

describe('requests', () => {
  it.each([
    ['POST', '/bucket', {}, "body must have required property 'name'"],
    ['PUT', '/bucket/documents', { public: 'maybe' }, 'body/public must be boolean'],
    ['POST', '/object/list/documents', {}, "body must have required property 'prefix'"],
    ['POST', '/object/list/documents', { prefix: '', limit: 0 }, 'body/limit must be >= 1'],
    ['POST', '/object/list/documents', { prefix: '', sortBy: {} }, "body/sortBy must have required property 'column'"],
    ['POST', '/object/sign/documents', { expiresIn: 1, paths: [] }, 'body/paths must NOT have fewer than 1 items'],
    ['DELETE', '/object/documents', { prefixes: [] }, 'body/prefixes must NOT have fewer than 1 items'],
  ])('of a wrong shape are refused before anything else: %s %s', async (method, path, body, message) => {
    const headers = { 'content-type': 'application/json' }
    expect(await bench.send(method, path, { body: JSON.stringify(body), headers })).toMatchObject({
      status: 400,
      body: { statusCode: '400', code: 'InvalidRequest', message },
    })
  })

  it('for what is not served are 404', async () => {
    for (const path of ['/upload/resumable/', '/iceberg/v1/config', '/cdn/documents/x']) {
      expect((await bench.send('GET', path)).status).toBe(404)
    }
  })
})
