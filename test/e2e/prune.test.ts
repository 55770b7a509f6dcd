import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeEvidence } from '../../harness/evidence/write.ts'
import { exampleCell, exampleRun } from '../support/example-records.ts'
import { patience, trespass } from './support.ts'

const nights = [1, 2, 3].map((day) => `r2026030${day}`)
let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-prune-'))
  for (const [index, run] of nights.entries()) {
    const cells = [exampleCell()]
    const startedAt = `2026-03-0${index + 1}T02:00:00.000Z`
    await writeEvidence(root, { run: exampleRun(cells, { run, startedAt }), cells, schema: null, scenarios: [] })
  }
})
afterEach(() => rm(root, { recursive: true, force: true }))

const prune = (...flags: string[]) => trespass(['prune', '--workspace', root, ...flags])
const there = async () => (await readdir(join(root, 'reports/staging'))).sort()

describe('trespass prune', { timeout: patience }, () => {
  it('lists the reports to remove, and removes them on request', async () => {
    const asked = await prune('--target', 'staging', '--keep', '1')
    expect(asked).toMatchObject({ code: 0, err: '' })
    expect(asked.out).toBe(`\
staging: 2 reports to remove, 1 to stay
  r20260301  2026-03-01T02:00:00.000Z
  r20260302  2026-03-02T02:00:00.000Z
Nothing was removed. With --yes they are.
`)
    expect(await there()).toEqual(nights)
    const done = await prune('--target', 'staging', '--keep', '1', '--yes')
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Removed 2 reports\. .* digest is [0-9a-f]{64}$/m),
    })
    expect(await there()).toEqual(['pruned.json', 'r20260303'])
    expect(await trespass(['verify', 'r20260303', '--workspace', root])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/sound[^\n]+\n {2}pruned\.json says that 2 older reports were pruned/),
    })
    const again = await prune('--target', 'staging', '--older-than', '1d', '--yes')
    expect(again).toMatchObject({ code: 0, out: 'staging: nothing to remove, 1 to stay\n' })
  })

  it('removes nothing where a report is missing, unless a flag allows it', async () => {
    await rm(join(root, 'reports/staging/r20260301'), { recursive: true })
    const refused = await prune('--target', 'staging', '--keep', '1', '--yes')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('the report before r20260302 is missing') })
    expect(await there()).toEqual(nights.slice(1))
    expect(await prune('--target', 'staging', '--keep', '1', '--yes', '--despite-gaps')).toMatchObject({ code: 0 })
    expect(await there()).toEqual(['pruned.json', 'r20260303'])
  })

  it.each<[string, readonly string[], string]>([
    ['no target', ['--keep', '1'], 'found no target'],
    ['a target elsewhere', ['--target', '../staging', '--keep', '1'], 'found the target ../staging'],
    ['a target without reports', ['--target', 'other', '--keep', '1'], 'found no report of other'],
    ['nothing to keep', ['--target', 'staging'], 'found neither --keep nor --older-than'],
    ['no number', ['--target', 'staging', '--keep', '0'], 'found --keep 0, expected a whole number from 1'],
    [
      'no age',
      ['--target', 'staging', '--older-than', '3w'],
      'found --older-than 3w, expected a whole number such as 90d',
    ],
    ['a word', ['--target', 'staging', '--keep', '1', 'r1'], 'found r1, expected flags only'],
  ])('refuses %s', async (_, flags, problem) => {
    expect(await prune(...flags, '--yes')).toMatchObject({ code: 2, err: expect.stringContaining(problem) })
    expect(await there()).toEqual(nights)
  })

  it('removes nothing while the list of pruned reports cannot be read', async () => {
    await writeFile(join(root, 'reports/staging/pruned.json'), '{}')
    const refused = await prune('--target', 'staging', '--keep', '1', '--yes')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('pruned.json: found schema nothing') })
    expect(await there()).toEqual(['pruned.json', ...nights])
  })
})
