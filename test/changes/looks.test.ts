import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CellRecord, RunRecord } from '../../harness/model/record.ts'
import { evidenceOf } from '../e2e/report.ts'
import { type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, trespass, writeFiles } from '../e2e/support.ts'

/** A table for each kind of write, a job that touches one of them, and a role that may do all but replicate. */
const migration = `
  create role no_replication login password 'as written' bypassrls;
  grant pg_read_all_data to no_replication;
  create function public.is_service() returns boolean language sql stable as
    $f$ select coalesce(auth.role() = 'service_role', false) or session_user <> 'authenticator' $f$;
  create table public.jobs (id uuid primary key default gen_random_uuid(), owner_id uuid, title text, processed_at timestamptz);
  create table public.soft (id uuid primary key default gen_random_uuid(), title text, deleted_at timestamptz);
  create table public.pairs (id uuid primary key default gen_random_uuid(), other uuid, title text, seen int default 0);
  create table public.audit (id bigint generated always as identity primary key, what text);
  create table public.trail (what text, at timestamptz default clock_timestamp());
  alter table public.trail enable row level security;
  alter table public.jobs enable row level security;
  create policy own on public.jobs to authenticated using (owner_id = auth.uid());
  create function public.soften() returns trigger language plpgsql security definer as $f$
    begin
      if public.is_service() then return old; end if;
      update public.soft set deleted_at = now() where id = old.id;
      return null;
    end $f$;
  create trigger soften before delete on public.soft for each row execute function public.soften();
  create function public.mark_other() returns trigger language plpgsql security definer as $f$
    begin
      if public.is_service() or pg_trigger_depth() > 1 then return new; end if;
      update public.pairs set seen = seen + 1 where other = new.id;
      return null;
    end $f$;
  create trigger mark_other before update on public.pairs for each row execute function public.mark_other();
  create function public.rename(job uuid, t text) returns json language plpgsql security definer as $f$
    begin
      if public.is_service() then update public.jobs set title = t where id = job; return null; end if;
      insert into public.audit (what) values ('refused');
      insert into public.trail (what) values ('refused');
      perform set_config('response.status', '403', true);
      return json_build_object('code', '42501', 'message', 'permission denied');
    end $f$;
  grant select, insert, update, delete on all tables in schema public to authenticated, service_role, no_replication;
  grant execute on all functions in schema public to authenticated, service_role, no_replication;`

const files = {
  'supabase/migrations/1_writes.sql': migration,
  'trespass.config.ts': `export default { targets: { whole: { kind: 'local' }, small: { kind: 'local' } } }`,
  'matrices/actors.yaml': 'actors: { mallory: { kind: authenticated }, bob: { kind: authenticated } }',
  'matrices/jobs.matrix.yaml': `
matrix: jobs
resource: { table: public.jobs }
fixtures: { theirs: { owner_id: $bob.id, title: theirs } }
operations:
  rename: { update: theirs, set: { title: "x $unique" } }
  remove: { delete: theirs }
expect: { mallory: { "*": deny }, bob: { "*": allow } }`,
  'matrices/soft.matrix.yaml': `
matrix: soft
resource: { table: public.soft }
fixtures: { theirs: { title: theirs } }
operations: { remove: { delete: theirs } }
expect: { mallory: { "*": deny }, bob: { "*": n/a } }`,
  'matrices/pairs.matrix.yaml': `
matrix: pairs
resource: { table: public.pairs }
fixtures: { theirs: { title: theirs }, sibling: { other: $theirs.id, title: sibling } }
operations: { rename: { update: theirs, set: { title: "x $unique" } } }
expect: { mallory: { "*": deny }, bob: { "*": n/a } }`,
  'matrices/trail.matrix.yaml': `
matrix: trail
resource: { table: public.trail, key: [what] }
fixtures: { entry: { what: "entry $unique" } }
operations:
  fix: { update: entry, set: { at: "2026-01-01T00:00:00Z" } }
  erase: { delete: entry }
expect: { mallory: { "*": deny }, bob: { "*": n/a } }`,
  'matrices/audit.matrix.yaml': `
matrix: audit
resource: { function: public.rename, of: public.jobs }
changes_on_refusal: { public.audit: every refusal is written down, public.trail: and again }
fixtures: { theirs: { table: public.jobs, values: { owner_id: $bob.id, title: theirs } } }
operations: { rename: { call: { job: $theirs.id, t: "x $unique" }, changes: { theirs: { title: "x $unique" } } } }
expect: { mallory: { "*": "deny(grant, rls, filtered, application)" }, bob: { "*": n/a } }`,
}

