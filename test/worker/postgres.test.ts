import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../harness/json.ts'
import type { ActorSession, PrivilegedSession } from '../../harness/model/session.ts'
import type { OpenTarget } from '../../harness/model/target.ts'
import { postgres } from '../../harness/paths/postgres/index.ts'
import { alone } from '../support/example-answers.ts'
import { makeWorkspace, openWith } from '../workspace.ts'

const migration = `
  create role task_worker login password 'as written';
  create role idle_worker login;
  alter role idle_worker set statement_timeout = '200ms';
  create role no_worker nologin;
  create table public.tasks (id bigint generated always as identity primary key, status text not null default 'queued',
    owner text not null default current_user, lease numeric, tags text[], payload jsonb, at timestamptz, day date);
  alter table public.tasks enable row level security;
  create policy mine on public.tasks to task_worker using (owner = current_user);
  grant select, insert, update, delete on public.tasks to task_worker;
  create table public.documents (id bigint);
  create function public.refuse() returns void language plpgsql as
    $f$ begin raise insufficient_privilege using message = 'permission denied by the house'; end $f$;`

let opened: OpenTarget
let workspace: ReturnType<typeof makeWorkspace>

beforeAll(async () => {
  workspace = makeWorkspace({ 'supabase/migrations/1_tasks.sql': migration })
  opened = await openWith(workspace.root, {})
})
afterEach(() => postgres.close?.())
afterAll(async () => {
  await opened.close()
  workspace.remove()
})

function worker(role = 'task_worker', more: Partial<ActorSession> = {}): ActorSession {
  const url = opened.target.workers?.[role] ?? ''
  return {
    ...{ kind: 'actor', actor: 'runner', actorKind: 'worker', user: null, credential: 'intact' },
    ...{ url: opened.target.endpoint.url, apiKey: null, token: null, database: { url, ca: null } },
    ...more,
  }
}

async function sql(caller: ActorSession | PrivilegedSession, text: string, values?: readonly Json[]) {
  const resource = { kind: 'database', name: 'public.tasks' }
  const body: JsonObject = { sql: text, ...(values === undefined ? {} : { values }) }
  const answer = await postgres.attempt(caller, { resource, verb: 'sql', body, targets: [], ...alone })
  const face = postgres.responses.find((candidate) => candidate.matches(answer, 'sql'))?.name
  return { answer, face, rows: answer.rows }
}

function owner(): PrivilegedSession {
  if (opened.target.privileged === null) throw new Error('no secret key')
  return opened.target.privileged
}

describe('the sandbox', () => {
  test('gives the login roles of the migrations passwords of its own, and no other role', async () => {
    const { workers = {} } = opened.target
    expect(Object.keys(workers).toSorted()).toEqual(['idle_worker', 'task_worker'])
    expect(workers.task_worker).toMatch(/^postgresql:\/\/task_worker:[\w-]{24}@127\.0\.0\.1:\d+\/postgres$/)
    expect((await sql(worker(), 'select current_user::text, session_user::text')).rows).toEqual([
      { current_user: 'task_worker', session_user: 'task_worker' },
    ])
  })
})

