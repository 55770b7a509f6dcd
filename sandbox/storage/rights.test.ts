import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { byPolicy, noBucket, noObject, type Person, type StorageBench, startBench, taken } from './test-support.ts'

const migration = `
  insert into storage.buckets (id, name, public) values
    ('documents', 'documents', false), ('published', 'published', true), ('letterbox', 'letterbox', false),
    ('archive', 'archive', false), ('readable', 'readable', false);
  -- Everybody has a folder of their own.
  create policy "own folder" on storage.objects to authenticated
    using (bucket_id = 'documents' and (storage.foldername(name))[1] = auth.uid()::text)
    with check (bucket_id = 'documents' and (storage.foldername(name))[1] = auth.uid()::text);
  -- Who may put something in may not look.
  create policy "put in" on storage.objects for insert to anon, authenticated with check (bucket_id = 'letterbox');
  create policy "read" on storage.objects for select to authenticated using (bucket_id = 'readable');`

let bench: StorageBench
let alice: Person
let bob: Person

beforeAll(async () => {
  bench = await startBench(migration)
  alice = await bench.person('alice')
  bob = await bench.person('bob')
})
afterAll(() => bench.stop())

beforeEach(async () => {
  for (const bucket of ['documents', 'published', 'letterbox', 'archive', 'readable']) {
    await bench.admin.storage.emptyBucket(bucket)
  }
  await bench.admin.storage.from('documents').upload(`${alice.id}/note.txt`, 'of alice')
  await bench.admin.storage.from('documents').upload(`${bob.id}/note.txt`, 'of bob')
  await bench.admin.storage.from('readable').upload('note.txt', 'for all')
  await bench.admin.storage.from('published').upload('note.txt', 'news')
})

const documents = (person: Person) => person.client.storage.from('documents')

describe('upload', () => {
  it('needs a policy for insert', async () => {
    expect(await documents(alice).upload(`${alice.id}/new.txt`, 'mine')).toMatchObject({ error: null })
    expect(await documents(alice).upload(`${bob.id}/new.txt`, 'forged')).toMatchObject(byPolicy())
    expect(await bench.visitor.storage.from('documents').upload('new.txt', 'forged')).toMatchObject(byPolicy())
    expect(await bench.contents('documents')).toEqual({
      [`${alice.id}/new.txt`]: 'mine',
      [`${alice.id}/note.txt`]: 'of alice',
      [`${bob.id}/note.txt`]: 'of bob',
    })
  })

  it('needs no other policy when the object is new, and all three to overwrite', async () => {
    const box = bench.visitor.storage.from('letterbox')
    expect(await box.upload('letter.txt', 'dear all')).toMatchObject({ error: null })
    expect(await box.upload('letter.txt', 'again')).toMatchObject(taken())
    expect(await box.upload('other.txt', 'dear', { upsert: true })).toMatchObject(byPolicy())
    expect(await box.update('other.txt', 'dear')).toMatchObject(byPolicy())
    expect(await bench.contents('letterbox')).toEqual({ 'letter.txt': 'dear all' })
    expect(await documents(alice).upload(`${alice.id}/note.txt`, 'changed', { upsert: true })).toMatchObject({
      error: null,
    })
    expect((await bench.contents('documents'))[`${alice.id}/note.txt`]).toBe('changed')
  })

  it('by update creates a missing object', async () => {
    expect(await documents(alice).update(`${alice.id}/new.txt`, 'mine')).toMatchObject({ error: null })
    expect((await bench.contents('documents'))[`${alice.id}/new.txt`]).toBe('mine')
  })

  it('reports an unknown bucket before a refusal, and a refusal before a duplicate', async () => {
    expect(await alice.client.storage.from('nowhere').upload('a', 'b')).toMatchObject(noBucket())
    expect(await documents(alice).upload(`${bob.id}/note.txt`, 'forged')).toMatchObject(byPolicy())
  })
})

describe('reading', () => {
  it('hides an object as if it were missing', async () => {
    const text = async (path: string) => await (await documents(alice).download(path)).data?.text()
    expect(await text(`${alice.id}/note.txt`)).toBe('of alice')
    for (const path of [`${bob.id}/note.txt`, `${alice.id}/missing.txt`]) {
      expect(await documents(alice).download(path)).toMatchObject(noObject())
      expect(await documents(alice).info(path)).toMatchObject(noObject())
      expect(await documents(alice).exists(path)).toMatchObject({ data: false, error: { status: 400 } })
    }
    expect(await documents(alice).exists(`${alice.id}/note.txt`)).toEqual({ data: true, error: null })
  })

  it('lists the visible objects, and nothing of an unknown bucket', async () => {
    expect(await documents(alice).list()).toMatchObject({ data: [{ name: alice.id, id: null }], error: null })
    expect(await documents(alice).list(bob.id)).toEqual({ data: [], error: null })
    expect(await alice.client.storage.from('nowhere').list()).toEqual({ data: [], error: null })
  })

  it('of a public bucket needs no rights except for its list', async () => {
    const published = bench.visitor.storage.from('published')
    expect(await (await published.download('note.txt')).data?.text()).toBe('news')
    expect(await (await fetch(published.getPublicUrl('note.txt').data.publicUrl)).text()).toBe('news')
    expect(await published.list()).toEqual({ data: [], error: null })
    const strict = await bench.send('GET', '/object/authenticated/published/note.txt', { token: alice.token })
    expect(strict).toMatchObject({ status: 200, text: 'news' })
  })

  it('without a token does not reveal that a private bucket exists', async () => {
    for (const path of ['/object/documents/x', '/object/public/documents/x', '/object/info/public/documents/x']) {
      expect(await bench.send('GET', path)).toMatchObject({
        status: 400,
        body: { statusCode: '404', error: 'Bucket not found', code: 'NoSuchBucket', message: 'Bucket not found' },
      })
    }
    expect(await bench.visitor.storage.from('documents').download('x')).toMatchObject(noObject())
    expect(await bench.visitor.storage.from('nowhere').download('x')).toMatchObject(noBucket())
  })
})

