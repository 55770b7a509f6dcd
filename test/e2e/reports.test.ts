import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeEvidence } from '../../harness/evidence/write.ts'
import { exampleBreach, exampleCell, exampleRun } from '../support/example-records.ts'
import { patience, trespass } from './support.ts'

/** Two runs on staging, of which the second found a breach. */
const nights = ['r20260301-020000', 'r20260302-020000'] as const
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-reports-'))
  for (const [n, cells] of [[exampleCell()], [exampleBreach()]].entries()) {
    const run = exampleRun(cells, { run: nights[n] ?? '', startedAt: `2026-03-0${n + 1}T02:00:00.000Z` })
    await writeEvidence(root, { run, cells, schema: null, scenarios: [] })
  }
})
afterAll(() => rm(root, { recursive: true, force: true }))

const inRoot = (...args: string[]) => trespass([...args, '--workspace', root])

describe('reports of runs that are over', { timeout: patience }, () => {
  it('are compared, and an opened access is a finding until its owner accepts it', async () => {
    const found = await inRoot('diff')
    expect([found.code, found.err]).toEqual([1, ''])
    expect(found.out).toContain(
      'opened (1)\n  documents › mallory › rename theirs\n    mallory can now "rename theirs"',
    )
    const acceptance = { cell: 'documents › mallory › rename theirs', change: 'opened', owner: 'dana', reason: 'known' }
    await writeFile(join(root, 'accepted.yaml'), JSON.stringify([{ ...acceptance, until: '9999-12-31' }]))
    const accepted = await inRoot('diff', ...nights)
    expect(accepted).toMatchObject({ code: 0, out: expect.stringContaining('dana answers for it until 9999-12-31') })
    const back = await inRoot('diff', nights[1], nights[0])
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('closed (1)') })
  })

  it('are not compared across targets, or with nothing', async () => {
    expect(await inRoot('diff', nights[0])).toMatchObject({ code: 2, err: expect.stringContaining('expected two') })
    expect(await inRoot('diff', '--target', 'other')).toMatchObject({
      code: 2,
      err: expect.stringContaining('found no report of other, expected two'),
    })
  })

  it('explain a cell, from the newest one unless another is named', async () => {
    const id = 'documents › mallory › rename theirs'
    expect(await inRoot('explain', id)).toMatchObject({ code: 0, out: expect.stringContaining('verdict   breach: ') })
    expect(await inRoot('explain', id, '--report', nights[0])).toMatchObject({
      code: 0,
      out: expect.stringContaining('verdict   held, refused by filtered'),
    })
    expect(await inRoot('explain', 'documents › mallory › rename their')).toMatchObject({
      code: 2,
      err: expect.stringContaining(`did you mean \`${id}\`?`),
    })
  })

  it('are verified, and a change is named', async () => {
    expect(await inRoot('verify', ...nights)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/sound[\s\S]*sound/),
    })
    await appendFile(join(root, 'reports/staging', nights[1], 'summary.md'), 'all held')
    expect(await inRoot('verify', nights[1])).toMatchObject({
      code: 1,
      out: expect.stringContaining('summary.md was changed after it was written'),
    })
    expect(await inRoot('verify', 'r1')).toMatchObject({ code: 2, err: expect.stringContaining('found no report r1') })
  })
})
