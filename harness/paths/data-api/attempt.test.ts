import { describe, expect, it } from 'vitest'
import { alone } from '../../../test/support/example-answers.ts'
import { recordingServer } from '../../../test/support/recording-server.ts'
import type { JsonObject } from '../../json.ts'
import type { TargetRow } from '../path.ts'
import { dataApi } from './index.ts'

const server = recordingServer()

function row(key: JsonObject, values: JsonObject = {}): TargetRow {
  return { name: 'own', table: 'public.documents', key, values }
}

async function send(
  verb: string,
  body: JsonObject,
  targets: readonly TargetRow[] = [row({ id: 1 })],
  name = 'public.documents',
) {
  await dataApi.attempt(server.caller(), { resource: { kind: 'table', name }, verb, body, targets, ...alone })
  const [seen] = server.seen
  if (seen === undefined) throw new Error('nothing was sent')
  return {
    ...seen,
    request: `${seen.method} ${seen.path}`,
    prefer: seen.headers.prefer ?? null,
    sent: seen.body === '' ? null : JSON.parse(seen.body),
  }
}

describe('the headers of a matrix', () => {
  it.each([
    ['select', { select: 'own' }],
    ['select', { select: 'own', head: true }],
    ['insert', { insert: { title: 'x' } }],
    ['upsert', { upsert: { title: 'x' } }],
    ['update', { update: 'own', set: { title: 'x' } }],
    ['delete', { delete: 'own' }],
  ])('go with a request to %s, and beside the credential', async (verb, body) => {
    const call = {
      resource: { kind: 'table', name: 'public.documents' },
      verb,
      body,
      targets: [row({ id: 1 })],
      ...alone,
    }
    const answer = await dataApi.attempt(server.caller(), { ...call, headers: { 'x-tenant': 'acme', cookie: 'a=b' } })
    expect(server.seen[0]?.headers).toMatchObject({
      ...{ 'x-tenant': 'acme', cookie: 'a=b', apikey: 'a-key', authorization: 'Bearer a-token' },
    })
    expect(JSON.stringify(answer.request)).not.toContain('acme')
  })
})

describe('names that are no plain words', () => {
  it('are written in the address as PostgREST reads them', async () => {
    const { request } = await send(
      'select',
      { select: 'own', columns: ['Order No', 'owner.id', 'total:amount', 'order'], filter: { order: 2, 'a.b': null } },
      [row({ 'Order No': 1, Line: 'x' })],
      'public.Order Items v1.2',
    )
    expect(request).toBe(
      'GET /rest/v1/Order Items v1.2?select="Order No","owner.id",total:amount,"order"&"Order No"=eq.1&Line=eq.x&"order"=eq.2&"a.b"=is.null',
    )
  })

  it('are written in the columns of a merge', async () => {
    const { path } = await send('upsert', { upsert: { 'Order No': 1 }, on_conflict: ['Order No', 'line'] }, [])
    expect(path).toContain('on_conflict="Order No",line')
  })
})

