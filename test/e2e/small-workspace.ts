import { temporaryFolder, writeFiles } from './support.ts'

/**
 * A workspace of a few tables whose triggers make further rows: a profile per user and an audit line per note, both tied
 * to their cause by a foreign key that does not cascade.
 */
export const smallFiles = {
  'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
  'supabase/migrations/1_notes.sql': `create table public.profiles (user_id uuid primary key references auth.users);
create function public.add_profile() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.profiles values (new.id); return null; end $$;
create trigger add_profile after insert on auth.users for each row execute function public.add_profile();

create table public.shelves (id uuid primary key default gen_random_uuid(), name text not null);
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users,
  shelf_id uuid references public.shelves,
  title text not null
);
create table public.note_audit (id bigint generated always as identity primary key,
  note_id uuid not null references public.notes, what text not null);
create function public.audit_note() returns trigger language plpgsql security definer set search_path = ''
  as $$ begin insert into public.note_audit (note_id, what) values (new.id, tg_op); return null; end $$;
create trigger audit_note after insert or update on public.notes
  for each row execute function public.audit_note();

alter table public.profiles enable row level security;
alter table public.shelves enable row level security;
alter table public.notes enable row level security;
alter table public.note_audit enable row level security;
grant select, insert, update, delete on public.notes to service_role, authenticated;
create policy "owners read" on public.notes for select to authenticated using (owner_id = (select auth.uid()));
create policy "owners write" on public.notes for insert to authenticated with check (owner_id = (select auth.uid()));
create policy "owners change" on public.notes for update to authenticated using (owner_id = (select auth.uid()));
`,
  'supabase/migrations/2_comments.sql': `create table public.comments (
  id bigint generated always as identity primary key,
  note_id uuid references public.notes,
  author_id uuid not null references auth.users,
  body text not null
);
alter table public.comments enable row level security;
grant select, insert, delete on public.comments to service_role, authenticated;
create policy "authors read" on public.comments for select to authenticated using (author_id = (select auth.uid()));
create policy "authors write" on public.comments for insert to authenticated with check (author_id = (select auth.uid()));
create policy "authors delete" on public.comments for delete to authenticated using (author_id = (select auth.uid()));
`,
  'holes/everyone-reads.sql':
    'create policy "everyone reads" on public.notes for select to authenticated using (true);\n',
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  bob:     { kind: authenticated }
  guest:   { kind: anonymous-auth }
world:
  top: { table: public.shelves, values: { name: "Top $run" } }
`,
  'matrices/comments.matrix.yaml': `matrix: comments
resource: { table: public.comments }
invariants:
  COM-1: A comment is its author's.
fixtures:
  own:    { author_id: $actor.id, body: mine }
  theirs: { author_id: $bob.id, body: theirs }
operations:
  list:          { select: "*", proves: [COM-1] }
  write:         { insert: { author_id: $actor.id, body: "new $unique" } }
  delete own:    { delete: own }
  delete theirs: { delete: theirs, proves: [COM-1] }
expect:
  visitor: { "*": deny(grant) }
  bob:     { "*": allow }
  "*":     { list: { allow: { exactly: [own] } }, write: allow, delete own: allow, delete theirs: deny(filtered) }
`,
  'matrices/notes.matrix.yaml': `matrix: notes
resource: { table: public.notes }
invariants:
  NOTE-1: A note is read and written by its owner alone.
fixtures:
  own:    { owner_id: $actor.id, shelf_id: $top.id, title: mine }
  theirs: { owner_id: $bob.id, title: theirs }
operations:
  list:          { select: "*", proves: [NOTE-1] }
  read theirs:   { select: theirs, proves: [NOTE-1] }
  create:        { insert: { owner_id: $actor.id, title: "new $unique" } }
  rename own:    { update: own, set: { title: renamed } }
  rename theirs: { update: theirs, set: { title: defaced }, proves: [NOTE-1] }
expect:
  visitor: { "*": deny(grant) }
  bob:     { "*": allow }
  alice, guest:
    list:       { allow: { exactly: [own] } }
    create:     allow
    rename own: allow
    "*":        deny(filtered)
`,
} as const

/** Cells of the small workspace: four actors by four and by five operations. */
export const smallCells = 36

/** The tables that a run of the small workspace touches, those that triggers fill among them. */
export const smallTables = [
  'auth.users',
  'auth.identities',
  'auth.sessions',
  'public.profiles',
  'public.shelves',
  'public.notes',
  'public.note_audit',
  'public.comments',
] as const

/** Makes a small workspace. @param changed files that differ; an empty text leaves a file out. */
export function smallWorkspace(changed: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder()
  const all: Readonly<Record<string, string>> = { ...smallFiles, ...changed }
  const files = Object.entries(all).filter(([, text]) => text !== '')
  writeFiles(root, Object.fromEntries(files))
  return root
}
