import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../index.ts'
import { clientOf, makeWorkspace } from '../test-support.ts'
import { byPolicy, noBucket, type Person, refused, type StorageBench, startBench, taken } from './test-support.ts'

const migration = `
  insert into storage.buckets (id, name) values ('seen', 'seen'), ('hidden', 'hidden'), ('full', 'full');
  create policy "see" on storage.buckets for select to authenticated using (id in ('seen', 'mine', 'full'));
  create policy "make" on storage.buckets for insert to authenticated with check (owner_id = auth.uid()::text);
  create policy "change" on storage.buckets for update to authenticated using (owner_id = auth.uid()::text);
  create policy "drop" on storage.buckets for delete to authenticated using (owner_id = auth.uid()::text);`

let bench: StorageBench
let alice: Person
beforeAll(async () => {
  bench = await startBench(migration)
  alice = await bench.person('alice')
  await bench.admin.storage.from('full').upload('x', 'x')
})
afterAll(() => bench.stop())

describe('buckets', () => {
  it('are listed and found by a caller that may see them', async () => {
    const names = async (client: Person['client']) => (await client.storage.listBuckets()).data?.map(({ id }) => id)
    expect((await names(alice.client))?.sort()).toEqual(['full', 'seen'])
    expect(await names(bench.visitor)).toEqual([])
    expect(await names(bench.admin)).toHaveLength(3)
    expect(await alice.client.storage.getBucket('seen')).toMatchObject({ data: { id: 'seen', public: false } })
    expect(await alice.client.storage.getBucket('hidden')).toMatchObject(noBucket())
    expect(await alice.client.storage.getBucket('nowhere')).toMatchObject(noBucket())
  })

  it('are created, changed and dropped by a caller with the rights', async () => {
    const { storage } = alice.client
    expect(await bench.visitor.storage.createBucket('mine')).toMatchObject(byPolicy())
    expect(await storage.createBucket('mine', { public: true })).toMatchObject({ data: { name: 'mine' } })
    expect(await storage.createBucket('mine')).toMatchObject(taken())
    expect(await storage.createBucket('hidden')).toMatchObject(taken())
    expect(await storage.updateBucket('mine', { public: false })).toMatchObject({ error: null })
    expect(await storage.updateBucket('seen', { public: true })).toMatchObject(noBucket())
    expect(await storage.deleteBucket('seen')).toMatchObject(noBucket())
    expect(await storage.getBucket('mine')).toMatchObject({ data: { public: false, owner: alice.id } })
    expect(await storage.deleteBucket('mine')).toMatchObject({ data: { message: 'Successfully deleted' } })
    expect(await bench.admin.storage.getBucket('seen')).toMatchObject({ data: { public: false } })
  })

  it('report that they are not empty before the rights of the caller are checked', async () => {
    const full = refused('409', 'The bucket you tried to delete is not empty')
    expect(await alice.client.storage.deleteBucket('full')).toMatchObject(full)
    expect(await bench.visitor.storage.deleteBucket('full')).toMatchObject(full)
    expect(await bench.visitor.storage.deleteBucket('nowhere')).toMatchObject(noBucket())
  })

  it('are emptied by the service role only', async () => {
    const answer = await bench.send('POST', '/bucket/full/empty', { token: alice.token })
    expect(answer).toMatchObject({
      status: 403,
      body: { statusCode: '403', error: 'Unauthorized', code: 'AccessDenied', message: 'Access denied: Invalid role' },
    })
    expect(await bench.contents('full')).toEqual({ x: 'x' })
    expect(await bench.admin.storage.emptyBucket('full')).toMatchObject({ error: null })
    expect(await bench.contents('full')).toEqual({})
    expect(await bench.admin.storage.emptyBucket('nowhere')).toMatchObject(noBucket())
  })

  it('become private at once', async () => {
    await bench.admin.storage.createBucket('open', { public: true })
    await bench.admin.storage.from('open').upload('x', 'news')
    const url = bench.visitor.storage.from('open').getPublicUrl('x').data.publicUrl
    expect((await fetch(url)).status).toBe(200)
    await bench.admin.storage.updateBucket('open', { public: false })
    expect((await fetch(url)).status).toBe(400)
  })
})

describe('a project without Storage', () => {
  it('has no route', async () => {
    const workspace = await makeWorkspace({ 'supabase/config.toml': '[storage]\nenabled = false' })
    const sandbox = await startSandbox({ workspace })
    try {
      const { error } = await clientOf(sandbox.url, sandbox.secretKey).storage.listBuckets()
      expect(error).toMatchObject({ status: 404 })
    } finally {
      await sandbox.stop()
    }
  })
})
