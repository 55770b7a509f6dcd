import { beforeAll, describe, expect, test } from 'vitest'
import { sampleKeys } from '../support/sample-keys.ts'
import { inProcess } from './in-process.ts'
import { smallWorkspace } from './small-workspace.ts'
import { type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience } from './support.ts'

const migration = {
  'supabase/migrations/9_worker.sql': `create role task_worker login;
    create table public.jobs (id uuid primary key default gen_random_uuid(), name text not null);
    alter table public.jobs enable row level security;
    create policy "workers" on public.jobs to task_worker using (true);
    grant usage on schema public to task_worker;
    grant select on public.jobs to task_worker;
    grant select, insert, delete on public.jobs to service_role;
    grant select, delete on public.profiles to service_role;
    create role filtered login password 'a password of the role filtered';
    grant usage on schema public to filtered;`,
}

/** The smallest workspace that needs a user, a worker and a minted token. */
const matrices = {
  'matrices/actors.yaml': `actors:
  alice:  { kind: authenticated }
  late:   { kind: authenticated, as: alice, token: expired }
  runner: { kind: worker, role: task_worker }
`,
  'matrices/notes.matrix.yaml': '',
  'matrices/comments.matrix.yaml': '',
  'matrices/jobs.matrix.yaml': `matrix: jobs
resource: { table: public.jobs }
fixtures:
  job: { name: "job $unique" }
operations:
  read: { select: job }
expect:
  alice:  { "*": deny(grant) }
  late:   { "*": deny(unauthenticated) }
`,
  'matrices/jobs-worker.matrix.yaml': `matrix: jobs_worker
resource: { database: public.jobs }
fixtures:
  job: { name: "job $unique" }
operations:
  read: { sql: select * from public.jobs where id = $1, values: [$job.id], reads: job }
expect:
  runner: { "*": allow }
`,
}

let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(smallWorkspace({ ...migration }))
}, patience)

const url = (name: string) => new URL(sandbox.variables[name] ?? '')

function changedUrl(name: string, change: (address: URL) => void): string {
  const address = url(name)
  change(address)
  return address.href
}

const worker = 'TRESPASS_WORKER_URL_TASK_WORKER'
const database = 'TRESPASS_DATABASE_URL'
const key = 'TRESPASS_JWT_PRIVATE_KEY'
const keyWith = (members: object) => JSON.stringify({ ...JSON.parse(sandbox.variables[key] ?? '{}'), ...members })

type Changes = () => Readonly<Record<string, string | null>>

/** Configurations, each with the exit code of the doctor and the possible exit codes of a run. */
const configurations: readonly (readonly [string, Changes, 0 | 2, readonly number[]])[] = [
  ['as it should be', () => ({}), 0, [0]],
  [
    'a key as the CLI writes it',
    () => ({ [key]: keyWith({ key_ops: ['sign', 'verify'], use: 'sig', ext: true }) }),
    0,
    [0],
  ],
  ['a list of keys', () => ({ [key]: `[${sandbox.variables[key]}]` }), 0, [0]],
  ['no signing key', () => ({ [key]: null }), 0, [3]],
  ['a signing key that is not a key', () => ({ [key]: keyWith({ d: 'broken', x: 'broken' }) }), 2, [2]],
  ['a wrong JWT secret', () => ({ [key]: null, TRESPASS_JWT_SECRET: 'x'.repeat(40) }), 2, [2]],
  ['no worker', () => ({ [worker]: null }), 0, [3]],
  ['a worker with a wrong password', () => ({ [worker]: changedUrl(worker, (at) => (at.password = 'wrong')) }), 0, [3]],
  [
    'a worker whose database is not there',
    () => ({ [worker]: changedUrl(worker, (at) => (at.pathname = '/none')) }),
    0,
    [3],
  ],
  [
    'a worker in another database',
    () => ({ [worker]: changedUrl(worker, (at) => (at.pathname = '/template1')) }),
    2,
    [2],
  ],
  ['a worker that is away', () => ({ [worker]: changedUrl(worker, (at) => (at.port = '1')) }), 0, [3]],
  ['the owner as a worker', () => ({ [worker]: url(database).href }), 2, [2]],
  ['no secret key', () => ({ TRESPASS_SECRET_KEY: null }), 0, [3]],
  ['a wrong secret key', () => ({ TRESPASS_SECRET_KEY: sampleKeys.secret }), 2, [2]],
  ['a wrong publishable key', () => ({ TRESPASS_PUBLISHABLE_KEY: sampleKeys.publishable }), 2, [2]],
  [
    'keys in each other’s place',
    () => ({ TRESPASS_PUBLISHABLE_KEY: sandbox.variables.TRESPASS_SECRET_KEY ?? '' }),
    2,
    [2],
  ],
  ['no database', () => ({ [database]: null }), 0, [3]],
  ['a database that is away', () => ({ [database]: changedUrl(database, (at) => (at.port = '1')) }), 2, [2]],
  [
    'a database with a wrong password',
    () => ({ [database]: changedUrl(database, (at) => (at.password = 'wrong')) }),
    2,
    [2],
  ],
  [
    'another database of the server',
    () => ({ [database]: changedUrl(database, (at) => (at.pathname = '/template1')) }),
    2,
    [2],
  ],
  [
    'a role that row security applies to',
    () => ({
      [database]: changedUrl(database, (at) => {
        at.username = 'filtered'
        at.password = 'a password of the role filtered'
      }),
    }),
    2,
    [2],
  ],
  ['a project that is away', () => ({ TRESPASS_URL: 'http://127.0.0.1:1' }), 2, [2]],
]

describe("the doctor's statements about a run are true", () => {
  test.each(configurations)('%s', { timeout: patience }, async (_, changes, doctors, runs) => {
    const lines = Object.entries({ ...sandbox.variables, ...changes() })
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}='${value}'`)
    const root = smallWorkspace({ ...matrices, ...migration, '.env.hosted': `${lines.join('\n')}\n` })
    const doctor = await inProcess(['doctor', '--target', 'hosted', '--workspace', root])
    const run = await inProcess(['run', '--target', 'hosted', '--workspace', root])
    expect([doctor.code, runs.includes(run.code ?? -1)], `${doctor.text}\n${run.text}`).toEqual([doctors, true])
    if (doctor.out.includes('Everything can be tested')) expect(run.code, run.text).toBe(0)
    if (doctor.out.includes('A run works')) expect([0, 3], run.text).toContain(run.code)
    if (doctor.out.includes('A run would not work')) expect(run.code, run.text).toBe(2)
  })
})
