import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { SchemaObject } from '../evidence/suspects.ts'
import { madeIn, statementsApplied } from './made-in.ts'

const root = mkdtempSync(join(tmpdir(), 'trespass-made-in-'))
afterAll(() => rmSync(root, { recursive: true }))

const first = `-- A comment before.
create table notes (id uuid);
alter table only public.notes enable row level security;
create policy "members read" on public.notes for select using (false);
create policy plain on notes using (true);
grant select, update on public.notes, public.other to authenticated, anon;
create function public.whoami() returns text language sql as 'select 1::text';
create view public.everything as select * from notes;
create table public.notes_archive (id uuid);
create policy "members read" on public.notes_archive using (true);
`
const second = `create or replace function whoami() returns text language sql as 'select 2::text';
alter policy "members read" on public.notes using (true);
grant execute on all functions in schema public to anon;
create table app."Order Items" (id uuid);
create policy "a.b (c)" on app."Order Items" using (true);
`
mkdirSync(join(root, 'supabase/migrations'), { recursive: true })
mkdirSync(join(root, 'holes'))
writeFileSync(join(root, 'supabase/migrations/1_first.sql'), first)
writeFileSync(join(root, 'supabase/migrations/2_second.sql'), second)
writeFileSync(join(root, 'supabase/migrations/3_broken.sql'), 'create policy and so on')
writeFileSync(join(root, 'holes/open.sql'), '\nalter policy plain on public.notes using (true);\n')

const cases: readonly (readonly [SchemaObject, string | null])[] = [
  [{ what: 'policy', relation: 'public.notes', name: 'members read' }, 'supabase/migrations/2_second.sql:2'],
  [{ what: 'policy', relation: 'public.notes_archive', name: 'members read' }, 'supabase/migrations/1_first.sql:10'],
  [{ what: 'policy', relation: 'public.notes', name: 'plain' }, 'holes/open.sql:2'],
  [{ what: 'policy', relation: 'app.Order Items', name: 'a.b (c)' }, 'supabase/migrations/2_second.sql:5'],
  [{ what: 'policy', relation: 'other.notes', name: 'members read' }, null],
  [{ what: 'grant', privilege: 'UPDATE', on: 'public.notes', role: 'anon' }, 'supabase/migrations/1_first.sql:6'],
  [
    { what: 'grant', privilege: 'UPDATE', on: 'public.other', role: 'authenticated' },
    'supabase/migrations/1_first.sql:6',
  ],
  [{ what: 'grant', privilege: 'UPDATE', on: 'public.notes', role: 'public' }, null],
  [{ what: 'grant', privilege: 'EXECUTE', on: 'public.whoami', role: 'anon' }, 'supabase/migrations/2_second.sql:3'],
  [{ what: 'grant', privilege: 'DELETE', on: 'public.notes', role: 'anon' }, null],
  [{ what: 'function', name: 'public.whoami' }, 'supabase/migrations/2_second.sql:1'],
  [{ what: 'relation', name: 'public.everything' }, 'supabase/migrations/1_first.sql:8'],
  [{ what: 'relation', name: 'public.notes' }, 'supabase/migrations/1_first.sql:3'],
  [{ what: 'relation', name: 'public.nothing' }, null],
]

test.each(cases)('the last statement that made %j stands at %s', async (made, place) => {
  const at = madeIn(made, await statementsApplied(root, ['open']))
  expect(at === null ? null : `${at.file}:${at.line}`).toBe(place)
})
