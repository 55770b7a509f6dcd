const sql = `
create table public.notes (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users on delete cascade,
  body text not null, deleted_at timestamptz);
create index on public.notes (owner_id);
alter table public.notes enable row level security;
revoke all on public.notes from anon, authenticated;
grant select, insert, update, delete on public.notes to authenticated, service_role;
create policy "own notes" on public.notes to authenticated using (owner_id = (select auth.uid()));
create policy "live notes" on public.notes for select to authenticated using (deleted_at is null and owner_id = auth.uid());
create policy "signed in" on public.notes as restrictive for select to authenticated using ((select auth.uid()) is not null);

create table public.plans (id int primary key, note_id uuid references public.notes, name text not null);
grant select on public.plans to anon, authenticated;
grant truncate on public.plans to authenticated;

create table public.loop (id int primary key, parent int);
alter table public.loop enable row level security;
grant select on public.loop to authenticated;
create policy "round" on public.loop for select to authenticated
  using (exists (select 1 from public.loop other where other.id = loop.parent));

create function public.count_notes() returns bigint language sql security definer as 'select count(*) from public.notes';
create view public.all_notes as select * from public.notes;
grant select on public.all_notes to authenticated;
create sequence public.numbers;
grant usage on sequence public.numbers to authenticated;
alter default privileges in schema public grant select on tables to anon;
`

const notesMatrix = `matrix: notes
resource: { table: public.notes }
fixtures:
  bob's: { owner_id: $bob.id, body: Bob's }
operations:
  list:   { select: "*" }
  read:   { select: bob's }
  rename: { update: bob's, set: { body: Defaced } }
  delete: { delete: bob's }
expect:
  visitor: { "*": deny(grant) }
  bob:     { list: { allow: { exactly: [bob's] } }, "*": allow }
  "*":     { list: { allow: { exactly: [] } }, "*": deny(filtered) }
`

const plansMatrix = `matrix: plans
resource: { table: public.plans }
fixtures:
  basic: { id: 1, name: $unique }
operations:
  list: { select: basic }
expect:
  visitor: { list: allow }
  "*":     { list: allow }
`

/** A schema with some of everything that a review names, two matrices, and one accepted lint. */
export const reviewedFiles = {
  'supabase/migrations/1_notes.sql': sql,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  bob:     { kind: authenticated }
  mallory: { kind: authenticated }
`,
  'matrices/notes.matrix.yaml': notesMatrix,
  'matrices/plans.matrix.yaml': plansMatrix,
} as const
