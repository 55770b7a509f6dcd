import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const people = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace']

/** The number of cells: ten actors by thirty operations. */
export const cellCount = 300

/**
 * Triggers write a profile per user and an audit entry per note, and send messages of Realtime, so that rows exist that no
 * request names. The policy "leak" is a planted breach: the comparison of runs covers verdicts other than held.
 */
const migration = `
create table public.profiles (user_id uuid primary key references auth.users);
create function public.add_profile() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.profiles values (new.id); return null; end $$;
create trigger add_profile after insert on auth.users for each row execute function public.add_profile();

create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (team_id uuid references public.teams, user_id uuid references auth.users,
  primary key (team_id, user_id));
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users,
  team_id uuid references public.teams,
  title text not null,
  is_leaked boolean not null default false
);
create table public.note_audit (id bigint generated always as identity primary key,
  note_id uuid not null references public.notes, what text not null);
create function public.audit_note() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.note_audit (note_id, what) values (new.id, tg_op); return null; end $$;
create trigger audit_note after insert or update on public.notes for each row execute function public.audit_note();
create function public.announce_note() returns trigger language plpgsql security definer set search_path = '' as $$ begin
  if new.team_id is not null then
    perform realtime.broadcast_changes('team:' || new.team_id, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  end if;
  return null; end $$;
create trigger announce_note after insert or update on public.notes
  for each row execute function public.announce_note();

alter table public.profiles enable row level security;
alter table public.teams enable row level security;
alter table public.members enable row level security;
alter table public.notes enable row level security;
alter table public.note_audit enable row level security;
grant select, insert, update, delete on public.notes, public.members, public.teams to service_role;
grant select, insert, update, delete on public.notes to authenticated;
grant select on public.members to authenticated;
create policy "own" on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy "owners" on public.notes for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy "leak" on public.notes for select to authenticated using (is_leaked);

create function public.rename_note(note uuid, title text) returns void language plpgsql security definer
  set search_path = '' as $$ begin
  update public.notes set title = rename_note.title where id = note and owner_id = (select auth.uid());
  if not found then raise exception 'not your note' using errcode = '42501'; end if; end $$;
revoke execute on function public.rename_note from public, anon;
grant execute on function public.rename_note to authenticated, service_role;

insert into storage.buckets (id, name) values ('files', 'files');
create policy "owners of files" on storage.objects for all to authenticated
  using (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text);

create policy "members read" on realtime.messages for select to authenticated using (exists (
  select from public.members m where 'team:' || m.team_id = realtime.topic() and m.user_id = (select auth.uid())));
create policy "members write" on realtime.messages for insert to authenticated with check (exists (
  select from public.members m where 'team:' || m.team_id = realtime.topic() and m.user_id = (select auth.uid())));
`

const actors = `actors:
  visitor: { kind: anon }
  guest:   { kind: anonymous-auth }
${people.map((name) => `  ${name}: { kind: authenticated }\n`).join('')}  expired: { kind: authenticated, as: alice, token: expired }
world:
  red:          { table: public.teams, values: { name: "Red $run" } }
  alice in red: { table: public.members, values: { team_id: $red.id, user_id: $alice.id } }
  bob in red:   { table: public.members, values: { team_id: $red.id, user_id: $bob.id } }
`

const notes = `matrix: notes
resource: { table: public.notes }
fixtures:
  own:    { owner_id: $actor.id, title: mine }
  theirs: { owner_id: $bob.id, title: theirs }
  leaked: { owner_id: $bob.id, title: leaked, is_leaked: true }
operations:
  list:            { select: own }
  read theirs:     { select: theirs }
  read leaked:     { select: leaked }
  count theirs:    { select: theirs, count: exact }
  create:          { insert: { owner_id: $actor.id, title: "new $unique" } }
  create for bob:  { insert: { owner_id: $bob.id, title: "forged $unique" } }
  rename own:      { update: own, set: { title: renamed } }
  rename theirs:   { update: theirs, set: { title: defaced } }
  count own:       { select: own, count: exact }
  upsert own:      { upsert: { id: $own.id, owner_id: $actor.id, title: merged }, on_conflict: [id] }
expect:
  visitor: { "*": deny(grant) }
  expired: { "*": deny(unauthenticated) }
  bob:     { "*": allow }
  "*":
    list:           allow
    count own:      allow
    create:         allow
    rename own:     allow
    upsert own:     allow
    create for bob: deny(rls)
    "*":            deny(filtered)
`

