import { beforeAll, expect, test } from 'vitest'
import type { CellRecord } from '../../harness/model/record.ts'
import { inProcess } from './in-process.ts'
import { evidenceOf, notHeld } from './report.ts'
import { patience, temporaryFolder, writeFiles } from './support.ts'

/** A job that removes what has expired, its twin that removes everything, one of another owner, and one that commits. */
const migration = `create extension pg_cron;
create table public.invitations (id uuid primary key default gen_random_uuid(), email text not null, expires_at timestamptz not null);
create table public.removed (email text primary key);
alter table public.invitations enable row level security;
alter table public.removed enable row level security;
grant select, insert, update, delete on public.invitations, public.removed to service_role;
select cron.schedule('expire', '0 3 * * *', $$
  insert into public.removed select email from public.invitations where expires_at < now();
  delete from public.invitations where expires_at < now() and 'bearer-of-the-job' <> ''
$$);
select cron.schedule('expire everything', '0 3 * * *', 'delete from public.invitations');
select cron.schedule('ends its transaction', '0 3 * * *', 'delete from public.invitations; commit');
create role cleaner nologin;
grant cleaner to postgres;
grant usage on schema cron to cleaner;
set role cleaner;
select cron.schedule('not granted', '0 3 * * *', 'delete from public.invitations');
reset role;
`

function matrixOf(job: string): string {
  return `matrix: ${job}
resource: { job: ${job}, of: public.invitations }
fixtures:
  old:   { table: public.invitations, values: { email: "old-$unique@example.test", expires_at: "2001-01-01T00:00:00Z" } }
  fresh: { table: public.invitations, values: { email: "fresh-$unique@example.test", expires_at: "2101-01-01T00:00:00Z" } }
operations:
  remove old:   { run: once, removes: [old], adds: { table: public.removed, values: { email: $old.email } } }
  remove fresh: { run: once, removes: [fresh] }
expect:
  clock: { remove old: allow, remove fresh: deny }
`
}

let cells: readonly CellRecord[]
let text: string

beforeAll(async () => {
  const root = temporaryFolder()
  writeFiles(root, {
    'supabase/config.toml': '',
    'supabase/migrations/1_jobs.sql': migration,
    'matrices/actors.yaml': 'actors:\n  visitor: { kind: anon }\n  clock: { kind: scheduler }\n',
    ...Object.fromEntries(
      ['expire', 'expire everything', 'ends its transaction', 'not granted'].map((job, n) => [
        `matrices/${n}.matrix.yaml`,
        matrixOf(job),
      ]),
    ),
  })
  const ended = await inProcess(['run', '--workspace', root])
  text = ended.text + ended.err
  cells = (await evidenceOf(ended)).cells
}, patience)

test('a job that does what it should is held, and its twin that does more is found', () => {
  expect(notHeld(cells)).toEqual([
    'breach  expire everything › clock › remove fresh',
    'inconclusive  ends its transaction › clock › remove fresh',
    'inconclusive  ends its transaction › clock › remove old',
    'inconclusive  not granted › clock › remove fresh',
    'lockout  expire everything › clock › remove old',
    'lockout  not granted › clock › remove old',
  ])
})

test('no report shows the command of a job', () => {
  expect(JSON.stringify(cells) + text).not.toContain('bearer-of-the-job')
})