describe('a select', () => {
  it('is bounded by the key of its row', async () => {
    const { request, headers } = await send('select', { select: 'own' })
    expect(request).toBe('GET /rest/v1/documents?select=*&id=eq.1')
    expect(headers).toMatchObject({ apikey: 'a-key', authorization: 'Bearer a-token', 'accept-profile': 'public' })
  })

  it('is bounded by the keys of several rows, for arbitrary values', async () => {
    const keys = ['plain', 'a,b', 'say "hi", (now)', 'back\\slash', 'null']
    const { path } = await send(
      'select',
      { select: '*' },
      keys.map((slug) => row({ slug })),
    )
    expect(path).toBe(
      String.raw`/rest/v1/documents?select=*&slug=in.("plain","a,b","say \"hi\", (now)","back\\slash","null")`,
    )
  })

  it('is bounded by composite keys', async () => {
    const one = await send('select', { select: 'own' }, [row({ org: 'a', member: 'b.c' })])
    expect(one.path).toBe('/rest/v1/documents?select=*&org=eq.a&member=eq.b.c')
    server.seen.length = 0
    const two = await send('select', { select: '*' }, [
      row({ org: 'a', member: 'b,"c"' }),
      row({ org: 'd', member: 'e' }),
    ])
    expect(two.path).toBe(
      String.raw`/rest/v1/documents?select=*&or=(and(org.eq."a",member.eq."b,\"c\""),and(org.eq."d",member.eq."e"))`,
    )
  })

  it('finds rows whose key is null, or another column than that of the first', async () => {
    const one = await send('select', { select: 'own' }, [row({ org: null, member: 'b' })])
    expect(one.path).toBe('/rest/v1/documents?select=*&org=is.null&member=eq.b')
    server.seen.length = 0
    const mixed = await send('select', { select: '*' }, [row({ id: 1 }), row({ slug: 'x' }), row({ id: null })])
    expect(mixed.path).toBe('/rest/v1/documents?select=*&or=(and(id.eq."1"),and(slug.eq."x"),and(id.is.null))')
  })

  it('asks for columns, filters, a count, a single row', async () => {
    const body = {
      select: 'own',
      columns: ['id', 'projects(id,name)'],
      filter: { status: 'draft', gone: null },
      count: 'exact',
      single: true,
    }
    const { path, prefer, headers } = await send('select', body)
    expect(path).toBe('/rest/v1/documents?select=id,projects(id,name)&id=eq.1&status=eq.draft&gone=is.null')
    expect(prefer).toBe('count=exact')
    expect(headers.accept).toBe('application/vnd.pgrst.object+json')
  })

  it('by HEAD counts', async () => {
    const { request, prefer } = await send('select', { select: 'own', head: true })
    expect(request).toBe('HEAD /rest/v1/documents?select=*&id=eq.1')
    expect(prefer).toBe('count=exact')
  })

  it('names the schema', async () => {
    const { headers } = await send('select', { select: 'own' }, undefined, 'private.secrets')
    expect(headers['accept-profile']).toBe('private')
  })

  it('is never sent without a row to stay within', async () => {
    await expect(send('select', { select: '*' }, [])).rejects.toThrow('names no row')
    expect(server.seen).toEqual([])
  })
})

describe('a write', () => {
  it('inserts without asking for the row', async () => {
    const { request, prefer, sent, headers } = await send('insert', { insert: { title: 'new' } }, [])
    expect(request).toBe('POST /rest/v1/documents')
    expect(prefer ?? '').not.toContain('return=representation')
    expect(sent).toEqual({ title: 'new' })
    expect(headers['content-profile']).toBe('public')
  })

  it('inserts several and asks for them', async () => {
    const { path, prefer, sent } = await send(
      'insert',
      { insert: [{ a: 1 }, { b: 2 }], returning: 'representation' },
      [],
    )
    expect(path).toContain('columns="a","b"')
    expect(prefer).toBe('return=representation')
    expect(sent).toEqual([{ a: 1 }, { b: 2 }])
  })

  it('updates and deletes within the key', async () => {
    const update = await send('update', { update: 'own', set: { title: 'new' } }, [row({ org: 'a', member: 'b' })])
    expect(update.request).toBe('PATCH /rest/v1/documents?org=eq.a&member=eq.b')
    expect(update.sent).toEqual({ title: 'new' })
    server.seen.length = 0
    const remove = await send('delete', { delete: 'own', returning: 'representation' })
    expect(remove.request).toBe('DELETE /rest/v1/documents?id=eq.1&select=*')
    expect(remove.prefer).toBe('return=representation')
  })

  it('merges into a fixture by its whole row', async () => {
    const body = { upsert: 'own', values: { title: 'new' }, on_conflict: ['slug'] }
    const { path, prefer, sent } = await send('upsert', body, [row({ id: 1 }, { title: 'old', owner: 'a' })])
    expect(path).toBe('/rest/v1/documents?on_conflict=slug')
    expect(prefer).toContain('resolution=merge-duplicates')
    expect(sent).toEqual({ id: 1, title: 'new', owner: 'a' })
  })

  it('leaves duplicates alone when asked to', async () => {
    const { prefer } = await send('upsert', { upsert: { slug: 'a' }, ignore_duplicates: true }, [])
    expect(prefer).toContain('resolution=ignore-duplicates')
  })

  it('is about one row', async () => {
    const two = [row({ id: 1 }), row({ id: 2 })]
    for (const body of [{ update: 'own', set: {} }, { delete: 'own' }]) {
      await expect(send(Object.keys(body)[0] ?? '', body, two)).rejects.toThrow('about one row')
    }
    expect(server.seen).toEqual([])
  })
})