const renameNote = `matrix: rename_note
resource: { function: public.rename_note }
fixtures:
  own:    { table: public.notes, values: { owner_id: $actor.id, title: mine } }
  theirs: { table: public.notes, values: { owner_id: $bob.id, title: theirs } }
  shared: { table: public.notes, values: { owner_id: $actor.id, team_id: $red.id, title: shared } }
operations:
  rename own:    { call: { note: $own.id, title: renamed }, changes: { own: { title: renamed } } }
  rename theirs: { call: { note: $theirs.id, title: defaced }, changes: { theirs: { title: defaced } } }
  rename shared: { call: { note: $shared.id, title: announced }, changes: { shared: { title: announced } } }
  name anew:     { call: { note: $own.id, title: "$unique" }, changes: { own: { title: $changed } } }
  deface theirs: { call: { note: $theirs.id, title: "$unique" }, changes: { theirs: { title: $changed } } }
expect:
  visitor: { "*": deny(grant) }
  expired: { "*": deny(unauthenticated) }
  bob:     { "*": allow }
  "*":     { rename theirs: deny(application), deface theirs: deny(application), "*": allow }
`

const files = `matrix: files
resource: { bucket: files }
fixtures:
  own:    { name: "$actor.id/own-$unique.txt", content: mine }
  theirs: { name: "$bob.id/theirs-$unique.txt", content: theirs }
operations:
  read own:         { download: own }
  read theirs:      { download: theirs }
  add:              { upload: { name: "$actor.id/new-$unique.txt", content: new } }
  add for bob:      { upload: { name: "$bob.id/new-$unique.txt", content: forged } }
  overwrite own:    { overwrite: own, content: replaced }
  overwrite theirs: { overwrite: theirs, content: defaced }
  move own:         { move: own, to: "$actor.id/moved-$unique.txt" }
  remove own:       { remove: [own] }
  remove theirs:    { remove: [theirs] }
expect:
  visitor, expired: { "*": deny }
  bob:     { "*": allow }
  "*":     { read theirs: deny, add for bob: deny, overwrite theirs: deny, remove theirs: deny, "*": allow }
`

const rooms = `matrix: rooms
resource: { channel: rooms }
fixtures:
  room: { topic: "team:$red.id" }
  note: { table: public.notes, values: { owner_id: $alice.id, team_id: $red.id, title: first } }
operations:
  join:         { join: room }
  send:         { send: room, via: http }
  send a batch: { send: room, via: batch }
  hear alice:   { receive: room, from: alice }
  hear renames: { receive: room, from: database, when: { update: note, set: { title: second } } }
  track:        { track: room }
expect:
  alice, bob: { "*": allow }
  "*":        { "*": deny }
`

/** Writes the workspace of the long run into a folder. */
export async function writeWorkspace(root: string): Promise<void> {
  const texts = {
    'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
    'supabase/migrations/1_night.sql': migration,
    // Short, so that a service that is away costs seconds.
    'trespass.config.ts': 'export default { patience: 10, hold: 5 }\n',
    'matrices/actors.yaml': actors,
    'matrices/notes.matrix.yaml': notes,
    'matrices/rename_note.matrix.yaml': renameNote,
    'matrices/files.matrix.yaml': files,
    'matrices/rooms.matrix.yaml': rooms,
  }
  for (const [path, text] of Object.entries(texts)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
