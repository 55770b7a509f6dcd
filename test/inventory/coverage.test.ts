import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from '../e2e/in-process.ts'
import { evidenceOf, reportOf } from '../e2e/report.ts'
import { asStaging, type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, trespass, writeFiles } from '../e2e/support.ts'
import { coveredFiles, openAccessSql } from './workspace.ts'

const root = temporaryFolder()
let sandbox: StandingSandbox
const at = ['--target', 'staging', '--workspace', root]
const run = (...flags: string[]) => trespass(['run', ...at, ...flags])
const accepted = (...gaps: string[]) =>
  gaps.map((gap) => `- gap: '${gap}'\n  owner: dana\n  reason: later\n  until: 2099-12-31\n`).join('')

beforeAll(async () => {
  writeFiles(root, coveredFiles)
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
}, patience)

describe('a workspace whose matrices try everything', { timeout: patience }, () => {
  test('passes with full coverage when all of it is required, and prints so', async () => {
    const ended = await run('--coverage')
    expect(ended.code, ended.text).toBe(0)
    expect(ended.out).toContain('every object that is reachable was tried: 1\ncoverage: 4 of 4 combinations tried')
    expect(ended.out).not.toMatch(/never tried|in part/)
  })
})

describe('the same with doors that no matrix is about', { timeout: patience }, () => {
  beforeAll(async () => {
    // The Data API of this sandbox does not expose the schema, so the report must not name its objects.
    await sandbox.query(openAccessSql)
    await sandbox.query('create policy "all of them" on public.tickets for delete to authenticated using (true)')
    await sandbox.query('grant delete on public.tickets to authenticated')
  })

  test('lists the untried objects, the partly tried ones and the totals, in the order of a reader', async () => {
    const ended = await run()
    expect(ended.code, ended.text).toBe(0)
    expect(ended.out).toMatch(
      /reachable and never tried: 6 tables, 3 views, 1 materialized view, 1 partitioned table, 1 partition, 3 functions, 2 buckets, 1 channel group\n/,
    )
    expect(ended.out).toMatch(/ {2}table public\."Order Items"\n {2}view public\.all_tickets\n/)
    expect(ended.out).toContain('and 6 more')
    expect(ended.out).toMatch(
      /tried in part only: 1 table\n {2}table public\.tickets: no cell tries delete; no cell meets the policy "all of them"\n/,
    )
    expect(ended.out).toMatch(/exit 0: all held\n$/)
  })

  test('fails when coverage is required, with the missing objects', async () => {
    const ended = await run('--coverage')
    expect(ended.code, ended.text).toBe(1)
    expect(ended.out).toMatch(/required \(all\) and not tried: \d+\n/)
    expect(ended.out).toMatch(/exit 1: coverage is required, and not everything reachable was tried\n$/)
  })

  test('passes the required coverage when the rest is accepted', async () => {
    writeFiles(root, {
      'trespass.config.ts': `export default { targets: { staging: {} }, coverage: { require: 'tried-by-anon' } }\n`,
    })
    const missing = await run()
    expect(missing.code, missing.text).toBe(1)
    const { coverage } = await evidenceOf(missing)
    const open = (coverage?.units ?? []).filter(({ actor, cells }) => actor === 'anon' && cells === 0)
    expect(open.length).toBeGreaterThan(3)
    const objects = [...new Set(open.map(({ object }) => object))]
    writeFiles(root, { 'accepted.yaml': accepted(...objects) })
    const ended = await run()
    expect(ended.code, ended.text).toBe(0)
    expect(ended.out).toMatch(/\d+ of \d+ combinations tried, \d+ accepted/)
  })

  test('is compared by diff: newly reachable objects and those that are not tried any more', async () => {
    writeFiles(root, { 'trespass.config.ts': '', 'accepted.yaml': '' })
    writeFiles(root, { 'trespass.config.ts': 'export default {}\n' })
    const older = reportOf(await run())
    await sandbox.query('create table public.newest (id int); grant select on public.newest to anon')
    const matrix = coveredFiles['matrices/tickets.matrix.yaml'].replace(
      'bob:     { "*": allow }',
      'bob:     { "*": n/a }',
    )
    writeFiles(root, { 'matrices/tickets.matrix.yaml': matrix })
    const newer = reportOf(await run())
    writeFiles(root, { 'matrices/tickets.matrix.yaml': coveredFiles['matrices/tickets.matrix.yaml'] })
    const ended = await inProcess(['diff', '--workspace', root, older, newer])
    expect(ended.code, ended.text).toBe(1)
    expect(ended.out).toContain('newly reachable and never tried (1)\n  table public.newest\n')
    expect(ended.out).toContain('coverage lost (1)\n  table public.tickets › select › authenticated › allow\n')
  })

  test('a run of chosen cells prints no coverage, and refuses to require it', async () => {
    const ended = await run('--matrix', 'tickets')
    expect(ended.out).not.toMatch(/coverage|never tried/)
    const refused = await run('--matrix', 'tickets', '--coverage')
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('found --coverage beside --matrix tickets, expected it alone')
  })

  test('trespass coverage shows it without a run', async () => {
    const ended = await inProcess(['coverage', ...at])
    expect(ended.code, ended.text).toBe(0)
    expect(ended.out).toMatch(/^table public\.memos: never tried$/m)
    expect(ended.out).toMatch(/^ {2}not tried {2}delete › another-tenant › either$/m)
    expect(ended.out).toMatch(/reachable and never tried: 7 tables/)
  })
})