describe('an answer', () => {
  test('holds rows as JSON', async () => {
    const values = [['a', 'b,c'], { deep: [1] }, '2026-03-16 09:00:00.5+01', '9007199254740993']
    const { answer, face, rows } = await sql(
      worker(),
      `insert into public.tasks (tags, payload, at, lease, day) values ($1, $2, $3, $4, '2026-03-16')
       returning *, array[1, null]::bigint[] as numbers, true as yes, 1.50 as price, null as none`,
      values,
    )
    expect(face).toBe('done')
    expect(answer).toMatchObject({ status: 200, headers: { command: 'INSERT', affected: '1' } })
    expect(answer.request).toMatchObject({ method: 'SQL', body: values })
    expect(rows).toEqual([
      {
        ...{ id: expect.any(Number), status: 'queued', owner: 'task_worker', lease: '9007199254740993' },
        ...{ tags: ['a', 'b,c'], payload: { deep: [1] }, at: '2026-03-16T08:00:00.5+00:00', day: '2026-03-16' },
        ...{ numbers: [1, null], yes: true, price: 1.5, none: null },
      },
    ])
  })

  test.each([
    ['select * from public.documents', 'missing-grant'],
    ["insert into public.tasks (owner) values ('somebody else')", 'policy-check'],
    ["update public.tasks set status = 'done' where id = -1", 'no-rows'],
    ['select * from public.tasks where id = -1', 'no-rows'],
    ['set role postgres', 'missing-privilege'],
    ['alter table public.tasks disable row level security', 'not-owner'],
    ['insert into public.tasks (status) values (null)', 'constraint'],
    ['select public.refuse()', 'raised-insufficient-privilege'],
    ['select * from public.task', 'unknown-relation'],
    ['select * from nowhere.task', 'unknown-relation'],
    ['select nowhere.task()', 'unknown-name'],
    ['select 1; select 2', 'faulty-sql'],
    ["select 'x'::uuid", 'invalid-value'],
  ])('to %s has the response pattern %s', async (text, face) => {
    expect((await sql(worker(), text)).face).toBe(face)
  })

  test('to a wrong password is a refused login, for every attempt', async () => {
    const url = (opened.target.workers?.task_worker ?? '').replace(/:[^:@]+@/, ':wrong@')
    const stranger = worker('task_worker', { database: { url, ca: null } })
    const both = await Promise.all([sql(stranger, 'select 1'), sql(stranger, 'select 2')])
    expect(both.map(({ face, answer }) => [face, answer.code])).toEqual([
      ['login-refused', '28P01'],
      ['login-refused', '28P01'],
    ])
  })

  test('that never comes names no address', async () => {
    const lost = worker('task_worker', {
      database: { url: 'postgresql://task_worker:x@127.0.0.1:1/postgres', ca: null },
    })
    expect((await sql(lost, 'select 1')).answer).toMatchObject({
      status: 0,
      message: 'ECONNREFUSED',
      failure: 'network',
    })
  })

  test('comes although a statement takes too long, and a role’s own limit stays', async () => {
    const impatient = worker('task_worker', { patience: 150 })
    expect((await sql(impatient, 'select pg_sleep(5)')).face).toBe('statement-timeout')
    expect((await sql(worker('idle_worker'), 'show statement_timeout')).rows).toEqual([{ statement_timeout: '200ms' }])
  })
})

