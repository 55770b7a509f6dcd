import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

const attackers = `
  late:    { kind: authenticated, token: expired }
  forger:  { kind: authenticated, token: tampered }
world:`
const actors = smallFiles['matrices/actors.yaml'].replace('\nworld:', attackers)
const notes = smallFiles['matrices/notes.matrix.yaml'].replace(
  '  bob:  ',
  '  late, forger: { "*": deny(unauthenticated) }\n  bob:  ',
)

let sandbox: StandingSandbox
let root: string
let before: Record<string, readonly string[]>

beforeAll(async () => {
  root = smallWorkspace({ 'matrices/actors.yaml': actors, 'matrices/notes.matrix.yaml': notes })
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

async function expectSwept(): Promise<void> {
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  expect(readdirSync(join(root, '.trespass/journal'))).toEqual([])
}

/** A module that shifts the clock of a process by some minutes. */
function clock(minutes: number): string {
  const code = `const now = Date.now, Real = Date, off = ${minutes} * 60_000
    globalThis.Date = class extends Real {
      constructor(...given) { super(...(given.length === 0 ? [now() + off] : given)) }
      static now() { return now() + off }
    }`
  return `data:text/javascript,${encodeURIComponent(code)}`
}

describe('a clock that is wrong', { timeout: patience }, () => {
  test.each([
    ['behind', -10],
    ['ahead', 10],
  ])('by ten minutes, %s, makes no difference, also to tokens that the run mints', async (_, minutes) => {
    const env = { NODE_OPTIONS: `--import=${clock(minutes)}` }
    const ended = await trespass(['run', '--workspace', root, '--target', 'staging', '--matrix', 'notes'], { env })
    expect(ended.code, ended.text).toBe(0)
    const { run, cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual([])
    expect(cells.filter(({ actor, denial }) => actor === 'late' && denial === 'unauthenticated')).toHaveLength(5)
    // The clock was wrong indeed.
    const apart = (new Date(run.startedAt).getTime() - Date.now()) / 60_000
    expect(Math.abs(apart - minutes)).toBeLessThan(3)
    await expectSwept()
  })
})

describe('a disk that is full', { timeout: patience }, () => {
  const run = (fileBlocks: number) =>
    trespass(['run', '--workspace', root, '--target', 'staging', '--matrix', 'notes'], { fileBlocks })

  test('while the evidence is written: the findings are printed, no partial report stays, and all is swept', async () => {
    const folder = join(root, 'reports/staging')
    const reports = () => (existsSync(folder) ? readdirSync(folder) : [])
    const known = reports()
    const { code, out, err } = await run(24)
    expect(code, out + err).toBe(2)
    expect(out).toMatch(/30 cells: 30 held/)
    expect(out).toMatch(/exit 2: Trespass could not do its work/)
    expect(err).toMatch(/the report reports\/staging\/\S+ was not written: EFBIG/)
    expect(err).not.toContain(root)
    expect(reports()).toEqual(known)
    await expectSwept()
  })

  test('while the journal is written: nothing is made that it does not name', async () => {
    const { code, out, err } = await run(1)
    expect([code, out], err).toEqual([2, ''])
    expect(err).toMatch(/the journal cannot be written \(EFBIG\)/)
    await expectSwept()
  })
})
