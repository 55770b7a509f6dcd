/** Polls of two people: the migration that adds them, correct and broken, and their matrix. */
const head = `create table public.polls (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users on delete cascade,
  question text not null
);
`
const secured = `alter table public.polls enable row level security;
create policy "owners read polls" on public.polls for select to authenticated using (owner_id = (select auth.uid()));
`
const granted = 'grant select on public.polls to authenticated;\n'

export const pollsFile = 'supabase/migrations/20260102090000_polls.sql'

/** Secures the table before it grants access. */
export const repaired = `${head}${secured}${granted}`

/** The broken twin: grants access before it enables row security and creates the policy. */
export const grantsFirst = `${head}${granted}${secured}`

/** @param migration the contents of the migration file. */
export function pollsWorkspace(migration: string): Readonly<Record<string, string>> {
  return {
    'supabase/migrations/20260101090000_notes.sql': `create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users on delete cascade
);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
create policy "owners read notes" on public.notes for select to authenticated using (owner_id = (select auth.uid()));
`,
    [pollsFile]: migration,
    'supabase/migrations/20260103090000_later.sql': 'create table public.later (id int primary key);\n',
    'supabase/seed.sql': '',
    'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  alice:   { kind: authenticated }
  eve:     { kind: authenticated }
`,
    'matrices/notes.matrix.yaml': `matrix: notes
resource: { table: public.notes }
fixtures:
  hers: { owner_id: $alice.id }
operations:
  read: { select: hers }
expect:
  visitor: { "*": deny(grant) }
  alice:   { "*": allow }
  eve:     { "*": deny(filtered) }
`,
    'matrices/polls.matrix.yaml': `matrix: polls
resource: { table: public.polls }
fixtures:
  hers: { owner_id: $alice.id, question: Tea? }
operations:
  read: { select: hers }
expect:
  visitor: { "*": deny(grant) }
  alice:   { "*": allow }
  eve:     { "*": deny(filtered) }
`,
    'scenarios/polls.scenario.yaml': `scenario: polls cut short
recipe: interrupted-migration
migration: ${pollsFile}
cut: [error]
applied_by: psql
matrices: [polls]
`,
  }
}