describe('a session', () => {
  test('has a connection of its own and keeps its transaction between attempts', async () => {
    const [one, other] = [worker(), worker()]
    expect(postgres.backendPid?.(one)).toBeNull()
    await sql(one, 'begin')
    const made = await sql(one, 'insert into public.tasks default values returning id')
    const id = made.rows?.[0]?.id ?? null
    const look = () => sql(other, 'select id from public.tasks where id = $1', [id])
    expect((await look()).face).toBe('no-rows')
    expect(postgres.backendPid?.(one)).not.toBe(postgres.backendPid?.(other))
    await sql(one, 'commit')
    expect((await look()).rows).toEqual([{ id }])
  })

  test('is identified by its pid', async () => {
    const one = worker()
    const { rows } = await sql(one, 'select pg_backend_pid() as pid')
    expect(rows).toEqual([{ pid: postgres.backendPid?.(one) }])
  })

  test('that is cut leaves its transaction to the server, and the next attempt opens another', async () => {
    const one = worker()
    await sql(one, 'begin')
    const made = await sql(one, 'insert into public.tasks default values returning id')
    const first = postgres.backendPid?.(one)
    postgres.cut?.(one)
    expect(postgres.backendPid?.(one)).toBeNull()
    const after = await sql(one, 'select id from public.tasks where id = $1', [made.rows?.[0]?.id ?? null])
    expect(after.face).toBe('no-rows')
    expect(postgres.backendPid?.(one)).not.toBe(first)
  })

  test('makes one transaction of several attempts, which others see when it is over', async () => {
    const [one, other] = [worker(), worker()]
    expect(await postgres.transaction?.begin(one)).toMatchObject({ status: 200, headers: { command: 'BEGIN' } })
    const made = await sql(one, 'insert into public.tasks default values returning id')
    const seen = () => sql(other, 'select id from public.tasks where id = $1', [made.rows?.[0]?.id ?? null])
    expect((await seen()).rows).toEqual([])
    expect(await postgres.transaction?.commit(one)).toMatchObject({ status: 200, headers: { command: 'COMMIT' } })
    expect((await seen()).rows).toEqual(made.rows)
  })

  test('that loses its connection in a transaction is answered no more before the next one begins', async () => {
    const one = worker()
    await postgres.transaction?.begin(one)
    await sql(one, 'insert into public.tasks default values')
    process.kill(postgres.backendPid?.(one) ?? 0, 'SIGTERM')
    while (postgres.backendPid?.(one) !== null) await wait(5)
    const lost = { status: 0, failure: 'network', message: 'the connection was lost, and its transaction with it' }
    expect((await sql(one, 'select 1')).answer).toMatchObject(lost)
    expect(await postgres.transaction?.commit(one)).toMatchObject(lost)
    expect((await sql(one, 'select 1')).face).toBe('done')
  })

  test('begins again where its transaction was lost', async () => {
    const one = worker()
    await postgres.transaction?.begin(one)
    process.kill(postgres.backendPid?.(one) ?? 0, 'SIGTERM')
    while (postgres.backendPid?.(one) !== null) await wait(5)
    expect(await postgres.transaction?.begin(one)).toMatchObject({ status: 200 })
    expect(await postgres.transaction?.commit(one)).toMatchObject({ status: 200 })
  })

  test('with a failed transaction cannot commit it', async () => {
    const one = worker()
    await postgres.transaction?.begin(one)
    await sql(one, 'select public.refuse()')
    const answer = await postgres.transaction?.commit(one)
    expect(answer).toMatchObject({ status: 200, headers: { command: 'ROLLBACK' } })
    const face = postgres.responses.find((candidate) => answer !== undefined && candidate.matches(answer, 'sql'))
    expect(face?.name).toBe('transaction-aborted')
  })

  test('that is cut in the middle of a statement leaves it unknown', async () => {
    const one = worker()
    await sql(one, 'select 1')
    const pid = postgres.backendPid?.(one) ?? null
    const sleeping = sql(one, 'select pg_sleep(20)')
    const active = "select 1 from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'"
    while ((await sql(owner(), active, [pid])).rows?.length !== 1) await wait(5)
    postgres.cut?.(one)
    expect(await sleeping).toMatchObject({ face: 'no-answer', answer: { failure: 'network' } })
  })
})

test('the owner makes controls, where its login is known', async () => {
  const [row] = (await sql(owner(), 'select current_user::text as me')).rows ?? []
  expect(row).toEqual({ me: 'postgres' })
  expect(postgres.controls?.(owner(), {})).toBe(true)
  const { database: _none, ...keyed } = owner()
  expect(postgres.controls?.(keyed, {})).toBe(false)
  await expect(sql(keyed, 'select 1')).rejects.toMatchObject({ code: 'no-database-login' })
})

describe('an attempt that carries a mark', () => {
  const marked = (text: string, values?: readonly Json[]) =>
    postgres.attempt(worker(), {
      ...{ resource: { kind: 'database', name: 'public.tasks' }, verb: 'sql', targets: [], ...alone },
      ...{ body: { sql: text, ...(values === undefined ? {} : { values }) }, mark: 'a mark' },
    })

  test('is answered as one without, and has committed', async () => {
    const inserted = await marked('insert into public.tasks (status) values ($1) returning status', ['marked'])
    expect(inserted).toMatchObject({ status: 200, rows: [{ status: 'marked' }] })
    expect(inserted).not.toHaveProperty('unmarked')
    expect((await sql(owner(), `select status from public.tasks where status = 'marked'`)).rows).toHaveLength(1)
  })

  test('is refused as one without, and leaves no transaction open', async () => {
    expect(await marked('select 1/0')).toMatchObject({ status: 400, code: '22012' })
    expect(await marked('select 1 as one')).toMatchObject({ status: 200, rows: [{ one: 1 }] })
  })

  test('that runs outside of transactions only is executed and marked as unmarked', async () => {
    expect(await marked('vacuum public.tasks')).toMatchObject({ status: 200, unmarked: true })
  })
})
