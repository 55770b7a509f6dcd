import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf } from './report.ts'
import { smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, start, trespass, writeFiles } from './support.ts'

const root = smallWorkspace({
  'trespass.config.ts': "export default { targets: { staging: { users: 'kept' } } }\n",
  'supabase/migrations/3_gate.sql': `create function public.gate() returns boolean language plpgsql volatile
    as $$ begin perform pg_advisory_xact_lock_shared(1); return true; end $$;
  create policy gate on public.notes as restrictive using ((select public.gate())) with check (true);\n`,
})
let sandbox: StandingSandbox
let strangers: Record<string, readonly string[]>
beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  await insertForeignRows(sandbox)
  strangers = await rowsOf(sandbox, smallTables)
}, patience)

const run = ['run', '--workspace', root, '--target', 'staging']
const files = () => readdirSync(join(root, '.trespass/users/staging')).filter((name) => name.endsWith('.json'))
const users = async () => (await sandbox.query('select id from auth.users order by id')).map(({ id }) => String(id))
/** Every sign-in makes a session. */
const sessions = async () => (await sandbox.query('select id from auth.sessions order by id')).map(({ id }) => id)

describe('a target that keeps its users', { timeout: patience }, () => {
  test('has them signed in once, however many runs there are', async () => {
    const first = await trespass(run)
    expect(first.code, first.text).toBe(0)
    expect(first.out).toContain('kept 3 users for the next run')
    expect(files()).toHaveLength(3)
    const before = { users: await users(), sessions: await sessions() }
    const second = await trespass(run)
    expect(second.code, second.text).toBe(0)
    expect({ users: await users(), sessions: await sessions() }).toEqual(before)
    const { run: record } = await evidenceOf(second)
    expect(record.cleanup).toMatchObject({ kept: 3, left: [] })
  })

  test('has no rows of the runs left, only the users and the rows of their sign-ups', async () => {
    const made = ['public.notes', 'public.note_audit', 'public.comments', 'public.shelves']
    const now = await rowsOf(sandbox, made)
    for (const table of made) expect(now[table]).toEqual(strangers[table] ?? [])
  })

  test('loses those of a run that was killed to cleanup', async () => {
    const before = await users()
    const open = await sandbox.hold('select pg_advisory_xact_lock(1)')
    const { child, ended, says } = start(run)
    await says(/ held/)
    expect(files()).toEqual([])
    child.kill('SIGKILL')
    await ended
    await open()
    const swept = await trespass(['cleanup', '--workspace', root])
    expect(swept.code, swept.text).toBe(0)
    expect(await users()).not.toEqual(before)
    expect(await rowsOf(sandbox, smallTables)).toEqual(strangers)
  })

  test('removes them with cleanup, given the flag', async () => {
    expect((await trespass(run)).code).toBe(0)
    expect(files()).toHaveLength(3)
    const without = await trespass(['cleanup', '--workspace', root])
    expect(without.out).toContain('Nothing to sweep')
    expect(files()).toHaveLength(3)
    const swept = await trespass(['cleanup', '--workspace', root, '--users'])
    expect([swept.code, swept.out]).toEqual([0, expect.stringContaining('3 of 3 swept on staging')])
    expect(files()).toEqual([])
    expect(await rowsOf(sandbox, smallTables)).toEqual(strangers)
    const again = await trespass(['cleanup', '--workspace', root, '--users'])
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Nothing to sweep')])
  })

  test('makes them anew after a migration', async () => {
    expect((await trespass(run)).code).toBe(0)
    const before = await users()
    await sandbox.query('create function public.of_a_migration() returns int language sql as $$ select 1 $$')
    expect((await trespass(run)).code).toBe(0)
    const after = await users()
    expect(after).toHaveLength(before.length)
    expect(after.filter((id) => before.includes(id))).toHaveLength(before.length - 3)
    expect((await trespass(['cleanup', '--workspace', root, '--users'])).code).toBe(0)
  })
})

test('a sandbox keeps no users', async () => {
  writeFiles(root, { 'trespass.config.ts': "export default { targets: { sandbox: { users: 'kept' } } }\n" })
  const refused = await trespass(['run', '--workspace', root])
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('a sandbox starts empty')])
  rmSync(join(root, 'trespass.config.ts'))
  expect(existsSync(join(root, '.trespass/users/sandbox'))).toBe(false)
})
