import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageBench, startBench } from './test-support.ts'

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench(`
    insert into storage.buckets (id, name) values ('b', 'b');
    do $$ begin
      create policy "made in a block" on storage.objects for select to anon using (false);
      alter policy "made in a block" on storage.objects using (true);
    end $$;
    create table public.mine (id int);
    create policy "mine" on public.mine using (true);`)
  await bench.admin.storage.from('b').upload('x', 'x')
})
afterAll(() => bench.stop())

const query = async (sql: string) => (await bench.database.query(sql)).rows
const refused = (message: string) => ({ code: '42501', message })

describe('the helper functions', () => {
  it('take names apart', async () => {
    const [row] = await query(`select
      storage.foldername('a/b/c.tar.gz') as folders, storage.foldername('c') as none, storage.foldername('a//b') as empty,
      storage.filename('a/b/c.tar.gz') as file, storage.extension('a/b/c.tar.gz') as extension,
      storage.extension('a/readme') as bare`)
    expect(row).toEqual({
      folders: ['a', 'b'],
      none: [],
      empty: ['a', ''],
      file: 'c.tar.gz',
      extension: 'gz',
      bare: 'readme',
    })
  })

  it('may stand in an index', async () => {
    const volatile = await query(`
      select proname from pg_proc where pronamespace = 'storage'::regnamespace and provolatile <> 'i'
      and proname in ('foldername', 'filename', 'extension')`)
    expect(volatile).toEqual([])
  })
})

describe('the tables', () => {
  it('are granted to all roles and closed by row security', async () => {
    const rows = await query(`
      select relname, relrowsecurity, relowner::regrole::text as owner,
        has_table_privilege('anon', oid, 'insert, select, update, delete') as anon,
        has_table_privilege('authenticated', oid, 'truncate') as authenticated
      from pg_class where oid in ('storage.buckets'::regclass, 'storage.objects'::regclass) order by relname`)
    const table = { relrowsecurity: true, owner: 'supabase_storage_admin', anon: true, authenticated: true }
    expect(rows).toEqual([
      { relname: 'buckets', ...table },
      { relname: 'objects', ...table },
    ])
  })

  it('lose no row to SQL alone', async () => {
    const message = 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
    await expect(query('delete from storage.objects where false')).rejects.toMatchObject(refused(message))
    await expect(query('delete from storage.buckets')).rejects.toMatchObject(refused(message))
    await query("begin; set local storage.allow_delete_query = 'true'; delete from storage.objects; rollback")
    expect(await query('select from storage.objects')).toHaveLength(1)
  })

  it('name buckets in a hundred letters', async () => {
    await expect(query("insert into storage.buckets (id, name) values ('l', repeat('l', 101))")).rejects.toThrow(
      'is too long (101 characters). Max is 100.',
    )
  })
})

describe('postgres', () => {
  it('makes and drops policies on the tables of Storage, which it does not own', async () => {
    const before = await query("select polname from pg_policy where polrelid = 'storage.objects'::regclass")
    expect(before).toEqual([{ polname: 'made in a block' }])
    await query('create policy "p" on storage.buckets using (true)')
    await query('drop policy "p" on storage.buckets; drop policy if exists "missing" on storage.objects')
    await query('create trigger t after insert on storage.objects execute function storage.update_updated_at_column()')
    await query('drop trigger t on storage.objects')
    expect(await query('select current_user as now')).toEqual([{ now: 'postgres' }])
  })

  it('changes nothing else about them', async () => {
    const owner = refused('must be owner of table objects')
    await expect(query('alter table storage.objects disable row level security')).rejects.toMatchObject(owner)
    await expect(query('drop table storage.objects cascade')).rejects.toMatchObject(owner)
    await query('revoke select on storage.objects from anon')
    expect(await query("select has_table_privilege('anon', 'storage.objects', 'select') as may")).toEqual([
      { may: true },
    ])
  })

  it('makes no policies on tables that are neither its own nor open to it', async () => {
    await expect(query('create policy "p" on auth.mfa_factors using (true)')).rejects.toMatchObject(
      refused('must be owner of table mfa_factors'),
    )
    await query('create policy "q" on public.mine using (true); drop policy "q" on public.mine')
    expect(await query('select current_user as now')).toEqual([{ now: 'postgres' }])
  })

  it('does not lend its rights over policies', async () => {
    const visitor = new pg.Client(bench.sandbox.databaseUrl)
    await visitor.connect()
    try {
      await visitor.query('set role authenticated')
      await expect(visitor.query('create policy "p" on storage.objects using (true)')).rejects.toMatchObject(
        refused('must be owner of table objects'),
      )
    } finally {
      await visitor.end()
    }
  })
})
