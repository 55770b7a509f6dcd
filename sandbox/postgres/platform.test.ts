import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../index.ts'
import { clientOf, connectTo, eventually, makeWorkspace } from '../test-support.ts'

const migration = `
  create table public.things (id serial primary key, label text);
  create function public.add_one(n int) returns int language sql as 'select n + 1';
  create function public.who_am_i() returns jsonb language sql stable as $$
    select jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'email', auth.email(), 'aal', auth.jwt() ->> 'aal',
      'current', current_user)
  $$;
  create table public.profiles (id uuid primary key references auth.users on delete cascade);
  grant select on public.profiles to service_role;
  create function public.make_profile() returns trigger language plpgsql security definer set search_path = ''
    as 'begin insert into public.profiles values (new.id); return new; end';
  create trigger make_profile after insert on auth.users for each row execute function public.make_profile();`

const files = {
  'supabase/migrations/20260101000000_first.sql': migration,
  'supabase/seed.sql': "insert into public.things (label) values ('seeded');",
}

describe('a project as hosted ones are today', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ workspace: await makeWorkspace(files) })
  })
  afterAll(() => sandbox.stop())

  it('has the roles of the platform', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const roles = await client.query(`
      select rolname, rolsuper, rolbypassrls, rolcanlogin, rolinherit, rolcreaterole
      from pg_roles where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'postgres')
      order by rolname`)
    const role = (rolname: string, bypass: boolean, login: boolean, inherit: boolean, create: boolean) => ({
      rolname,
      rolsuper: false,
      rolbypassrls: bypass,
      rolcanlogin: login,
      rolinherit: inherit,
      rolcreaterole: create,
    })
    expect(roles.rows).toEqual([
      role('anon', false, false, true, false),
      role('authenticated', false, false, true, false),
      role('authenticator', false, true, false, false),
      role('postgres', true, true, true, true),
      role('service_role', true, false, true, false),
    ])
  })

  it('limits how long the API roles may run', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const settings = await client.query(`
      select rolname, setting from pg_roles, unnest(rolconfig) as setting
      where setting like '%timeout%' and rolname in ('anon', 'authenticated', 'authenticator')
      order by rolname, setting`)
    expect(settings.rows).toEqual([
      { rolname: 'anon', setting: 'statement_timeout=3s' },
      { rolname: 'authenticated', setting: 'statement_timeout=8s' },
      { rolname: 'authenticator', setting: 'lock_timeout=8s' },
      { rolname: 'authenticator', setting: 'statement_timeout=8s' },
    ])
  })

  it('has the schemas, and gives public to postgres', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const schemas = await client.query(`
      select nspname from pg_namespace
      where nspname in ('auth', 'storage', 'realtime', 'extensions', 'graphql_public', 'public') order by 1`)
    expect(schemas.rows).toHaveLength(6)
    const own = await client.query(
      "select pg_has_role('postgres', 'pg_database_owner', 'member') as owner, current_user",
    )
    expect(own.rows).toEqual([{ owner: true, current_user: 'postgres' }])
  })

  it.each(['anon', 'authenticated', 'service_role'])(
    'grants %s no reading and writing of a new table',
    async (role) => {
      const client = await connectTo(sandbox.databaseUrl)
      const held = await client.query(
        `select privilege from unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER','MAINTAIN'])
         as privilege where has_table_privilege($1, 'public.things', privilege) order by 1`,
        [role],
      )
      expect(held.rows.map(({ privilege }) => privilege)).toEqual(['MAINTAIN', 'REFERENCES', 'TRIGGER', 'TRUNCATE'])
      const rest = await client.query(
        `select has_sequence_privilege($1, 'public.things_id_seq', 'USAGE') as sequence,
         has_function_privilege($1, 'public.add_one(int)', 'EXECUTE') as function,
         exists (select from pg_proc, aclexplode(proacl) where oid = 'public.add_one'::regproc
           and grantee = $1::regrole) as by_name`,
        [role],
      )
      expect(rest.rows).toEqual([{ sequence: false, function: true, by_name: false }])
    },
  )

  it('answers auth.uid() and its sisters from the claims of a real request', async () => {
    const admin = clientOf(sandbox.url, sandbox.secretKey)
    const made = await admin.auth.admin.createUser({
      email: 'a@example.com',
      password: 'secret-1',
      email_confirm: true,
    })
    const user = clientOf(sandbox.url, sandbox.publishableKey)
    await user.auth.signInWithPassword({ email: 'a@example.com', password: 'secret-1' })
    const uid = made.data.user?.id
    expect((await user.rpc('who_am_i')).data).toEqual({
      uid,
      role: 'authenticated',
      email: 'a@example.com',
      aal: 'aal1',
      current: 'authenticated',
    })
    const nobody = { uid: null, email: null, aal: null }
    const visitor = clientOf(sandbox.url, sandbox.publishableKey)
    expect((await visitor.rpc('who_am_i')).data).toEqual({ ...nobody, role: 'anon', current: 'anon' })
    expect((await admin.rpc('who_am_i')).data).toEqual({ ...nobody, role: 'service_role', current: 'service_role' })
    expect((await admin.from('profiles').select()).data).toEqual([{ id: uid }])
  })

  it('keeps service_role out of a table that it was not granted', async () => {
    const { error, status } = await clientOf(sandbox.url, sandbox.secretKey).from('things').select()
    expect({ code: error?.code, status }).toEqual({ code: '42501', status: 403 })
  })

  it('lets postgres read and write the tables of Auth, and make nothing there', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    await client.query('begin')
    await client.query('insert into auth.users (id) values (gen_random_uuid())')
    await client.query("update auth.users set raw_app_meta_data = '{}'")
    await client.query('delete from auth.users')
    await client.query('rollback')
    await expect(client.query('create table auth.mine ()')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('alter table auth.users add column mine int')).rejects.toMatchObject({ code: '42501' })
  })

  it('has the functions of its extensions and seeds after the migrations', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const found = await client.query(`
      select length(crypt('a', gen_salt('bf'))) as hash, uuid_generate_v4() is not null as uuid,
        (select label from public.things) as seeded, current_setting('search_path') as path`)
    expect(found.rows).toEqual([{ hash: 60, uuid: true, seeded: 'seeded', path: '"$user", public, extensions' }])
  })

  it('notifies PostgREST of a change of the schema', async () => {
    const client = await connectTo(sandbox.databaseUrl)
    const heard = new Promise<string | undefined>((resolve) => {
      client.once('notification', ({ payload }) => resolve(payload))
    })
    await client.query('listen pgrst')
    await client.query('create table public.later ()')
    expect(await heard).toBe('reload schema')
  })

  it('keeps what is committed when a server process crashes right afterwards', async () => {
    const client = new pg.Client(sandbox.databaseUrl)
    const ended = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    await client.query("insert into public.things (label) values ('kept')")
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
    await ended
    await eventually('the recovery', () =>
      connectTo(sandbox.databaseUrl).then(
        () => true,
        () => false,
      ),
    )
    const after = await connectTo(sandbox.databaseUrl)
    const found = await after.query("select label from public.things where label = 'kept'")
    expect(found.rowCount).toBe(1)
  })
})

describe('a project with the old default grants', () => {
  it.each([
    ['the option', {}, true],
    ['api.auto_expose_new_tables', { 'supabase/config.toml': '[api]\nauto_expose_new_tables = true' }, false],
  ])('gives everything to the API roles: %s', async (_name, more, oldDefaultGrants) => {
    const sandbox = await startSandbox({ workspace: await makeWorkspace({ ...files, ...more }), oldDefaultGrants })
    try {
      const visitor = clientOf(sandbox.url, sandbox.publishableKey)
      expect(await visitor.from('things').insert({ label: 'mine' }).select()).toMatchObject({
        status: 201,
        data: [{ id: 2, label: 'mine' }],
      })
      const client = await connectTo(sandbox.databaseUrl)
      const named = await client.query(`
        select count(*)::int as n from pg_proc, aclexplode(proacl)
        where oid = 'public.add_one'::regproc and grantee in ('anon'::regrole, 'authenticated'::regrole)`)
      expect(named.rows).toEqual([{ n: 2 }])
      await client.end()
    } finally {
      await sandbox.stop()
    }
  })
})
