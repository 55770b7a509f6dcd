import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { FaultProxy } from './fault-proxy.ts'
import { insertForeignRows } from './foreign-rows.ts'
import { processes } from './processes.ts'
import { evidenceOf, filesBelow } from './report.ts'
import { smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { atEnd, patience, start, trespass, until } from './support.ts'

let sandbox: StandingSandbox
let proxy: FaultProxy
let root: string
let before: Record<string, readonly string[]>

beforeAll(async () => {
  root = smallWorkspace({ 'trespass.config.ts': 'export default { patience: 5, hold: 3 }\n' })
  sandbox = await standingSandbox(root)
  proxy = await FaultProxy.before(sandbox)
  asStaging(root, proxy)
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const run = (...flags: string[]) => trespass(['run', '--workspace', root, '--target', 'staging', ...flags])
const cleanup = () => trespass(['cleanup', '--workspace', root])

async function expectSwept(): Promise<void> {
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  const journals = join(root, '.trespass/journal')
  expect(readdirSync(journals)).toEqual([])
}

/** After a run that could not sweep, its journal names everything, and one command sweeps it. */
async function expectCleanable(): Promise<void> {
  const journal = Object.values(filesBelow(join(root, '.trespass/journal'))).join('')
  const known = [...proxy.secrets.keys()].filter((secret) => !secret.includes('@') && journal.includes(secret))
  expect([journal === '', known.length]).toEqual([false, 0])
  const swept = await cleanup()
  expect(swept.code, swept.text).toBe(0)
  await expectSwept()
}

/** Calls something when the run sends its nth request to the Data API. */
function atRequest(moment: number, work: () => unknown): void {
  let asked = 0
  proxy.misbehave(async (_, { path }) => {
    if (!path.startsWith('/rest/')) return false
    asked += 1
    if (asked === moment) await work()
    return false
  })
}

describe('a database that is lost', { timeout: 2 * patience }, () => {
  test('among the cells: unread results are not held, and cleanup sweeps', async () => {
    atRequest(4, () => proxy.cutDatabase())
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    expect(ended.code, ended.text).toBe(2)
    const { cells, run: record } = await evidenceOf(ended)
    for (const { verdict, effect, because } of cells) {
      if (effect === null || effect.kind === 'unread') expect(verdict, because).not.toBe('held')
    }
    expect(cells.filter(({ effect }) => effect?.kind === 'unread')).not.toEqual([])
    expect(record.cleanup.left).not.toEqual([])
    await expectCleanable()
  })

  test('in the middle of the sweep, and again in the middle of cleanup: the rest stays in the journal', async () => {
    const cutAtDelete = (moment: number): void => {
      let deletes = 0
      proxy.onDatabase((text) => {
        deletes += text.split('delete from').length - 1
        if (deletes >= moment) proxy.cutDatabase()
      })
    }
    cutAtDelete(2)
    const ended = await run()
    proxy.behave()
    expect(ended.code, ended.text).toBe(2)
    expect(ended.text).toContain('run `trespass cleanup`')
    cutAtDelete(1)
    const meanwhile = await cleanup()
    proxy.behave()
    expect(meanwhile.code, meanwhile.text).toBe(2)
    await expectCleanable()
    const again = await cleanup()
    expect([again.code, again.out]).toEqual([0, 'Nothing to sweep: no run left a journal.\n'])
  })

  test('while the world is made: the run ends, lists the leftovers, and cleanup sweeps', async () => {
    proxy.onDatabase((text) => {
      if (text.includes('insert into')) proxy.cutDatabase()
    })
    const { code, out, err } = await run()
    proxy.behave()
    expect([code, out], err).toEqual([2, ''])
    expect(err).toMatch(/database cannot be reached[\s\S]*`trespass cleanup --run /)
    await expectCleanable()
  })

  test('because it has no connection left', async () => {
    const clients: pg.Client[] = []
    const release = () => Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)))
    atEnd(release)
    atRequest(4, async () => {
      proxy.cutDatabase()
      for (;;) {
        const client = new pg.Client({ connectionString: sandbox.variables.TRESPASS_DATABASE_URL })
        client.on('error', () => undefined)
        if (
          !(await client.connect().then(
            () => clients.push(client) > 0,
            () => false,
          ))
        )
          break
      }
      proxy.healDatabase()
      // PostgREST's own connections would suffice, so they are terminated; the test takes every free slot first.
      await clients[0]?.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'`)
    })
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    await release()
    expect([2, 3], ended.text).toContain(ended.code)
    const { cells } = await evidenceOf(ended)
    expect(cells.filter(({ effect }) => effect?.kind === 'unread').length).toBeGreaterThan(0)
    for (const { verdict, effect, outcome } of cells) {
      if (effect === null || effect.kind === 'unread' || (outcome?.status ?? 0) >= 500) expect(verdict).not.toBe('held')
    }
    await cleanup()
    await expectSwept()
  })
})

describe('a service that starts again', { timeout: patience }, () => {
  test('interrupts the attempts under way, and none of them is held', async () => {
    atRequest(5, () =>
      sandbox.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'`),
    )
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    expect([0, 3], ended.text).toContain(ended.code)
    const { cells } = await evidenceOf(ended)
    for (const { verdict, outcome, control } of cells) {
      // PostgREST answers 400 with an empty code if the connection broke during the statement.
      const isLost = [outcome, control?.outcome].some((one) => one != null && (one.status >= 500 || one.code === ''))
      if (isLost) expect(verdict).not.toBe('held')
      else expect(verdict).toBe('held')
    }
    await expectSwept()
  })

  test('reads its schema cache anew during a run', async () => {
    const server = processes().find(({ command, parent }) => isPostgrest(command) && isOurs(parent))
    if (server === undefined) throw new Error('the sandbox has no PostgREST')
    atRequest(5, () => process.kill(server.pid, 'SIGUSR1'))
    const ended = await run('--matrix', 'notes')
    proxy.behave()
    expect([0, 3], ended.text).toContain(ended.code)
    await expectSwept()
  })
})

const isPostgrest = (command: string): boolean => /postgrest(?:\S*) \S*postgrest\.conf/.test(command)

/** True for processes of this test file's sandbox: the command itself, or one below it. */
function isOurs(pid: number): boolean {
  const parents = new Map(processes().map((one) => [one.pid, one.parent]))
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (at === sandbox.command.child.pid) return true
  }
  return false
}

