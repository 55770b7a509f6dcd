import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf, keptFiles, reportOf } from './report.ts'
import { smallCells, smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { type Ended, patience, trespass, writeFiles } from './support.ts'

const root = smallWorkspace()
let sandbox: StandingSandbox
let before: Record<string, readonly string[]>

beforeAll(async () => {
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  await insertForeignRows(sandbox)
  before = await rowsOf(sandbox, smallTables)
}, patience)

const shard = (which: string) => trespass(['run', '--workspace', root, '--target', 'staging', '--shard', which])
const merge = (...reports: string[]) => trespass(['merge', '--workspace', root, ...reports])

async function cellsOf(ended: Ended): Promise<string[]> {
  return (await evidenceOf(ended)).cells.map(({ id }) => id)
}

describe('shards', { timeout: 2 * patience }, () => {
  test('at the same time in one workspace sweep their own, and merge into one report', async () => {
    const [one, two] = await Promise.all([shard('1/2'), shard('2/2')])
    expect([one.code, two.code], one.text + two.text).toEqual([0, 0])
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
    expect(keptFiles(root)).toEqual(['sandbox.json'])
    const [first, second] = [await cellsOf(one), await cellsOf(two)]
    expect(new Set([...first, ...second]).size).toBe(first.length + second.length)

    const merged = await merge(reportOf(one), reportOf(two))
    expect(merged.code, merged.text).toBe(0)
    const { run, cells } = await evidenceOf(merged)
    expect([cells.length, run.complete, run.shard]).toEqual([smallCells, true, null])
    expect(cells.map(({ id }) => id).sort()).toEqual([...first, ...second].sort())

    const twice = await merge(reportOf(one), reportOf(one))
    expect([twice.code, twice.out, twice.err]).toEqual([2, '', expect.stringContaining('shard 1 is there 2 times')])
  })

  test('more than there are matrices are refused', async () => {
    const { code, out, err } = await shard('1/3')
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(/found 3 shards, expected no more[^\n]*: 2\n/)])
  })

  test('that are not all there are not merged into a success', async () => {
    const third = smallFiles['matrices/comments.matrix.yaml'].replace('matrix: comments', 'matrix: remarks')
    writeFiles(root, { 'matrices/remarks.matrix.yaml': third })
    const some = [await shard('1/3'), await shard('2/3')]
    for (const { code, text } of some) expect(code, text).toBe(0)
    const merged = await merge(...some.map((ended) => reportOf(ended)))
    expect(merged.code, merged.text).toBe(2)
    expect((await evidenceOf(merged)).run.complete).toBe(false)
  })
})
