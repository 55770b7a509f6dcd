import { describe, expect, test } from 'vitest'
import { processes } from './processes.ts'
import { evidenceOf, notHeld } from './report.ts'
import { smallCells, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, standingSandbox } from './standing-sandbox.ts'
import { patience, start, trespass, until } from './support.ts'

/** A policy that delays every request to notes. */
const slow = `create function public.slow() returns boolean language plpgsql volatile
  as $$ begin perform pg_sleep(0.3); return true; end $$;
create policy slow on public.notes as restrictive using ((select public.slow())) with check (public.slow());
`

describe('two runs at once', { timeout: patience }, () => {
  test('in two workspaces, each with a sandbox of its own', async () => {
    const both = await Promise.all([0, 1].map(() => trespass(['run', '--workspace', smallWorkspace()])))
    for (const ended of both) {
      expect(ended.code, ended.text).toBe(0)
      expect((await evidenceOf(ended)).cells).toHaveLength(smallCells)
    }
  })

  test('in two workspaces on one target leave it as it was', async () => {
    const sandbox = await standingSandbox(smallWorkspace())
    const before = await rowsOf(sandbox, smallTables)
    const run = () => trespass(['run', '--target', 'staging', '--workspace', asStaging(smallWorkspace(), sandbox)])
    for (const { code, text } of await Promise.all([run(), run()])) expect(code, text).toBe(0)
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })
})

describe('a sandbox that dies during a run', { timeout: patience }, () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('by %s ends it, and nothing is held that was not seen', async (signal) => {
    const root = smallWorkspace({ 'supabase/migrations/3_slow.sql': slow })
    const { child, ended, says } = start(['run', '--workspace', root, '--concurrency', '1'])
    await says(/5\d% {2}\d+\/36/)
    const sandbox = processes().find(
      ({ parent, command }) => parent === child.pid && command.includes('sandbox/dist/main.js'),
    )
    if (sandbox === undefined) throw new Error('the run has no sandbox')
    process.kill(sandbox.pid, signal)
    const killedAt = Date.now()
    const over = await ended
    expect([2, 3], over.text).toContain(over.code)
    expect(over.err).toContain('the sandbox ended unasked')
    const { run, cells } = await evidenceOf(over)
    expect(notHeld(cells).length).toBeGreaterThan(0)
    for (const cell of cells.filter(({ verdict }) => verdict === 'held')) {
      expect(Date.parse(cell.startedAt) + cell.durationMs, cell.id).toBeLessThan(killedAt + 500)
    }
    expect(run.target.kind).toBe('sandbox')
    await until('its processes are gone', () => !processes().some(({ command }) => command.includes(root)))
    expect((await trespass(['cleanup', '--workspace', root])).code).toBe(0)
  })
})
