import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeEvidence } from '../../harness/evidence/write.ts'
import { exampleCell, exampleRun } from '../support/example-records.ts'
import { filesBelow } from './report.ts'
import { patience, trespass } from './support.ts'

const nights = ['r20260301-020000', 'r20260302-020000'] as const
const cell = 'documents › mallory › rename theirs'
let root = ''
let newer = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-bad-reports-'))
  for (const [n, run] of nights.entries()) await night(run, n + 1, 'staging', null)
  newer = join(root, 'reports/staging', nights[1])
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function night(run: string, day: number, alias: string, shard: string | null, project?: string): Promise<void> {
  const cells = [exampleCell()]
  const target = { alias, kind: 'hosted', ...(project === undefined ? {} : { project }), versions: {} } as const
  const startedAt = `2026-03-0${day}T02:00:00.000Z`
  await writeEvidence(root, {
    run: exampleRun(cells, { run, startedAt, target, shard }),
    cells,
    schema: null,
    scenarios: [],
  })
}

async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(newer, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(newer, file), text.replace(from, to))
}

/** The commands that read a whole report and stop at an error. */
const readers: Readonly<Record<string, readonly string[]>> = {
  diff: ['diff', ...nights],
  explain: ['explain', cell, '--report', nights[1]],
  merge: ['merge'],
}

async function refusals(): Promise<string[]> {
  const before = filesBelow(root)
  const found: string[] = []
  for (const [name, words] of Object.entries(readers)) {
    const more = name === 'merge' ? nights.map((run) => join(root, 'reports/staging', run)) : []
    const { code, out, err } = await trespass([...words, ...more, '--workspace', root])
    expect([name, code, out]).toEqual([name, 2, ''])
    found.push(err.split('\n')[0] ?? '')
  }
  expect(filesBelow(root)).toEqual(before)
  return found
}

describe('a report that', { timeout: patience }, () => {
  it.each<[string, () => Promise<void>, string]>([
    ['is cut off', () => truncate(join(newer, 'cells.jsonl'), 200), 'cells.jsonl line 1: it is cut off'],
    ['lacks a file', () => rm(join(newer, 'cells.jsonl')), 'is not a report: cells.jsonl cannot be read'],
    [
      'was edited',
      () => change('cells.jsonl', 'no row was reached', 'nothing'),
      'cells.jsonl is not what manifest.json says it was',
    ],
    [
      'is of a version to come',
      () => change('run.json', 'trespass/run@1', 'trespass/run@2'),
      'run.json: found schema "trespass/run@2", expected trespass/run@1',
    ],
    [
      'has a manifest of a version to come',
      () => change('manifest.json', 'trespass/manifest@1', 'trespass/manifest@9'),
      'manifest.json: found schema "trespass/manifest@9", expected trespass/manifest@1',
    ],
  ])('%s is refused by all that read it, and nothing is changed', async (_, damage, problem) => {
    await damage()
    expect(await refusals()).toEqual(Object.keys(readers).map(() => expect.stringContaining(problem)))
  })

  it('is of a version to come is not verified', async () => {
    await change('manifest.json', 'trespass/manifest@1', 'trespass/manifest@9')
    expect(await trespass(['verify', newer])).toMatchObject({
      code: 2,
      err: expect.stringContaining('written by another version of Trespass'),
    })
  })

  it('is of another target is neither compared nor merged, and verify prints its real target', async () => {
    await night('r20260303-020000', 3, 'other', null)
    const foreign = join(root, 'reports/staging/r20260303-020000')
    await cp(join(root, 'reports/other/r20260303-020000'), foreign, { recursive: true })
    const compared = await trespass(['diff', '--target', 'staging', '--workspace', root])
    expect(compared).toMatchObject({ code: 2, out: '' })
    expect(compared.err).toContain('found reports of staging and other, expected two of one target')
    expect(await trespass(['verify', foreign])).toMatchObject({
      code: 1,
      out: expect.stringContaining('it is a report of other and lies among those of staging'),
    })
    await night('a', 4, 'staging', '1/2')
    await night('b', 4, 'other', '2/2')
    const shards = ['reports/staging/a', 'reports/other/b'].map((folder) => join(root, folder))
    const before = filesBelow(root)
    const merged = await trespass(['merge', ...shards, '--workspace', root])
    expect(merged).toMatchObject({ code: 2, out: '', err: expect.stringContaining('target: a has') })
    expect(filesBelow(root)).toEqual(before)
  })

  it('is of another project under the same alias is neither compared nor merged, and verify prints a problem', async () => {
    await night('a', 3, 'staging', '1/2', 'aa11')
    await night('b', 4, 'staging', '2/2', 'bb22')
    const before = filesBelow(root)
    const compared = await trespass(['diff', '--target', 'staging', '--workspace', root])
    expect(compared).toMatchObject({ code: 2, out: '' })
    expect(compared.err).toContain('found that staging was another project in a than in b, expected reports of one')
    const shards = ['a', 'b'].map((run) => join(root, 'reports/staging', run))
    const merged = await trespass(['merge', ...shards, '--workspace', root])
    expect(merged).toMatchObject({ code: 2, out: '', err: expect.stringContaining('digest of the project: a has') })
    expect(await trespass(['verify', join(root, 'reports/staging/b')])).toMatchObject({
      code: 0,
      out: expect.stringContaining('staging was another project in a, the report before this one'),
    })
    expect(filesBelow(root)).toEqual(before)
  })

  it('is there already is not merged into once more', async () => {
    const shards = ['c', 'd'].map((run) => join(root, 'reports/other', run))
    const parts = [exampleCell(), exampleCell({ actor: 'carol' })]
    for (const [n, one] of parts.entries()) {
      const target = { alias: 'other', kind: 'hosted', versions: {} } as const
      const run = exampleRun([one], { run: n === 0 ? 'c' : 'd', target, shard: `${n + 1}/2` })
      await writeEvidence(root, { run, cells: [one], schema: null, scenarios: [] })
    }
    expect(await trespass(['merge', ...shards, '--workspace', root])).toMatchObject({ code: 0 })
    const before = filesBelow(root)
    expect(await trespass(['merge', ...shards, '--workspace', root])).toMatchObject({
      code: 2,
      err: expect.stringContaining('a report of this run is there already'),
    })
    expect(filesBelow(root)).toEqual(before)
  })
})
