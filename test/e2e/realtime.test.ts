import { describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** A room per organization and notes in it; members read, editors write. */
const files = {
  'supabase/migrations/1_rooms.sql': `
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (team_id uuid references public.teams, user_id uuid references auth.users, role text not null,
  primary key (team_id, user_id));
create table public.notes (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  title text not null, secret text not null default 'hidden');
alter table public.teams enable row level security;
alter table public.members enable row level security;
alter table public.notes enable row level security;
grant select on public.members to authenticated;
grant select (id, team_id, title) on public.notes to authenticated;
grant all on public.teams, public.members, public.notes to service_role;
create policy "own" on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy "members" on public.notes for select to authenticated using (
  exists (select from public.members m where m.team_id = notes.team_id and m.user_id = (select auth.uid())));
create policy "members read" on realtime.messages for select to authenticated using (
  exists (select from public.members m where 'team:' || m.team_id = realtime.topic() and m.user_id = (select auth.uid())));
create policy "editors write" on realtime.messages for insert to authenticated with check (
  exists (select from public.members m where 'team:' || m.team_id = realtime.topic() and m.user_id = (select auth.uid())
    and m.role = 'editor'));
create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$ begin
  perform realtime.broadcast_changes('team:' || coalesce(new.team_id, old.team_id), tg_op, tg_op, tg_table_name,
    tg_table_schema, new, old); return null; end $$;
create trigger tell after insert or update or delete on public.notes for each row execute function public.tell();
alter publication supabase_realtime add table public.notes;
`,
  'holes/wide.sql': `create policy "any team" on realtime.messages for select to authenticated
  using (realtime.topic() like 'team:%');\n`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  mallory: { kind: authenticated }
world:
  red:          { table: public.teams, values: { name: "Red $run" } }
  alice in red: { table: public.members, values: { team_id: $red.id, user_id: $alice.id, role: editor } }
  bob in red:   { table: public.members, values: { team_id: $red.id, user_id: $bob.id, role: reader } }
`,
  'matrices/rooms.matrix.yaml': `matrix: rooms
resource: { channel: rooms }
fixtures:
  room: { topic: "team:$red.id" }
  note: { table: public.notes, values: { team_id: $red.id, title: first } }
  team: { table: public.teams, values: { name: "Own $unique" } }
  membership: { table: public.members, values: { team_id: $team.id, user_id: $actor.id, role: reader } }
  own room: { topic: "team:$team.id" }
operations:
  join:            { join: room }
  send:            { send: room }
  send by HTTP:    { send: room, via: http }
  send a batch:    { send: room, via: batch }
  hear alice:      { receive: room, from: alice }
  hear renames:    { receive: room, from: database, when: { update: note, set: { title: second } } }
  track:           { track: room }
  see alice:       { presence: room, from: alice }
  lose membership: { keep: own room, after: { remove: membership }, watch: 2 }
  refresh:         { keep: own room, after_refresh: { remove: membership }, watch: 2 }
  expire:          { keep: own room, until: expiry, watch: 2 }
expect:
  alice:
    hear renames: { allow: { columns: [id, team_id, title, secret] } }
    lose membership: { allow: { ends_within: 0.3 } }
    refresh, expire: { allow: { ends_within: 1.5 } }
    "*": allow
  bob:
    send, send a batch: deny(filtered)
    send by HTTP, track: deny(rls)
    lose membership, refresh, expire: n/a
    "*": allow
  "*":
    send by HTTP: deny(rls)
    send a batch: deny(filtered)
    lose membership, refresh, expire: n/a
    "*": deny(rls)
`,
  'matrices/notes.matrix.yaml': `matrix: notes
resource: { table: public.notes }
fixtures:
  note: { team_id: $red.id, title: first }
operations:
  read:          { select: note, columns: [id, team_id, title] }
  hear of new:   { subscribe: note, on: insert }
  hear renames:  { subscribe: note, on: update, set: { title: second } }
  hear removals: { subscribe: note, on: delete }
  hear secrets:  { subscribe: note, on: insert, filter: "secret=eq.hidden" }
expect:
  visitor:
    hear of new, hear renames: deny(grant)
    hear removals: allow
    "*": deny(grant)
  alice, bob:
    hear of new, hear renames: { allow: { columns: [id, team_id, title] } }
    hear removals: { allow: { columns: [id] } }
    hear secrets: deny(grant)
    "*": allow
  mallory:
    hear removals: { allow: { columns: [id] } }
    hear secrets: deny(grant)
    "*": deny(filtered)
`,
} as const

function workspace(changed: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder()
  writeFiles(root, { ...files, ...changed })
  return root
}

describe('Realtime', { timeout: patience }, () => {
  test('holds where policies, grants and time are as they are written, and breaks where they are not', async () => {
    const root = workspace()
    const ended = await trespass(['run', '--workspace', root])
    const { cells, run } = await evidenceOf(ended)
    // Access to an open channel lasts until its token changes.
    expect(notHeld(cells)).toEqual(['breach  rooms › alice › lose membership'])
    expect([ended.code, run.cleanup.left]).toEqual([1, []])

    const wide = await trespass(['run', '--workspace', root, '--matrix', 'rooms*', '--with-hole', 'wide'])
    expect(notHeld((await evidenceOf(wide)).cells)).toEqual([
      'breach  rooms › alice › lose membership',
      'breach  rooms › alice › refresh',
      'breach  rooms › mallory › hear alice',
      'breach  rooms › mallory › hear renames',
      'breach  rooms › mallory › join',
      'breach  rooms › mallory › see alice',
      'wrong-layer  rooms › mallory › send',
    ])
  })

  test('that is switched off is reported before anything is made', async () => {
    const root = workspace({ 'supabase/config.toml': '[realtime]\nenabled = false\n' })
    const ended = await trespass(['run', '--workspace', root])
    expect(ended.code, ended.text).toBe(2)
    expect(ended.text).toContain('a target whose Realtime is switched off')
  })
})