let sandbox: StandingSandbox
let root: string
let job: Promise<void>
let isOver = false

beforeAll(async () => {
  root = temporaryFolder()
  writeFiles(root, files)
  sandbox = await standingSandbox(root)
  const url = sandbox.variables.TRESPASS_WORKER_URL_NO_REPLICATION ?? ''
  const less = sandbox.lines.replace(/^TRESPASS_DATABASE_URL=.*$/m, `TRESPASS_DATABASE_URL=${url}`)
  writeFiles(root, { '.env.whole': sandbox.lines, '.env.small': less })
  job = everySoOften()
}, patience)
afterAll(async () => {
  isOver = true
  await job
})

/** Simulates a background job that updates every row, again and again. */
async function everySoOften(): Promise<void> {
  while (!isOver) {
    await sandbox.query('update public.jobs set processed_at = clock_timestamp()')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function runAgainst(target: string): Promise<{ run: RunRecord; by: Record<string, CellRecord>; text: string }> {
  const ended = await trespass(['run', '--workspace', root, '--target', target])
  const { cells, run } = await evidenceOf(ended)
  return { run, by: Object.fromEntries(cells.map((cell) => [cell.id, cell])), text: ended.text }
}

const verdictsOf = (cells: Record<string, CellRecord>) =>
  Object.fromEntries(Object.entries(cells).map(([id, { verdict }]) => [id, verdict]))

const verdicts = {
  'jobs › mallory › rename': 'held',
  'jobs › mallory › remove': 'held',
  'jobs › bob › rename': 'held',
  'jobs › bob › remove': 'held',
  'soft › mallory › remove': 'breach',
  'pairs › mallory › rename': 'breach',
  'audit › mallory › rename': 'held',
  'trail › mallory › fix': 'held',
  'trail › mallory › erase': 'held',
}

describe('while a background job writes to the fixtures', () => {
  test('a full comparison separates its writes from those of the attempts', { timeout: patience }, async () => {
    const { run, by, text } = await runAgainst('whole')
    expect(verdictsOf(by), text).toEqual(verdicts)
    expect(by['jobs › mallory › rename']?.changes).toEqual({ look: 'transaction', rows: [] })
    expect(by['soft › mallory › remove']?.because).toContain('theirs.deleted_at')
    expect(by['pairs › mallory › rename']?.because).toContain('sibling of public.pairs: seen')
    expect(by['audit › mallory › rename']?.changes?.rows).toMatchObject([
      { table: 'public.audit', action: 'insert', permitted: 'every refusal is written down' },
      { table: 'public.trail', action: 'insert', permitted: 'and again' },
    ])
    expect(run.limits.join()).not.toContain('changes are looked for')
    for (const table of ['audit', 'trail']) {
      expect(await sandbox.query(`select count(*)::int as n from public.${table}`), table).toEqual([{ n: 0 }])
    }
    expect(run.cleanup).not.toHaveProperty('stays')
  })

  test('the reduced comparison covers the fixtures, and the run prints a note', { timeout: patience }, async () => {
    const { run, by, text } = await runAgainst('small')
    expect(verdictsOf(by), text).toEqual(verdicts)
    expect(by['soft › mallory › remove']?.changes).toMatchObject({ look: 'fixtures' })
    expect(by['pairs › mallory › rename']?.because).toContain('sibling of public.pairs: seen')
    expect(run.limits.join()).toMatch(/changes are looked for among the fixtures.*data-api, rpc/)
  })
})

test('a table that may change on a refusal has to be there', { timeout: patience }, async () => {
  const text = files['matrices/audit.matrix.yaml'].replace('public.audit:', 'public.audits:')
  writeFiles(root, { 'matrices/audit.matrix.yaml': text })
  const { code, text: said } = await trespass([
    'run',
    '--workspace',
    root,
    '--target',
    'whole',
    '--matrix',
    '**/audit*',
  ])
  writeFiles(root, { 'matrices/audit.matrix.yaml': files['matrices/audit.matrix.yaml'] })
  expect(code).toBe(2)
  expect(said).toMatch(/audit\.matrix\.yaml:4:\d+: found the table `public\.audits`/)
})
