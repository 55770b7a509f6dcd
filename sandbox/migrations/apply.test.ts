import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documented } from '../../test/documented.ts'
import { type Sandbox, startSandbox } from '../index.ts'
import { connectTo, makeWorkspace } from '../test-support.ts'
import { applyFile, SkippedExtensions } from './apply.ts'

describe('applying SQL files', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ workspace: await makeWorkspace(), skipExtensions: ['postgis'] })
  })
  afterAll(() => sandbox.stop())

  async function apply(sql: string, skipped?: SkippedExtensions) {
    const folder = await makeWorkspace({ 'supabase/migrations/1_a.sql': sql })
    const client = await connectTo(sandbox.databaseUrl)
    await applyFile(client, join(folder, 'supabase/migrations/1_a.sql'), folder, skipped)
    return client
  }

  it('runs as postgres, and a failing file leaves nothing behind', async () => {
    await expect(apply('create table public.half (id int);\nselect 1/0;')).rejects.toMatchObject({
      code: 'migration-failed',
    })
    const client = await apply('create table public.whole (id int);')
    const tables = await client.query(`
      select tablename, tableowner from pg_tables where tablename in ('half', 'whole')`)
    expect(tables.rows).toEqual([{ tablename: 'whole', tableowner: 'postgres' }])
  })

  it('names file, line, column, SQLSTATE and the statement of a mistake', async () => {
    const sql = "select 'é; ';\n\n  create table public.a (\n    id integer,\n    b nonsense\n  );"
    await expect(apply(sql)).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringMatching(/42704 type "nonsense" does not exist.*create table public\.a \(/),
      position: { file: 'supabase/migrations/1_a.sql', line: 5, column: 7 },
    })
  })

  it('counts characters outside the basic plane as an editor does', async () => {
    await expect(apply("select '😀', nope;")).rejects.toMatchObject({ position: { line: 1, column: 13 } })
  })

  it('names the start of the statement when the server names no position', async () => {
    await expect(apply('create table public.b (id int);\n create table public.b (id int);')).rejects.toMatchObject({
      message: expect.stringContaining('42P07'),
      position: { line: 2, column: 2 },
    })
  })

  it('names the last statement when the transaction fails at its end', async () => {
    const sql = `
      create table public.parent (id int primary key);
      create table public.child (id int references public.parent deferrable initially deferred);
      insert into public.child values (1);`
    await expect(apply(sql)).rejects.toMatchObject({ message: expect.stringContaining('23503'), position: { line: 4 } })
  })

  it('runs statements that cannot run in a transaction', async () => {
    const client = await apply('create table public.c (id int);\ncreate index concurrently c_id on public.c (id);')
    expect((await client.query("select to_regclass('public.c_id') is not null as made")).rows).toEqual([{ made: true }])
  })

  it('lets a file manage its own transactions', async () => {
    const client = await apply(
      'begin;\ncreate table public.d (id int);\ncommit;\nbegin;\ndrop table public.d;\nrollback;',
    )
    expect((await client.query("select to_regclass('public.d') is not null as made")).rows).toEqual([{ made: true }])
  })

  it('creates extensions that a hosted project offers although they need a superuser', async () => {
    const client = await apply("create extension if not exists moddatetime version '9.9' schema extensions;")
    const found = await client.query(`
      select extnamespace::regnamespace::text as schema, extowner::regrole::text as owner
      from pg_extension where extname = 'moddatetime'`)
    expect(found.rows).toEqual([{ schema: 'extensions', owner: 'supabase_admin' }])
  })

  it('refuses extensions that a hosted project does not offer', async () => {
    await expect(apply('create extension file_fdw;')).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining('42501'),
    })
  })

  it('an extension without a stand-in is named with its place', async () => {
    await expect(apply('select 1;\n create extension plv8;')).rejects.toMatchObject({
      code: 'extension-missing',
      message: expect.stringMatching(/1_a\.sql:2:2: the extension plv8 .*nothing stands in for it/),
      hint: expect.stringMatching(/TRESPASS_POSTGRES_BIN .*"plv8" to sandbox\.skip_extensions/),
      position: { file: 'supabase/migrations/1_a.sql', line: 2, column: 2 },
    })
  })

  it('leaves out an extension, and the statements that need it', async () => {
    const skipped = new SkippedExtensions(['postgis', 'rum'])
    const client = await apply(
      `do $$ begin create extension if not exists postgis with schema extensions; end $$;
      create table public.places (id int, at extensions.geometry(point, 4326));
      create table public.kept (id int);
      create index places_at on public.places using gist (at);
      create function public.near() returns boolean language sql as 'select extensions.st_dwithin(null, null, 1)';`,
      skipped,
    )
    const tables = await client.query(`select tablename from pg_tables where tablename in ('places', 'kept')`)
    expect(tables.rows).toEqual([{ tablename: 'kept' }])
    const page = documented('docs/extensions.md', 'sandbox.skip_extensions')
    expect(skipped.sentences()).toEqual([
      ...page.trimEnd().split('\n'),
      expect.stringMatching(/1_a\.sql:5:7 is not applied: create function public\.near/),
      'sandbox.skip_extensions names rum, which no SQL file creates',
    ])
  })

  it('leaves out statements of a file that manages its transactions', async () => {
    const skipped = new SkippedExtensions(['postgis'])
    const client = await apply(
      `create extension postgis; begin; create table public.shapes (at geometry); create table public.after_it (id int); commit;`,
      skipped,
    )
    expect((await client.query("select to_regclass('public.after_it') is not null as made")).rows).toEqual([
      { made: true },
    ])
    expect(skipped.sentences()).toHaveLength(2)
  })

  it.each([
    ['a statement before it', 'create table public.p (at geometry); create extension postgis;', /type "geometry"/],
    ['a failure of another kind', 'create extension postgis; select 1/0;', /22012/],
  ])('an extension that is left out excuses no %s', async (_, sql, message) => {
    await expect(apply(sql, new SkippedExtensions(['postgis']))).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['selec 1', /A hosted project refuses it too/],
    ['select 1/0', /A hosted project refuses it too/],
    ['alter table public.nowhere add a int', /No statement before this one makes it, so a new hosted project refuses/],
    ['create table public.t1 (a int); alter table t1 drop b', /No statement before this one makes it/],
    ['create table public.t1 (a int); create table t1 ()', /A statement before this one has made it/],
    ['create table public.t2 (a int); alter table t2 add a int', /A statement before this one has made it/],
    ['create table auth.mine (id int)', /If a hosted project accepts it, the sandbox differs/],
    ['alter table storage.nowhere add a int', /If a hosted project accepts it, the sandbox differs/],
    ['create trigger t before insert on nowhere for each row execute function auth.uid()', /the sandbox differs/],
    ['select public.nowhere()', /the sandbox differs/],
  ])('explains %s without guessing', async (sql, hint) => {
    await expect(apply(sql)).rejects.toMatchObject({ code: 'migration-failed', hint: expect.stringMatching(hint) })
  })
})
