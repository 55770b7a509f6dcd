import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf, notHeld } from './report.ts'
import { smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, type Started, start, until } from './support.ts'

/**
 * A gate that blocks requests while the test holds the lock; policies, and so the gate, do not apply to the witness and its
 * fixtures.
 */
const gate = `create function public.gate() returns boolean language plpgsql volatile
  as $$ begin perform pg_advisory_xact_lock_shared(1); return true; end $$;
create policy gate on public.notes as restrictive using ((select public.gate())) with check (true);
`
const closeGate = 'select pg_advisory_xact_lock(1)'

const root = smallWorkspace({ 'supabase/migrations/3_gate.sql': gate })
let sandbox: StandingSandbox
let before: Record<string, readonly string[]>

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

/** Waits until a request waits at the gate. */
async function someoneWaits(): Promise<void> {
  const waiting = 'select 1 from pg_locks where locktype = $$advisory$$ and not granted'
  await until('a request waits at the gate', async () => (await sandbox.query(waiting)).length > 0)
}

async function expectNothingLeft(): Promise<void> {
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  expect(existsSync(join(root, '.trespass/run.lock'))).toBe(false)
  expect(existsSync(join(root, '.trespass/journal'))).toBe(true)
}

const run = (): Started => start(['run', '--workspace', root, '--target', 'staging'])

describe('Ctrl-C', { timeout: patience }, () => {
  test('among the cells sweeps, writes a report that is marked incomplete, and exits 130', async () => {
    const open = await sandbox.hold(closeGate)
    const { child, ended, says } = run()
    await someoneWaits()
    child.kill('SIGINT')
    await says(/Stopping/)
    await open()
    const over = await ended
    expect(over.code, over.text).toBe(130)
    const { run: record, cells } = await evidenceOf(over)
    expect(record.complete).toBe(false)
    expect(record.cleanup).toMatchObject({ made: record.cleanup.swept, left: [] })
    // The first matrix had ended; no untried cell of the second may count as proven.
    expect(cells.filter(({ matrix }) => matrix === 'comments')).toHaveLength(16)
    expect(cells.length).toBeLessThan(36)
    expect(notHeld(cells)).toEqual([])
    expect(over.out).toMatch(/interrupted|broken off/)
    await expectNothingLeft()
  })

  test('while the users are made sweeps them', async () => {
    const release = await sandbox.hold('lock table public.profiles in exclusive mode')
    const { child, ended, says } = run()
    await says(/signing the actors in/)
    child.kill('SIGINT')
    await says(/Stopping/).finally(release)
    const over = await ended
    expect(over.code, over.text).toBe(130)
    await expectNothingLeft()
  })

  test('twice leaves at once, and cleanup finds the rest', async () => {
    const open = await sandbox.hold(closeGate)
    const { child, ended, says } = run()
    await someoneWaits()
    child.kill('SIGINT')
    await says(/Stopping/)
    child.kill('SIGINT')
    const over = await ended
    await open()
    const told = /`trespass cleanup --run [\w-]+` removes what its journal names on staging.*: 3 users, \d+ rows/
    expect([over.code, over.text]).toEqual([130, expect.stringMatching(told)])
    const swept = await start(['cleanup', '--workspace', root]).ended
    expect(swept.code, swept.text).toBe(0)
    await expectNothingLeft()
  })
})
