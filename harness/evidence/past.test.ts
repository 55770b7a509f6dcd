import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import { pastOf } from './past.ts'
import { writeEvidence } from './write.ts'

let workspace = ''
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'trespass-past-'))
})
afterEach(() => rm(workspace, { recursive: true, force: true }))

const held = [exampleCell(), exampleCell({ actor: 'carol' })]

/** Day by day, each a run of its own. */
function evidenceOf(day: number, cells: readonly CellRecord[], changes: Partial<RunRecord> = {}) {
  const two = String(day).padStart(2, '0')
  const run = exampleRun(cells, { run: `r${two}`, startedAt: `2026-03-${two}T02:00:00.000Z`, ...changes })
  return { run, cells, schema: null, scenarios: [] }
}

const stored = (...given: Parameters<typeof evidenceOf>) => writeEvidence(workspace, evidenceOf(...given))
const pastAt = (...given: Parameters<typeof evidenceOf>) => pastOf(workspace, evidenceOf(...given))
const comparedWith = async (...given: Parameters<typeof evidenceOf>) => {
  const { since } = await pastAt(...given)
  return since === null || typeof since === 'string' ? since : since.run.run
}

describe('the runs before', () => {
  it('are none for the first run', async () => {
    expect(await pastAt(1, held)).toEqual({ runs: [], since: null })
  })

  it('are the older ones of the target, the oldest first, without later ones', async () => {
    for (const day of [1, 2, 4]) await stored(day, held)
    expect((await pastAt(3, held)).runs.map(({ run }) => run)).toEqual(['r01', 'r02'])
  })

  it('are compared with the newest that tried everything and opened the same holes', async () => {
    await stored(1, held, { holes: ['x'] })
    await stored(2, held)
    await stored(3, held, { chosen: ['--cell a'] })
    await stored(4, held, { complete: false })
    expect(await comparedWith(5, held)).toBe('r02')
    expect(await comparedWith(5, held, { holes: ['x'] })).toBe('r01')
    expect(await comparedWith(5, held, { holes: ['y'] })).toBe('r02')
    expect(await comparedWith(5, held, { shard: '1/2' })).toBeNull()
  })

  it('of another project are left out', async () => {
    const target = (project: string) => ({ alias: 'staging', kind: 'hosted', project, versions: {} }) as const
    await stored(1, held, { target: target('aa') })
    expect((await pastAt(2, held, { target: target('bb') })).runs).toEqual([])
  })

  it('show the changes; a run of chosen cells has lost none', async () => {
    await stored(1, held)
    const kinds = async (changes: Partial<RunRecord>) => {
      const { since } = await pastAt(2, [exampleBreach()], changes)
      return since === null || typeof since === 'string' ? since : since.changes.map(({ kind }) => kind)
    }
    expect(await kinds({})).toEqual(['opened', 'no-longer-covered'])
    expect(await kinds({ chosen: ['--cell a'] })).toEqual(['opened'])
  })

  it('that were changed on the disk are named, and stop nothing', async () => {
    await stored(1, held)
    await appendFile(join(workspace, 'reports/staging/r01/cells.jsonl'), '{}')
    expect((await pastAt(2, held)).since).toContain('r01/cells.jsonl')
    await appendFile(join(workspace, 'reports/staging/r01/run.json'), '{')
    expect(await pastAt(2, held)).toEqual({ runs: [], since: null })
  })
})