describe('locks', { timeout: patience }, () => {
  test('of the application: the witness stops waiting, and the run reports it', async () => {
    const release = await sandbox.hold('lock table public.notes in share mode')
    const ended = await run('--matrix', 'notes').finally(release)
    expect(ended.code, ended.text).toBe(2)
    expect(ended.out).toMatch(/canceling statement due to\s+lock timeout/)
    const { cells } = await evidenceOf(ended)
    expect(new Set(cells.map(({ verdict }) => verdict))).toEqual(new Set(['error']))
    await cleanup()
    await expectSwept()
  })

  test('of the witness: the application waits no longer than the configured hold', async () => {
    await sandbox.query(`create table public.counters (n int not null); insert into public.counters values (0);
      create function public.count_note() returns trigger language plpgsql security definer set search_path = ''
        as $$ begin update public.counters set n = n + 1; perform pg_sleep(60); return null; end $$;
      create trigger count_note after insert on public.notes for each row execute function public.count_note()`)
    const { ended } = start(['run', '--workspace', root, '--target', 'staging', '--matrix', 'notes'])
    const locked = `select 1 from pg_stat_activity where wait_event = 'PgSleep'`
    await until('the witness holds the row', async () => (await sandbox.query(locked)).length > 0)
    const began = performance.now()
    await sandbox.query('update public.counters set n = 0')
    const waited = performance.now() - began
    const { code, text } = await ended
    await sandbox.query('drop function public.count_note cascade; drop table public.counters')
    // The hold is three seconds.
    expect(waited).toBeLessThan(5000)
    expect([code, text]).toEqual([2, expect.stringMatching(/(?:statement|transaction)\s+timeout/)])
    await cleanup()
    await expectSwept()
  })
})
