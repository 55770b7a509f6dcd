import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceOf, filesBelow, notHeld, reportOf } from './report.ts'
import { expectNoSecret } from './secrets.ts'
import { smallCells, smallFiles, smallWorkspace } from './small-workspace.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

const root = smallWorkspace()
let sandbox: StandingSandbox
const run = (...flags: string[]) => trespass(['run', '--target', 'staging', '--workspace', root, ...flags])

/** @returns the ids of the cells that a run tried. */
async function tried(...flags: string[]): Promise<string[]> {
  const ended = await run(...flags)
  expect(ended.code, ended.text).toBe(0)
  return (await evidenceOf(ended)).cells.map(({ id }) => id)
}

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
}, patience)

describe('a workspace of one’s own', { timeout: patience }, () => {
  test('gives verdicts, a table per matrix, and leaves no journal', async () => {
    const ended = await run()
    expect(ended.code, ended.text).toBe(0)
    const { run: record, cells } = await evidenceOf(ended)
    expect([cells.length, notHeld(cells), record.complete]).toEqual([smallCells, [], true])
    expect(record.target).toMatchObject({ alias: 'staging', kind: 'local' })
    expect(record.cleanup.swept).toBe(record.cleanup.made)
    expect(ended.out).toMatch(/^ {2}[✓+] notes +20 cells {2}table public\.notes$/m)
    expect(ended.out).toMatch(/^ {2}[✓+] comments +16 cells {2}table public\.comments$/m)
    expect(existsSync(join(root, '.trespass', 'journal', record.run))).toBe(false)
    expect(reportOf(ended)).toBe(join(root, 'reports', 'staging', record.run))
    const { TRESPASS_URL = '', TRESPASS_DATABASE_URL = '', ...keys } = sandbox.variables
    const hosts = [TRESPASS_URL, TRESPASS_DATABASE_URL].map((url) => new URL(url).host)
    const secrets = [...Object.values(keys), ...hosts, new URL(TRESPASS_DATABASE_URL).password]
    expectNoSecret({ ...filesBelow(reportOf(ended)), stdout: ended.out, stderr: ended.err }, secrets)
  })

  test('is its own folder when the command is called there', async () => {
    const ended = await trespass(['run', '--target', 'staging', '--matrix', 'notes'], { cwd: root })
    expect(ended.code, ended.text).toBe(0)
    expect((await evidenceOf(ended, root)).cells).toHaveLength(20)
  })

  test('--matrix chooses files', async () => {
    expect(new Set((await tried('--matrix', 'comm*')).map((id) => id.split(' › ')[0]))).toEqual(new Set(['comments']))
  })

  test('--cell chooses one cell', async () => {
    expect(await tried('--cell', 'notes › alice › rename theirs')).toEqual(['notes › alice › rename theirs'])
  })

  test('-t chooses by a pattern', async () => {
    expect(await tried('-t', 'guest delete')).toEqual([
      'comments › guest › delete own',
      'comments › guest › delete theirs',
    ])
  })

  test('one cell at a time and many at once give the same', async () => {
    const [one, many] = [await tried('--concurrency', '1'), await tried('--concurrency', '64')]
    expect(one).toHaveLength(smallCells)
    expect(many).toEqual(one)
  })

  test.each([
    ['-t that matches no cell', ['-t', 'nobody'], /no cell/],
    ['--cell that is none', ['--cell', 'notes › alice › fly'], /found the cell/],
    ['--matrix that fits no file', ['--matrix', 'invoices'], /invoices/],
  ])('%s is no success', async (_, flags, why) => {
    const ended = await run(...flags)
    expect(ended.code, ended.text).toBe(2)
    expect(ended.text).toMatch(why)
  })

  test('a matrix file with characters of globs in its name runs too', async () => {
    const notes = smallFiles['matrices/notes.matrix.yaml'].replace('matrix: notes', 'matrix: more')
    const files = { 'matrices/[more] (v1)/notes {a,b}+!.matrix.yaml': notes }
    const workspace = asStaging(smallWorkspace(files), sandbox)
    const ended = await trespass(['run', '--target', 'staging', '--workspace', workspace])
    expect(ended.code, ended.text).toBe(0)
    expect((await evidenceOf(ended)).cells).toHaveLength(smallCells + 20)
  })
})
