import { beforeAll, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { evidenceOf, filesBelow, reportOf } from './report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/**
 * Data beside the rows of an answer: the metadata in a list of Storage, and messages and changes that the actor did not wait
 * for, rows under columns of a function's own. In `loose` and for notes of the kind `loose` it contains values of other people.
 */
const files = {
  'supabase/config.toml': '',
  'supabase/migrations/1_beside.sql': `
insert into storage.buckets (id, name, public) values ('loose', 'loose', false), ('tight', 'tight', false);
create policy "own folder" on storage.objects for select to authenticated
  using ((storage.foldername(name))[1] = (select auth.uid())::text);
create function public.note_peer() returns trigger language plpgsql security definer set search_path = '' as $$ begin
  new.metadata := coalesce(new.metadata, '{}') || jsonb_build_object('peer',
    case new.bucket_id when 'loose' then (select name from storage.objects
      where bucket_id = 'loose' and name like '%/theirs-%' order by created_at desc limit 1) else 'a peer' end);
  return new; end $$;
create trigger note_peer before insert on storage.objects for each row execute function public.note_peer();

create table public.notes (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  kind text not null, title text not null, body text);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
grant all on public.notes to service_role;
create policy "owners" on public.notes for select to authenticated using (owner_id = (select auth.uid()));
create policy "all listen" on realtime.messages for select to authenticated using (true);
create function public.note_change() returns trigger language plpgsql security definer set search_path = '' as $$ begin
  update public.notes set title = case new.kind when 'loose' then 'about ' || new.body else 'about a note' end
    where kind = new.kind || ' digest' and id <> new.id;
  perform realtime.send(jsonb_build_object('about', case new.kind when 'loose' then new.body else 'a note' end),
    'changed', 'notes', true);
  return null; end $$;
create trigger note_change after update of title on public.notes for each row when (new.kind in ('loose', 'tight'))
  execute function public.note_change();
alter publication supabase_realtime add table public.notes;

create table public.letters (id uuid primary key default gen_random_uuid(), owner_id uuid not null, title text not null);
alter table public.letters enable row level security;
grant select on public.letters to authenticated;
grant all on public.letters to service_role;
insert into public.letters (owner_id, title) select gen_random_uuid(), 'old letter ' || n from generate_series(1, 20) n;
create function public.loose_letters(letter uuid) returns table (n text, w text) language sql stable security definer
  set search_path = '' as $$ select title, owner_id::text from public.letters
  where (id = letter and owner_id = (select auth.uid())) or title like 'old letter %' $$;
create function public.tight_letters(letter uuid) returns table (n text, w text) language plpgsql stable security definer
  set search_path = '' as $$ begin
  return query select title, owner_id::text from public.letters where id = letter and owner_id = (select auth.uid());
  if not found then return query values ('refused', 'this is not your letter, and you may not see it'); end if; end $$;
`,
  'matrices/actors.yaml': `actors:
  bob:     { kind: authenticated }
  mallory: { kind: authenticated }
`,
  ...Object.fromEntries(['loose', 'tight'].flatMap((kind) => Object.entries(matricesOf(kind)))),
}

function matricesOf(kind: string): Record<string, string> {
  return {
    [`matrices/${kind}-objects.matrix.yaml`]: `matrix: ${kind} objects
resource: { bucket: ${kind} }
fixtures:
  theirs: { name: "$bob.id/theirs-$unique.txt", content: "their content $unique", content_type: text/csv }
  own:    { name: "$actor.id/own-$unique.txt", content: "my content $unique", content_type: $theirs.content_type }
operations:
  list:         { list: own }
  list again:   { list: own, version: 2 }
  read theirs:  { download: theirs }
expect:
  bob: { "*": allow }
  mallory: { list: { allow: { exactly: [own] } }, list again: { allow: { exactly: [own] } }, read theirs: deny }
`,
    [`matrices/${kind}-changes.matrix.yaml`]: `matrix: ${kind} changes
resource: { table: public.notes }
fixtures:
  theirs: { owner_id: $bob.id, kind: ${kind}, title: "first $unique", body: "their body $unique" }
  digest: { owner_id: $actor.id, kind: "${kind} digest", title: "digest of $theirs.kind" }
operations:
  hear: { subscribe: theirs, on: update, set: { title: "second $unique" } }
expect:
  bob: { "*": allow }
  mallory: { hear: deny }
`,
    [`matrices/${kind}-letters.matrix.yaml`]: `matrix: ${kind} letters
resource: { function: public.${kind}_letters, of: public.letters }
fixtures:
  theirs: { table: public.letters, values: { owner_id: $bob.id, title: "their letter $unique" } }
operations:
  read: { call: { letter: $theirs.id }, reads: theirs }
expect:
  bob: { "*": allow }
  mallory: { read: deny }
`,
    [`matrices/${kind}-messages.matrix.yaml`]: `matrix: ${kind} messages
resource: { channel: notes }
fixtures:
  room:   { topic: notes }
  theirs: { table: public.notes, values: { owner_id: $bob.id, kind: ${kind}, title: "first $unique", body: "their body $unique" } }
operations:
  hear: { receive: room, from: database, when: { update: theirs, set: { title: "second $unique" } } }
expect:
  bob, mallory: { hear: deny }
`,
  }
}

let cells: readonly CellRecord[]
let report: Readonly<Record<string, string>>

beforeAll(async () => {
  const root = temporaryFolder()
  writeFiles(root, files)
  const ended = await trespass(['run', '--workspace', root])
  cells = (await evidenceOf(ended)).cells
  report = filesBelow(reportOf(ended))
}, patience)

function ofMallory(kind: string): Record<string, string> {
  return Object.fromEntries(
    cells
      .filter(({ actor, matrix }) => actor === 'mallory' && matrix.startsWith(kind))
      .map(({ matrix, operation, verdict, because }) => [
        `${matrix.replace(`${kind} `, '')}, ${operation}`,
        verdict === 'breach' ? because.replace(/^.*: |^.*the answer holds /, '') : verdict,
      ]),
  )
}

test('values of another person in a list of Storage, in a change and in a message that was not awaited are breaches', () => {
  expect(ofMallory('loose')).toEqual({
    // The database finds an object of one of the two sets first.
    'objects, list': expect.stringMatching(/^theirs( of bob)?\.name in page 1\[0\]\.metadata\.peer$/),
    'objects, list again': expect.stringMatching(/^theirs( of bob)?\.name in page 1\.objects\[0\]\.metadata\.peer$/),
    'objects, read theirs': 'held',
    'changes, hear': 'theirs.body in changes[0].record.title',
    'letters, read': 'inconclusive',
    'messages, hear': expect.stringMatching(/^theirs\.body in broadcasts\[\d\]\.payload\.about$/),
  })
})

test('the same answers without them are no breach', () => {
  expect(ofMallory('tight')).toEqual({
    'objects, list': 'held',
    'objects, list again': 'held',
    'objects, read theirs': 'held',
    'changes, hear': 'held',
    'letters, read': 'held',
    // The message does not name the row, so the control did not receive it either.
    'messages, hear': 'inconclusive',
  })
})

test('no value of another person is copied into the report', () => {
  for (const [name, text] of Object.entries(report)) expect(text, name).not.toMatch(/about their body/)
})
