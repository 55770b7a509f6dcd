import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import type { RunRecord } from '../model/record.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { mergeEvidence, mergeRuns } from './merge.ts'
import { readEvidence } from './read.ts'
import { invariantRecords } from './totals.ts'
import { writeEvidence } from './write.ts'

const matrices = [{ name: 'documents', invariants: { 'DOC-1': 'private' } }]

function shard(number: number, of: number, changes: Partial<RunRecord> = {}): Evidence {
  const cells = [number === 2 ? exampleBreach({ actor: `actor ${number}` }) : exampleCell({ actor: `actor ${number}` })]
  const run = exampleRun(cells, {
    run: `r-${number}`,
    shard: `${number}/${of}`,
    startedAt: `2026-03-01T02:00:0${number}.000Z`,
    finishedAt: `2026-03-01T02:01:0${number}.000Z`,
    invariants: invariantRecords(matrices, cells),
    cleanup: { made: 10 * number, swept: 10 * number - 1, left: [`row ${number}`] },
    ...changes,
  })
  return { run, cells, schema: null, scenarios: [] }
}

test('merge makes one run of its shards, in any order of the arguments', () => {
  const { run, cells } = mergeEvidence([shard(3, 3), shard(1, 3), shard(2, 3)])
  expect(cells.map(({ actor }) => actor)).toEqual(['actor 1', 'actor 2', 'actor 3'])
  expect(run).toMatchObject({
    run: 'r-1-merged',
    startedAt: '2026-03-01T02:00:01.000Z',
    finishedAt: '2026-03-01T02:01:03.000Z',
    complete: true,
    shard: null,
    totals: { held: 2, breach: 1 },
    cleanup: { made: 60, swept: 57, left: ['row 1', 'row 2', 'row 3'] },
  })
  expect(run.invariants).toMatchObject([{ id: 'DOC-1', verdict: 'breach', cells: { length: 3 } }])
})

test('is not complete when a shard is missing or was interrupted', () => {
  expect(mergeEvidence([shard(1, 3), shard(3, 3)]).run.complete).toBe(false)
  expect(mergeEvidence([shard(1, 2), shard(2, 2, { complete: false })]).run.complete).toBe(false)
})

test.each<[string, Partial<RunRecord>]>([
  ['digest of the project', { target: { alias: 'staging', kind: 'hosted', project: 'bb', versions: {} } }],
  ['target', { target: { alias: 'other', kind: 'hosted', versions: {} } }],
  ['version of Trespass', { tool: { name: 'trespass', version: '0.2.0', node: '20' } }],
  ['Git revision', { git: { revision: 'fffffff', dirty: false } }],
  ['uncommitted changes', { git: { revision: '0123abc', dirty: true } }],
  ['schema fingerprint', { schemaFingerprint: 'ee' }],
  ['holes', { holes: ['rls-off'] }],
  ['number of shards', { shard: '2/4' }],
  ['the file matrices/documents.matrix.yaml', { files: [{ file: 'matrices/documents.matrix.yaml', sha256: 'bb' }] }],
  ['the file matrices/documents.matrix.yaml', { files: [] }],
  ['is no shard: found null', { shard: null }],
  ['is no shard: found "4/3"', { shard: '4/3' }],
  ['shard 1 is there 2 times', { shard: '1/3' }],
])('refuses reports that differ: %s', (what, changes) => {
  expect(() => mergeEvidence([shard(1, 3), shard(2, 3, changes)])).toThrow(
    expect.objectContaining({ code: 'shards-differ', message: expect.stringContaining(what) }),
  )
})

test('refuses a cell that two shards tried, and nothing at all', () => {
  const twice = { ...shard(2, 2), cells: shard(1, 2).cells }
  expect(() => mergeEvidence([shard(1, 2), twice])).toThrow(expect.objectContaining({ code: 'duplicate-cell' }))
  expect(() => mergeEvidence([])).toThrow('found no report to merge')
})

test('merge reads reports and writes a valid report', async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'trespass-merge-'))
  try {
    const shards = [shard(1, 2), shard(2, 2)]
    for (const part of shards) await writeEvidence(workspace, part)
    const merged = await mergeRuns(shards.map(({ run }) => join(workspace, reportFolder(run))))
    await writeEvidence(workspace, merged)
    expect(await readEvidence(join(workspace, reportFolder(merged.run)))).toEqual(merged)
  } finally {
    await rm(workspace, { recursive: true })
  }
})
