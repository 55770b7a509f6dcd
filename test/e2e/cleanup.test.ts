import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { smallWorkspace } from './small-workspace.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass, writeFiles } from './support.ts'

/** Nothing listens there. */
const deadLines = [
  'TRESPASS_URL=http://127.0.0.1:1',
  'TRESPASS_PUBLISHABLE_KEY=sb_publishable_dead',
  'TRESPASS_SECRET_KEY=sb_secret_dead',
  'TRESPASS_DATABASE_URL=postgresql://postgres:guessed-word@127.0.0.1:1/postgres',
  '',
].join('\n')

const root = smallWorkspace({ '.env.gone': deadLines })
const [older, newer, sandboxed] = ['20260101-000000-aaaa', '20260102-000000-bbbb', '20260103-000000-cccc']
const shelf = '00000000-0000-4000-8000-000000000001'
let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
}, patience)

beforeEach(async () => {
  await sandbox.query(`insert into public.shelves (id, name) values ('${shelf}', 'left') on conflict do nothing`)
  const row = { made: 'row', table: 'public.shelves', key: { id: shelf } }
  writeJournal(older, 'gone', [row, { may: 'rows', table: 'public.notes', values: { title: 'new' } }])
  writeJournal(newer, 'staging', [row])
})

function writeJournal(run: string, alias: string, entries: readonly object[]): void {
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
  writeFiles(root, {
    [`.trespass/journal/${run}/run.json`]: JSON.stringify({ run, alias, started: '2026-01-01T00:00:00.000Z' }),
    [`.trespass/journal/${run}/1-00000000.jsonl`]: lines,
  })
}

const cleanup = (...flags: string[]) => trespass(['cleanup', '--workspace', root, ...flags])
const isLeft = (run: string) => existsSync(join(root, '.trespass/journal', run))
const shelves = () => sandbox.query(`select from public.shelves where id = '${shelf}'`)

describe('cleanup', { timeout: patience }, () => {
  test('sweeps the other targets when one cannot be reached, and names it', async () => {
    const { code, out, text } = await cleanup()
    expect(code, text).toBe(2)
    expect(out).toContain(`${newer}: 1 of 1 swept on staging`)
    expect(out).toContain(`gone: could not be reached; its journals stay: ${older}`)
    expect(text).not.toMatch(/a bug in Trespass|guessed-word|sb_secret_dead/)
    expect([isLeft(older), isLeft(newer), await shelves()]).toEqual([true, false, []])
  })

  test('sweeps one target when it is chosen', async () => {
    const { code, out, text } = await cleanup('--target', 'staging')
    expect([code, out], text).toEqual([0, `${newer}: 1 of 1 swept on staging\n`])
    expect([isLeft(older), await shelves()]).toEqual([true, []])
  })

  test('refuses a target that is not set up', async () => {
    const { code, err } = await cleanup('--target', 'stagin')
    expect([code, err]).toEqual([2, expect.stringContaining('stagin')])
    expect([isLeft(older), isLeft(newer)]).toEqual([true, true])
  })

  test('sweeps the others when a journal is damaged', async () => {
    writeFiles(root, { [`.trespass/journal/${older}/1-00000000.jsonl`]: '{"made":\n' })
    const { code, out, text } = await cleanup()
    expect([code, await shelves()], text).toEqual([2, []])
    expect(out).toContain(`${older}: not swept; its journal cannot be read`)
    expect(text).toContain('--forget')
  })

  test('lists the entries of a journal and removes them from it', async () => {
    const { code, out, text } = await cleanup('--forget', older)
    expect(code, text).toBe(0)
    expect(out).toContain(`${older}: began 2026-01-01T00:00:00.000Z on gone, and may have left:`)
    expect(out).toContain(`rows of public.shelves: 1\n    {"id":"${shelf}"}`)
    expect(out).toContain('rows of public.notes that attempts added')
    expect([isLeft(older), isLeft(newer), await shelves()]).toEqual([false, true, [{}]])
  })

  test('gives up a journal that is damaged', async () => {
    writeFiles(root, { [`.trespass/journal/${older}/run.json`]: '{' })
    const { code, out, text } = await cleanup('--forget', older)
    expect([code, isLeft(older)], text).toEqual([0, false])
    expect(out).toContain('entries that cannot be read: 1')
  })

  test.each([
    [['--forget', '20200101-000000-none'], 'found no journal'],
    [['--forget', '../..'], 'found no journal'],
    [['--forget', older, '--target', 'gone'], 'found --forget and --target, expected one of them'],
    [['--run', older, '--target', 'gone'], 'found --run and --target, expected one of them'],
    [['everything'], 'found everything, expected flags only'],
  ])('refuses %j and changes nothing', async (flags, message) => {
    const { code, err } = await cleanup(...flags)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
    expect([isLeft(older), isLeft(newer), await shelves()]).toEqual([true, true, [{}]])
  })

  test('drops the entries of a sandbox that no longer exists', async () => {
    writeJournal(sandboxed, 'sandbox', [])
    const { out } = await cleanup('--target', 'sandbox')
    expect([out, isLeft(sandboxed)]).toEqual([expect.stringContaining('its sandbox is gone'), false])
  })
})
