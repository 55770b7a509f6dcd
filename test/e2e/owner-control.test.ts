import { beforeAll, describe, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { evidenceOf } from './report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** Tables whose rules refuse every role, inserts with a natural key, and permanent defects. */
const files = {
  'supabase/migrations/1_rules.sql': `
create table public.audit (id bigint generated always as identity primary key, what text not null);
alter table public.audit enable row level security;
grant select, insert on public.audit to service_role;

create table public.records (id uuid primary key default gen_random_uuid(), patient_id uuid not null,
  note text not null, signed_at timestamptz);
alter table public.records enable row level security;
grant select, insert, update, delete on public.records to authenticated, service_role;
create policy "patients read" on public.records for select to authenticated using (patient_id = (select auth.uid()));
create policy "patients write" on public.records for update to authenticated using (patient_id = (select auth.uid()));
create function public.keep_signed() returns trigger language plpgsql as $$
begin
  if old.signed_at is not null and old.note is distinct from new.note then
    raise exception 'record % is signed', old.id;
  end if;
  return new;
end $$;
create trigger keep_signed before update on public.records for each row execute function public.keep_signed();

create table public.vault (id uuid primary key default gen_random_uuid(), secret text not null);
alter table public.vault enable row level security;
alter table public.vault force row level security;
create view public.vault_view as select id, secret from public.vault;
create function public.purge(entry uuid) returns void language sql as $$ delete from public.vault where id = entry $$;
revoke execute on function public.purge from public, anon, authenticated, service_role;

create table public.posts (id uuid primary key default gen_random_uuid(), title text);
create table public.likes (post_id uuid references public.posts on delete cascade, user_id uuid, primary key (post_id, user_id));
create table public.follows (post_id uuid references public.posts on delete cascade, user_id uuid default auth.uid(),
  constraint once unique nulls not distinct (post_id, user_id), id uuid primary key default gen_random_uuid());
create table public.handles (id uuid primary key default gen_random_uuid(), user_id uuid, email text);
create unique index on public.handles (lower(email));
create table public.seats (id uuid primary key default gen_random_uuid(), post_id uuid, user_id uuid, left_at timestamptz);
create unique index on public.seats (post_id, user_id) where left_at is null;
create function public.take_seat(post uuid) returns void language sql
  as $$ insert into public.seats (post_id, user_id) values (post, auth.uid()) $$;
grant execute on function public.take_seat to authenticated, service_role;
revoke execute on function public.take_seat from public, anon;
grant all on public.posts, public.likes, public.follows, public.handles, public.seats to anon, authenticated, service_role;
alter table public.likes enable row level security;
alter table public.follows enable row level security;
alter table public.handles enable row level security;
alter table public.seats enable row level security;
create policy "own seats" on public.seats to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
create policy "own likes" on public.likes for insert to authenticated with check (user_id = auth.uid());
create policy "own follows" on public.follows for insert to authenticated with check (user_id = auth.uid());
create policy "own handles" on public.handles for insert to authenticated with check (user_id = auth.uid());

create table public.loops (id uuid primary key default gen_random_uuid(), title text);
alter table public.loops enable row level security;
grant select on public.loops to authenticated, anon;
create policy "loop" on public.loops for select using (exists (select from public.loops as other where other.id = loops.id));
insert into storage.buckets (id, name, public) values ('sealed', 'sealed', false);

create function public.pick(n int) returns text language sql as $$ select 'int' $$;
create function public.pick(n text) returns text language sql as $$ select 'text' $$;
grant execute on function public.pick(int), public.pick(text) to anon, authenticated;
`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  ann:     { kind: authenticated }
  ben:     { kind: authenticated }
  tab:     { kind: authenticated, as: ann }
world:
  post: { table: public.posts, values: { title: "P $run" } }
`,
  'matrices/audit.matrix.yaml': `matrix: audit
resource: { table: public.audit }
fixtures: { line: { what: "x $unique" } }
operations:
  change: { update: line, set: { what: "y" } }
  remove: { delete: line }
expect: { "*": { "*": deny(grant) } }
`,
  'matrices/records.matrix.yaml': `matrix: records
resource: { table: public.records }
fixtures: { signed: { patient_id: $ann.id, note: "n $unique", signed_at: "2026-01-01T00:00:00Z" } }
operations: { change: { update: signed, set: { note: "y" } } }
expect:
  visitor:  { change: deny(grant) }
  ann, tab: { change: deny(application) }
  ben:      { change: deny(filtered) }
`,
  'matrices/vault.matrix.yaml': `matrix: vault
resource: { table: public.vault }
fixtures: { one: { secret: "s $unique" } }
operations:
  read:      { select: one }
  read none: { select: one, filter: { secret: "misspelt" } }
  add:       { insert: { secret: "t $unique" } }
  change:    { update: one, set: { secret: "y" } }
  put:       { upsert: one, values: { secret: "z" } }
  remove:    { delete: one }
expect: { "*": { "*": deny(grant) } }
`,
  'matrices/view.matrix.yaml': `matrix: view
resource: { view: public.vault_view, key: [id], of: public.vault }
fixtures: { one: { table: public.vault, values: { secret: "s $unique" } } }
operations: { read: { select: one }, change: { update: one, set: { secret: "y" } } }
expect: { "*": { "*": deny(grant) } }
`,
  'matrices/purge.matrix.yaml': `matrix: purge
resource: { function: public.purge }
fixtures: { one: { table: public.vault, values: { secret: "s $unique" } } }
operations: { purge: { call: { entry: $one.id }, removes: [one] } }
expect: { "*": { purge: deny(grant) } }
`,
  'matrices/likes.matrix.yaml': `matrix: likes
resource: { table: public.likes }
operations: { like: { insert: { post_id: $post.id, user_id: $actor.id } } }
expect: { visitor: { like: deny(rls) }, "*": { like: allow } }
`,
  'matrices/follows.matrix.yaml': `matrix: follows
resource: { table: public.follows }
operations: { follow: { insert: { post_id: $post.id } }, put: { insert: { post_id: $post.id, user_id: $actor.id } } }
expect: { visitor: { follow: deny(rls), put: deny(rls) }, "*": { "*": allow } }
`,
  'matrices/handles.matrix.yaml': `matrix: handles
resource: { table: public.handles }
operations:
  take:  { insert: { user_id: $actor.id, email: "Mail-$run@example.com" } }
  take2: { insert: { user_id: $actor.id, email: "mail-$run@example.com" } }
expect: { visitor: { "*": deny(rls) }, "*": { "*": allow } }
`,
  'matrices/seats.matrix.yaml': `matrix: seats
resource: { table: public.seats }
operations: { sit: { insert: { post_id: $post.id, user_id: $actor.id } } }
expect: { visitor: { sit: deny(rls) }, "*": { sit: allow } }
`,
  'matrices/take-seat.matrix.yaml': `matrix: take seat
resource: { function: public.take_seat }
operations: { take: { call: { post: $post.id }, adds: { table: public.seats, values: { post_id: $post.id, user_id: $actor.id } } } }
expect: { visitor: { take: deny(grant) }, "*": { take: allow } }
`,
  'matrices/sealed.matrix.yaml': `matrix: sealed
resource: { bucket: sealed }
fixtures: { file: { name: "f-$unique.txt", content: text } }
operations:
  read:   { download: file }
  list:   { list: file }
  put:    { upload: { name: "g-$unique.txt", content: text } }
  change: { overwrite: file, content: other }
  remove: { remove: file }
expect: { "*": { read: deny(filtered), list: deny(filtered), put: deny(rls), change: deny, remove: deny(filtered) } }
`,
  'matrices/loops.matrix.yaml': `matrix: loops
resource: { table: public.loops }
fixtures: { one: { title: "t $unique" } }
operations: { read: { select: one } }
expect: { visitor: { read: deny }, "*": { read: allow } }
`,
  'matrices/pick.matrix.yaml': `matrix: pick
resource: { function: public.pick }
operations: { pick: { call: { n: "5" } } }
expect: { "*": { pick: { allow: { returns: text } } } }
`,
}

let cells: readonly CellRecord[]
let code: number | null

beforeAll(async () => {
  const root = temporaryFolder()
  writeFiles(root, files)
  const ended = await trespass(['run', '--workspace', root])
  code = ended.code
  cells = (await evidenceOf(ended)).cells
}, patience)

function of(matrix: string): readonly CellRecord[] {
  return cells.filter((cell) => cell.matrix === matrix)
}

describe('operations that the secret key is refused too', () => {
  test.each(['audit', 'view', 'purge'])('is held behind the owner as the control: %s', (matrix) => {
    for (const { id, verdict, control, because } of of(matrix)) {
      expect([id, verdict, control?.by]).toEqual([id, 'held', 'owner'])
      expect(because).toContain('the owner of the object, in a transaction that was rolled back')
    }
    expect(of(matrix).length).toBeGreaterThan(0)
  })

  test('is held for every kind of statement, but for one that finds nothing as the owner either', () => {
    const open = of('vault').filter(({ verdict }) => verdict !== 'held')
    expect(new Set(open.map(({ operation }) => operation))).toEqual(new Set(['read none']))
    expect(of('vault').length - open.length).toBe(20)
  })

  test('is held where a trigger raises for the owner too, and the verdict names the trigger', () => {
    for (const { verdict, control, because } of of('records')) {
      expect([verdict, control?.by, control?.rule?.object]).toEqual(['held', 'owner', 'trigger keep_signed on records'])
      expect(because).toContain('without the trigger keep_signed on records its statement works')
    }
    expect(of('records').find(({ actor }) => actor === 'ann')?.control?.rule?.alike).toBe(true)
  })
})

test('a bucket without a policy has the secret key as its control', () => {
  const summary = of('sealed').map(({ id, verdict, control }) => [id, verdict, control?.by])
  expect(summary).toEqual(of('sealed').map(({ id }) => [id, 'held', 'privileged']))
  expect(summary).toHaveLength(20)
})

describe('inserts with a natural key', () => {
  test.each(['likes', 'follows', 'handles', 'seats', 'take seat'])('do not meet one another: %s', (matrix) => {
    expect(of(matrix).map(({ id, verdict }) => `${verdict} ${id}`)).toEqual(of(matrix).map(({ id }) => `held ${id}`))
    expect(of(matrix).length).toBeGreaterThan(3)
  })
})

describe('a defect of the project', () => {
  test('is a lockout where the cell is allowed, inconclusive where it is denied, and a finding', () => {
    const verdicts = of('loops').map(({ actor, verdict }) => [actor, verdict])
    expect(Object.fromEntries(verdicts)).toEqual({
      visitor: 'inconclusive',
      ann: 'lockout',
      ben: 'lockout',
      tab: 'lockout',
    })
    expect(of('loops').find(({ actor }) => actor === 'ann')?.because).toContain('a policy refers to itself')
    expect(code).toBe(1)
  })

  test('two functions that fit are called that', () => {
    expect(of('pick').map(({ verdict }) => verdict)).toEqual(['lockout', 'lockout', 'lockout', 'lockout'])
    expect(of('pick')[0]?.because).toContain('two functions fit the arguments, the request is ambiguous')
  })
})