describe('removing', () => {
  it('of many answers with the removed objects', async () => {
    const names = [`${alice.id}/note.txt`, `${bob.id}/note.txt`, 'missing.txt']
    const { data, error } = await documents(alice).remove(names)
    expect(error).toBeNull()
    expect(data?.map(({ name }) => name)).toEqual([`${alice.id}/note.txt`])
    expect(await documents(alice).remove(names)).toEqual({ data: [], error: null })
    expect(await bench.contents('documents')).toEqual({ [`${bob.id}/note.txt`]: 'of bob' })
  })

  it('of one distinguishes a missing object from one that may not be removed', async () => {
    const remove = (path: string) => bench.send('DELETE', `/object/${path}`, { token: alice.token })
    expect(await remove(`documents/${bob.id}/note.txt`)).toMatchObject({
      status: 400,
      body: { statusCode: '403', error: 'Unauthorized', code: 'AccessDenied', message: 'Access denied' },
    })
    expect(await remove('documents/missing.txt')).toMatchObject({ status: 400, body: { code: 'NoSuchKey' } })
    expect(await remove(`documents/${alice.id}/note.txt`)).toMatchObject({
      status: 200,
      body: { message: 'Successfully deleted' },
    })
    expect(await bench.contents('documents')).toEqual({ [`${bob.id}/note.txt`]: 'of bob' })
  })
})

describe('moving', () => {
  it('keeps to the rules of both names', async () => {
    expect(await documents(alice).move(`${bob.id}/note.txt`, `${alice.id}/stolen.txt`)).toMatchObject(noObject())
    expect(await documents(alice).move(`${alice.id}/note.txt`, `${bob.id}/gift.txt`)).toMatchObject(byPolicy())
    expect(await documents(alice).move(`${alice.id}/note.txt`, `${alice.id}/note.txt`)).toMatchObject({ error: null })
    expect(await documents(alice).upload(`${alice.id}/second.txt`, '2')).toMatchObject({ error: null })
    expect(await documents(alice).move(`${alice.id}/second.txt`, `${alice.id}/note.txt`)).toMatchObject(taken())
    expect(await documents(alice).move(`${alice.id}/second.txt`, `${alice.id}/sub/third.txt`)).toMatchObject({
      data: { message: 'Successfully moved' },
    })
    expect(await bench.contents('documents')).toEqual({
      [`${alice.id}/note.txt`]: 'of alice',
      [`${alice.id}/sub/third.txt`]: '2',
      [`${bob.id}/note.txt`]: 'of bob',
    })
  })

  it('needs an update policy', async () => {
    expect(await alice.client.storage.from('readable').move('note.txt', 'moved.txt')).toMatchObject(noObject())
  })

  it('across buckets asks the policies of both', async () => {
    const move = documents(alice).move(`${alice.id}/note.txt`, 'note.txt', { destinationBucket: 'archive' })
    expect(await move).toMatchObject(byPolicy())
    const byAdmin = bench.admin.storage.from('documents')
    await byAdmin.move(`${alice.id}/note.txt`, 'note.txt', { destinationBucket: 'archive' })
    expect(await bench.contents('archive')).toEqual({ 'note.txt': 'of alice' })
  })
})

describe('copying', () => {
  it('reads the one and inserts the other', async () => {
    expect(await documents(alice).copy(`${bob.id}/note.txt`, `${alice.id}/copy.txt`)).toMatchObject(noObject())
    expect(await documents(alice).copy(`${alice.id}/note.txt`, `${bob.id}/copy.txt`)).toMatchObject(byPolicy())
    expect(await documents(alice).copy(`${alice.id}/note.txt`, `${alice.id}/copy.txt`)).toMatchObject({
      data: { path: `documents/${alice.id}/copy.txt` },
    })
    expect(await documents(alice).copy(`${alice.id}/note.txt`, `${alice.id}/copy.txt`)).toMatchObject(taken())
    await documents(alice).remove([`${alice.id}/note.txt`])
    expect((await bench.contents('documents'))[`${alice.id}/copy.txt`]).toBe('of alice')
  })

  it('into another bucket needs its policy, and its existence', async () => {
    const copy = (destinationBucket: string) =>
      documents(alice).copy(`${alice.id}/note.txt`, 'copy.txt', { destinationBucket })
    expect(await copy('letterbox')).toMatchObject({ data: { path: 'letterbox/copy.txt' } })
    expect(await copy('archive')).toMatchObject(byPolicy())
    expect(
      await bench.admin.storage.from('documents').copy(`${bob.id}/note.txt`, 'x', { destinationBucket: 'nowhere' }),
    ).toMatchObject({ error: { statusCode: '404', message: 'The related resource does not exist' } })
  })
})

describe('ownership', () => {
  it('comes from the token', async () => {
    await documents(alice).upload(`${alice.id}/new.txt`, 'mine')
    const owners = await bench.database.query(
      'select owner, owner_id from storage.objects where name = any($1) order by name',
      [[`${alice.id}/new.txt`, `${alice.id}/note.txt`]],
    )
    expect(owners.rows).toEqual([
      { owner: alice.id, owner_id: alice.id },
      { owner: null, owner_id: null },
    ])
  })
})
