import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { inProcess } from './in-process.ts'
import { smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience } from './support.ts'

const login = {
  'supabase/migrations/9_worker.sql': `grant select, delete on public.profiles to service_role;
    create role task_worker login nobypassrls;
    grant usage on schema public to task_worker;
    grant select on public.notes to task_worker;`,
}

let [one, other]: StandingSandbox[] = []

beforeAll(async () => {
  const folders = [smallWorkspace(login), smallWorkspace(login)]
  ;[one, other] = await Promise.all(folders.map((folder) => standingSandbox(folder)))
}, patience)

function sandboxes(): { one: StandingSandbox; other: StandingSandbox } {
  if (one === undefined || other === undefined) throw new Error('the sandboxes have not started')
  return { one, other }
}

/** A workspace whose target has the variables of one sandbox, and some of the other. */
function workspace(names: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  const { one, other } = sandboxes()
  const mixed = { ...one.variables, ...Object.fromEntries(names.map((name) => [name, other.variables[name] ?? ''])) }
  const lines = Object.entries(mixed).map(([name, value]) => `${name}='${value}'`)
  return smallWorkspace({ ...login, '.env.hosted': `${lines.join('\n')}\n`, ...files })
}

const tables = smallTables
const contents = async () => {
  const { one, other } = sandboxes()
  return [await rowsOf(one, tables), await rowsOf(other, tables)]
}

const run = (root: string) => inProcess(['run', '--target', 'hosted', '--workspace', root])

describe('the database of another project', { timeout: patience }, () => {
  test('is refused before a row is made in it, and nothing is left in either', async () => {
    const before = await contents()
    const ended = await run(workspace(['TRESPASS_DATABASE_URL']))
    expect([ended.code, ended.out], ended.text).toEqual([2, ''])
    expect(ended.err).toContain(
      'TRESPASS_URL and TRESPASS_DATABASE_URL of the target hosted lead to different projects',
    )
    expect(await contents()).toEqual(before)
  })

  test('is refused by the first user of the run when others use it and it holds the same users', async () => {
    const { one, other } = sandboxes()
    await insertForeignRows(one)
    const copied = await one.query('select id, email from auth.users')
    const instance = '00000000-0000-0000-0000-000000000000'
    for (const { id, email } of copied) {
      await other.query(
        `insert into auth.users (id, instance_id, aud, role, email) values
           ('${id}', '${instance}', 'authenticated', 'authenticated', '${email}')`,
      )
    }
    const before = await contents()
    const asking = new AbortController()
    const traffic = (async () => {
      while (!asking.signal.aborted) await askForUsers(other)
    })()
    const ended = await run(workspace(['TRESPASS_DATABASE_URL'])).finally(() => asking.abort())
    await traffic
    expect(ended.code, ended.text).toBe(2)
    expect(ended.err).toContain('lead to different projects')
    expect(await contents()).toEqual(before)
  })
})

async function askForUsers({ variables }: StandingSandbox): Promise<void> {
  const key = variables.TRESPASS_SECRET_KEY ?? ''
  const answer = await fetch(`${variables.TRESPASS_URL}/auth/v1/admin/users`, {
    headers: { apikey: key, authorization: `Bearer ${key}` },
  })
  await answer.text()
}

describe('a worker of another database', { timeout: patience }, () => {
  const actors = (roster: string) =>
    roster.replace('  alice:', '  runner: { kind: worker, role: task_worker }\n  alice:')

  test('is refused before anything is made', async () => {
    const files = { 'matrices/actors.yaml': actors(smallFiles['matrices/actors.yaml']) }
    const before = await contents()
    const ended = await run(workspace(['TRESPASS_WORKER_URL_TASK_WORKER'], files))
    expect(ended.code, ended.text).toBe(2)
    expect(ended.err).toContain(
      'TRESPASS_WORKER_URL_TASK_WORKER of the target hosted and TRESPASS_DATABASE_URL lead to',
    )
    expect(await contents()).toEqual(before)
  })
})

test('one project is proven and runs', { timeout: patience }, async () => {
  const ended = await run(workspace([]))
  expect(ended.code, ended.text).toBe(0)
})
