import { describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

const actors = 'actors:\n  ann: { kind: authenticated }\n  mod: { kind: authenticated }\n'

function workspace(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder()
  writeFiles(root, { 'matrices/actors.yaml': actors, ...files })
  return root
}

/** Moderators carry their role in a claim that a hook reads from a table. */
const roles = (allowed: string) => ({
  'supabase/config.toml': `
[auth.hook.custom_access_token]
enabled = "env(ROLE_HOOK)"
uri = "pg-functions://postgres/public/add_role"
[auth.captcha]
enabled = true
`,
  'supabase/.env': 'ROLE_HOOK=true\n',
  'supabase/migrations/1_roles.sql': `
create table roles (user_id uuid primary key references auth.users on delete cascade, role text not null);
alter table roles enable row level security;
grant all on roles to service_role;
grant select on roles to supabase_auth_admin;
create policy "auth reads" on roles for select to supabase_auth_admin using (true);
create function add_role(event jsonb) returns jsonb language plpgsql stable as $$
declare found text;
begin
  select role into found from public.roles where user_id = (event ->> 'user_id')::uuid;
  if found is null then return event; end if;
  return jsonb_set(event, '{claims,user_role}', to_jsonb(found));
end $$;
grant usage on schema public to supabase_auth_admin;
grant execute on function add_role to supabase_auth_admin;
create table posts (id uuid primary key default gen_random_uuid(), title text not null);
alter table posts enable row level security;
grant select, delete on posts to authenticated;
grant all on posts to service_role;
create policy "all read" on posts for select using (true);
create policy "some remove" on posts for delete to authenticated using (auth.jwt() ->> 'user_role' in (${allowed}));
`,
  'matrices/actors.yaml': `${actors}world:\n  role: { table: public.roles, values: { user_id: $mod.id, role: moderator } }\n`,
  'matrices/posts.matrix.yaml': `matrix: posts
resource: { table: public.posts }
fixtures: { post: { title: "a post $unique" } }
operations: { remove: { delete: post } }
expect: { "*": { remove: deny(filtered) } }
`,
})

describe('a configuration', { timeout: patience }, () => {
  test('with a token hook that adds a claim is run: a policy that trusts the claim is a breach', async () => {
    const root = workspace(roles(`'admin', 'moderator'`))
    const ended = await trespass(['run', '--workspace', root])
    expect(ended.code, ended.text).toBe(1)
    const { cells, run } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual(['breach  posts › mod › remove'])
    expect(run.limits).toEqual(['supabase/config.toml sets auth.captcha.enabled: no captcha is asked for'])
    expect(ended.text).toContain('auth.captcha.enabled')
  })

  test('with a policy that names another claim holds', async () => {
    const ended = await trespass(['run', '--workspace', workspace(roles(`'admin'`))])
    expect(ended.code, ended.text).toBe(0)
  })

  test('with a missing variable ends with the variable and its place', async () => {
    const root = workspace({ ...roles(`'admin'`), 'supabase/.env': '' })
    const { code, text } = await trespass(['run', '--workspace', root])
    expect(code, text).toBe(2)
    expect(text).toContain('auth.hook.custom_access_token.enabled')
    expect(text).toContain('the variable ROLE_HOOK is not set')
  })

  test('with a hook that is called by HTTP is refused', async () => {
    const config = '[auth.hook.custom_access_token]\nenabled = true\nuri = "https://example.com/hook"\n'
    const root = workspace({ ...roles(`'admin'`), 'supabase/config.toml': config })
    const { code, text } = await trespass(['run', '--workspace', root])
    expect(code, text).toBe(2)
    expect(text).toContain('found an HTTP hook, and the sandbox runs functions of the database only')
  })

  test('does not close a hole that is opened in one of its buckets', async () => {
    const root = workspace({
      'supabase/config.toml': '[storage.buckets.letters]\npublic = false\n',
      'holes/letters-public.sql': "update storage.buckets set public = true where id = 'letters';\n",
      'matrices/letters.matrix.yaml': `matrix: letters
resource: { bucket: letters }
fixtures: { letter: { name: "a-$unique.txt", content: dear } }
operations: { read: { public: letter } }
expect: { "*": { read: deny } }
`,
    })
    const closed = await trespass(['run', '--workspace', root])
    expect(closed.code, closed.text).toBe(0)
    const opened = await trespass(['run', '--workspace', root, '--with-hole', 'letters-public'])
    expect(opened.code, opened.text).toBe(1)
    expect(notHeld((await evidenceOf(opened)).cells)).toEqual([
      'breach  letters › ann › read',
      'breach  letters › mod › read',
    ])
  })
})

/** A copy of the rooms of all users, without a policy. */
const rooms = (grants: string, more = '') => ({
  'supabase/migrations/1_rooms.sql': `
create table rooms (id uuid primary key default gen_random_uuid(), owner uuid, name text);
alter table rooms enable row level security;
create policy own on rooms for select to authenticated using (owner = auth.uid());
grant select on rooms to authenticated;
grant all on rooms to service_role;
create materialized view room_copy as select id, owner, name from rooms;
create unique index on room_copy (id);
create view room_list as select * from room_copy;
${grants}
${more}`,
  'matrices/copy.matrix.yaml': `matrix: copy
resource: { view: public.room_copy }
fixtures: { mod's: { table: public.rooms, values: { owner: $mod.id, name: "Room $unique" } } }
operations: { read: { select: mod's } }
expect: { "*": { read: deny } }
`,
  'matrices/list.matrix.yaml': `matrix: list
resource: { view: public.room_list }
fixtures: { mod's: { table: public.rooms, values: { owner: $mod.id, name: "Room $unique" } } }
operations: { read: { select: mod's } }
expect: { ann: { read: deny }, mod: { read: allow } }
`,
})

describe('a materialized view', { timeout: patience }, () => {
  test('shows the fixtures of a run, so that a leak of it is a breach', async () => {
    const granted = 'grant select on room_copy, room_list to authenticated, service_role;'
    const ended = await trespass(['run', '--workspace', workspace(rooms(granted))])
    expect(ended.code, ended.text).toBe(1)
    const { cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual([
      'breach  copy › ann › read',
      'breach  copy › mod › read',
      'breach  list › ann › read',
    ])
  })

  test('behind a view that filters it, and without a grant of its own, holds', async () => {
    const granted = `
create or replace view room_list as select * from room_copy where owner = auth.uid() or auth.role() = 'service_role';
grant select on room_list to authenticated, service_role;
grant select on room_copy to service_role;`
    const ended = await trespass(['run', '--workspace', workspace(rooms(granted))])
    expect(ended.code, ended.text).toBe(0)
  })

  test('that cannot be refreshed makes its cells inconclusive, with the reason', async () => {
    const granted = 'grant select on room_copy, room_list to authenticated, service_role;'
    const broken = `create materialized view room_ratio as select r.id, 1 / (count(*) over () - 1) as ratio from rooms r;
grant select on room_ratio to authenticated, service_role;`
    const root = workspace({
      ...rooms(granted, broken),
      'matrices/copy.matrix.yaml': `matrix: ratio
resource: { view: public.room_ratio }
fixtures: { mod's: { table: public.rooms, values: { owner: $mod.id, name: "Room $unique" } } }
operations: { read: { select: mod's } }
expect: { "*": { read: deny } }
`,
    })
    const ended = await trespass(['run', '--workspace', root, '--matrix', 'copy'])
    const { cells } = await evidenceOf(ended)
    expect(
      cells.map(({ verdict }) => verdict),
      ended.text,
    ).toEqual(['inconclusive', 'inconclusive'])
    expect(cells[0]?.because).toMatch(/materialized view was not refreshed .* public.room_ratio .*division by zero/)
  })
})
