import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { standingSandbox } from './standing-sandbox.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** A clinic: signed records, a ledger that only grows, visits that are deleted softly, and notes under a rule. */
const clinic = {
  'supabase/migrations/1_clinic.sql': `
create function public.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are kept', tg_table_name;
end $$;

create table public.records (id uuid primary key default gen_random_uuid(), patient_id uuid not null, note text not null);
alter table public.records enable row level security;
grant select, update, delete on public.records to authenticated;
grant all on public.records to service_role;
create policy "patients" on public.records to authenticated using (patient_id = (select auth.uid()));
create trigger signed before update or delete on public.records for each row execute function public.refuse();

create table public.ledger (id bigint generated always as identity primary key, doctor_id uuid not null, what text not null);
alter table public.ledger enable row level security;
grant select, insert on public.ledger to authenticated, service_role;
create policy "doctors read" on public.ledger for select to authenticated using (doctor_id = (select auth.uid()));
create policy "doctors add" on public.ledger for insert to authenticated with check (doctor_id = (select auth.uid()));
create trigger grows_only before update or delete on public.ledger for each statement execute function public.refuse();

create table public.visits (id uuid primary key default gen_random_uuid(), patient_id uuid not null, deleted_at timestamptz);
alter table public.visits enable row level security;
grant select on public.visits to authenticated;
grant all on public.visits to service_role;
create policy "patients" on public.visits for select to authenticated using (patient_id = (select auth.uid()));
create function public.delete_softly() returns trigger language plpgsql as $$
begin
  update public.visits set deleted_at = now() where id = old.id;
  return null;
end $$;
create trigger soft before delete on public.visits for each row execute function public.delete_softly();

create table public.memos (id uuid primary key default gen_random_uuid(), visit_id uuid not null references public.visits, memo text);
alter table public.memos enable row level security;
grant select on public.memos to authenticated, service_role;
create policy "no memo" on public.memos for select to authenticated using (false);
create rule kept as on delete to public.memos where old.memo is not null do instead nothing;
`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  ann:     { kind: authenticated }
  ben:     { kind: authenticated }
world:
  visit: { table: public.visits, values: { patient_id: $ann.id } }
`,
  'matrices/records.matrix.yaml': `matrix: records
resource: { table: public.records }
fixtures: { signed: { patient_id: $ann.id, note: "n $unique" } }
operations: { change: { update: signed, set: { note: "y" } }, remove: { delete: signed } }
expect:
  visitor: { "*": deny(grant) }
  ann:     { "*": deny(application) }
  ben:     { "*": deny(filtered) }
`,
  'matrices/ledger.matrix.yaml': `matrix: ledger
resource: { table: public.ledger }
fixtures: { line: { doctor_id: $ann.id, what: "x $unique" } }
operations:
  add:    { insert: { doctor_id: $actor.id, what: "y $unique" } }
  change: { update: line, set: { what: "z" } }
  remove: { delete: line }
expect:
  visitor:  { add: deny, change: deny(grant), remove: deny(grant) }
  ann, ben: { add: allow, change: deny(grant), remove: deny(grant) }
`,
  'matrices/visits.matrix.yaml': `matrix: visits
resource: { table: public.visits }
fixtures: { mine: { patient_id: $ann.id } }
operations: { read: { select: mine } }
expect:
  visitor: { "*": deny(grant) }
  ann:     { read: allow }
  ben:     { read: deny(filtered) }
`,
  'matrices/memos.matrix.yaml': `matrix: memos
resource: { table: public.memos }
fixtures: { one: { visit_id: $visit.id, memo: "m $unique" } }
operations: { read: { select: one } }
expect:
  visitor:  { "*": deny(grant) }
  ann, ben: { "*": deny(filtered) }
`,
}

const tables = ['records', 'ledger', 'visits', 'memos']
const rowCount = `select ${tables.map((table) => `(select count(*) from public.${table})`).join(' + ')} as count`
const states = `select tgname as name, tgenabled as state from pg_trigger where not tgisinternal and tgrelid in
  (${tables.map((table) => `'public.${table}'::regclass`).join(', ')})
  union all select rulename, ev_enabled from pg_rewrite where rulename = 'kept' order by 1`

describe('a workspace whose triggers and rules keep every row', { timeout: patience }, () => {
  test('is held in the sandbox, and nothing is left', async () => {
    const root = temporaryFolder()
    writeFiles(root, clinic)
    const ended = await trespass(['run', '--workspace', root])
    const { run, cells } = await evidenceOf(ended)
    expect([notHeld(cells), run.cleanup.left]).toEqual([[], []])
    expect(ended.code, ended.text).toBe(0)
  })

  describe('on a target that stays', () => {
    let sandbox: Awaited<ReturnType<typeof standingSandbox>>
    let root: string

    beforeAll(async () => {
      root = temporaryFolder()
      writeFiles(root, clinic)
      sandbox = await standingSandbox(root)
    }, patience)

    function target(alias: string, without: string): readonly string[] {
      const lines = sandbox.lines.split('\n').filter((line) => !line.startsWith(`${without}=`))
      writeFiles(root, { [`.env.${alias}`]: lines.join('\n') })
      return ['run', '--workspace', root, '--target', alias]
    }

    test('is held, nothing of the run is left, and the triggers and the rows of others are as before', async () => {
      await sandbox.query(`insert into public.records (patient_id, note) values (gen_random_uuid(), 'of others')`)
      const before = await sandbox.query(states)
      const ended = await trespass(target('staging', 'NOTHING'))
      expect([ended.code, (await evidenceOf(ended)).run.cleanup.left], ended.text).toEqual([0, []])
      expect(await sandbox.query(rowCount)).toEqual([{ count: '1' }])
      expect(await sandbox.query(states)).toEqual(before)
      expect(before.map(({ state }) => state)).toEqual(['O', 'O', 'O', 'O'])
    })

    test('without a secret key has the owner as the control of a denial that leaves no actor out', async () => {
      const answer = await fetch(`${sandbox.variables.TRESPASS_URL}/auth/v1/signup`, {
        method: 'POST',
        headers: { apikey: sandbox.variables.TRESPASS_PUBLISHABLE_KEY ?? '', 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'ann@example.com', password: 'a long password of ann' }),
      })
      expect(answer.ok).toBe(true)
      const users = { ann: { email: 'ann@example.com', password: 'a long password of ann' } }
      const ended = await trespass(target('keyless', 'TRESPASS_SECRET_KEY'), {
        env: { TRESPASS_USERS: JSON.stringify(users) },
      })
      const { run, cells } = await evidenceOf(ended)
      const tried = cells.filter(({ actor }) => actor !== 'ben')
      expect(notHeld(tried)).toEqual([])
      const controls = tried.flatMap(({ id, control }) => (control === null ? [] : [`${id}: ${control.by}`]))
      expect(controls).toEqual(
        expect.arrayContaining([
          'records › ann › change: owner',
          'records › visitor › remove: owner',
          'ledger › ann › remove: owner',
          'memos › ann › read: owner',
        ]),
      )
      expect(controls.filter((line) => line.endsWith('secret key'))).toEqual([])
      expect([ended.code, run.cleanup.left], ended.text).toEqual([3, []])
    })
  })
})
