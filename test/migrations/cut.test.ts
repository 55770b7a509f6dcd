import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Applier, refuseInapplicable, stepsOf } from '../../harness/cuts/application.ts'
import { type CutWay, cutWays } from '../../harness/cuts/model.ts'
import { statementsOf } from '../../harness/cuts/statements.ts'
import { cutMigration } from '../../harness/migrations/cut.ts'
import { leftoversOf } from '../../harness/migrations/leftovers.ts'
import { applySteps, StatementFailed } from '../../harness/migrations/session.ts'
import { readState } from '../../harness/migrations/state.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { makeWorkspace } from '../workspace.ts'

const migration = `create table public.polls (id int primary key, question text);
insert into public.polls values (1, 'Tea?');
create index concurrently polls_question on public.polls (question);
alter table public.polls enable row level security;`

const { root, remove } = makeWorkspace({ 'supabase/migrations/1_first.sql': 'create table public.notes (id int);' })
let sandbox: Sandbox
let copies = 0

beforeAll(async () => {
  sandbox = await startSandbox({ workspace: root, copy: 'as_filled' })
})
afterAll(async () => {
  await sandbox.stop()
  remove()
})

async function copy(): Promise<string> {
  copies += 1
  const client = new pg.Client(sandbox.databaseUrl)
  await client.connect()
  await client.query(`create database copy_${copies} template as_filled`).finally(() => client.end())
  return sandbox.databaseUrl.replace(/postgres$/, `copy_${copies}`)
}

async function cut(sql: string, applier: Applier, done: number, way: CutWay) {
  const steps = stepsOf(await statementsOf(sql, '2_polls.sql'), applier)
  const database = await copy()
  const before = await readState(database, 'contents')
  const made = await cutMigration(database, steps, { done, way })
  const state = await readState(database, 'contents')
  return { made, database, steps, remained: leftoversOf(before.facts, state.facts) }
}

const whole = 'the table public.polls is there with 2 columns, row security off, granted to no client'

describe.each(cutWays)('a migration that is cut by %s', (way) => {
  it('leaves nothing behind where it is one transaction', async () => {
    const { made, remained } = await cut(migration.replace(' concurrently', ''), 'supabase-cli', 3, way)
    expect(remained).toEqual([])
    expect(made).toMatchObject({ place: 'in its place', statement: { kind: 'enable row level security' } })
  })

  it('leaves the statements that psql had sent before', async () => {
    expect((await cut(migration, 'psql', 1, way)).remained).toEqual([whole])
  })

  it('leaves an index that is not valid in the middle of building it', async () => {
    const { made, remained, database, steps } = await cut(migration, 'supabase-cli', 2, way)
    const index = 'the index "public.polls_question" of public.polls is there and not valid: no query uses it'
    expect(made).toMatchObject({ place: 'in its middle', statement: { kind: 'create index concurrently' } })
    expect(remained).toEqual([index, whole])
    await expect(applySteps(database, steps)).rejects.toThrow(StatementFailed)
  })
})

/** Sends a script as the SQL Editor does: one simple-query message on a connection of its own. */
async function asOneMessage(
  sql: string,
): Promise<{ readonly refused: string | null; readonly left: readonly string[] }> {
  const database = await copy()
  const before = await readState(database, 'contents')
  const client = new pg.Client(database)
  await client.connect()
  const refused = await client
    .query(sql)
    .then(
      () => null,
      (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : Promise.reject(error)),
    )
    .finally(() => client.end())
  return { refused, left: leftoversOf(before.facts, (await readState(database, 'contents')).facts) }
}

async function asSteps(sql: string): Promise<readonly string[]> {
  const database = await copy()
  const before = await readState(database, 'contents')
  const steps = stepsOf(await statementsOf(sql, '2_polls.sql'), 'sql-editor')
  await applySteps(database, steps).catch((error: unknown) => {
    if (!(error instanceof StatementFailed)) throw error
  })
  return leftoversOf(before.facts, (await readState(database, 'contents')).facts)
}

const made = (name: string) => `create table public.${name} (id int);`

describe('a script of the SQL Editor', () => {
  it.each([
    ['as a whole', `${made('a')}${made('b')}`],
    ['that fails', `${made('a')}select 1/0;${made('b')}`],
    ['that fails behind a COMMIT', `${made('a')}commit;${made('b')}select 1/0;`],
    ['with a ROLLBACK', `${made('a')}rollback;${made('b')}`],
    ['with a BEGIN in its middle', `${made('a')}begin;${made('b')}select 1/0;commit;`],
    ['with a BEGIN that is left open', `${made('a')}begin;${made('b')}`],
    ['with an index built concurrently alone', 'create index concurrently i on public.notes (id)'],
  ])('leaves what its one message leaves: %s', async (_what, sql) => {
    expect(await asSteps(sql)).toEqual((await asOneMessage(sql)).left)
  })

  it.each([
    ['25001', `${made('a')}create index concurrently i on public.notes (id);`],
    ['25001', `${made('a')}commit;create index concurrently i on public.notes (id);`],
    ['25P01', `${made('a')}savepoint s;`],
    ['25P01', `${made('a')}commit;savepoint s;`],
  ])('is refused before it is sent where the server refuses it: %s', async (code, sql) => {
    expect((await asOneMessage(sql)).refused).toBe(code)
    const statements = await statementsOf(sql, '2_polls.sql')
    expect(() => refuseInapplicable(statements, 'sql-editor')).toThrow(
      expect.objectContaining({ code: 'migration-failed' }),
    )
  })
})

describe('the error of a cut', () => {
  it("is the server's message", async () => {
    const said = async (way: CutWay) => (await cut(migration, 'psql', 0, way)).made.said
    expect(await said('error')).toMatch(/^P0001 /)
    expect(await said('statement-timeout')).toBe('57014 canceling statement due to statement timeout')
    expect(await said('lost-connection')).toBeNull()
  })

  it('honours a transaction of the file itself', async () => {
    const own = 'begin; create table public.a (); commit; begin; create table public.b (); commit;'
    expect((await cut(own, 'psql', 5, 'lost-connection')).remained).toEqual([
      'the table public.a is there, row security off, granted to no client',
    ])
  })

  it('comes after the last statement and before the commit', async () => {
    const one = 'create table public.a ();'
    expect((await cut(one, 'supabase-cli', 1, 'lost-connection')).remained).toEqual([])
    const { made, remained } = await cut(one, 'psql', 1, 'lost-connection')
    expect([made.statement, remained.length]).toEqual([null, 1])
  })
})

describe('a state', () => {
  it('contains the rows of tables, or leaves them out', async () => {
    const [one, other] = [await copy(), await copy()]
    await applySteps(one, stepsOf(await statementsOf('insert into public.notes values (1)', 'a.sql'), 'psql'))
    await applySteps(other, stepsOf(await statementsOf('insert into public.notes values (2)', 'a.sql'), 'psql'))
    const keys = async (rows: 'contents' | 'numbers') => [
      (await readState(one, rows)).key,
      (await readState(other, rows)).key,
    ]
    expect(new Set(await keys('contents')).size).toBe(2)
    expect(new Set(await keys('numbers')).size).toBe(1)
  })
})

it('a refused statement is reported with its position', async () => {
  const steps = stepsOf(await statementsOf('select 1;\n  create table public.notes ();', '2_polls.sql'), 'supabase-cli')
  await expect(applySteps(await copy(), steps)).rejects.toMatchObject({
    code: 'migration-failed',
    sqlstate: '42P07',
    at: { line: 2, column: 3 },
  })
})
