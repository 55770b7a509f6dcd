import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { canonical } from '../canonical.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { findReport, newestReport } from './find-report.ts'
import { manifestSchema, sha256 } from './manifest.ts'
import { verifyReport } from './verify.ts'
import { writeEvidence } from './write.ts'

let workspace = ''
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'trespass-verify-'))
})
afterEach(() => rm(workspace, { recursive: true, force: true }))

const honest = [exampleBreach(), exampleCell({ actor: 'carol' })]

async function written(cells: readonly CellRecord[] = honest, changes: Partial<RunRecord> = {}): Promise<string> {
  const evidence: Evidence = { run: exampleRun(cells, changes), cells, schema: null, scenarios: [] }
  await writeEvidence(workspace, evidence)
  return join(workspace, reportFolder(evidence.run))
}

const night = (day: number): Partial<RunRecord> => ({
  run: `r2026030${day}-020000`,
  startedAt: `2026-03-0${day}T02:00:00.000Z`,
})

async function problemsOf(folder: string): Promise<readonly string[]> {
  return (await verifyReport(folder)).problems
}

/** Forges a report as an attacker that knows the format of a manifest: changes a file, and the manifest with it. */
async function forge(folder: string, name: string, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(join(folder, name), 'utf8'))
  await writeFile(join(folder, name), text)
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
  const files = manifest.files.map((file) =>
    file.name === name
      ? { name, sha256: sha256(text), bytes: Buffer.byteLength(text), lines: text.split('\n').length - 1 }
      : file,
  )
  await writeFile(join(folder, 'manifest.json'), `${canonical({ ...manifest, files })}\n`)
}

describe('an unchanged report', () => {
  it('is sound, and its digest is that of its manifest', async () => {
    const folder = await written()
    const { problems, digest, evidence } = await verifyReport(folder)
    expect(problems).toEqual([])
    expect(digest).toBe(sha256(await readFile(join(folder, 'manifest.json'))))
    expect(evidence.cells).toHaveLength(2)
  })

  it('may contain cells that were not judged', async () => {
    const failed = exampleCell({ verdict: 'error', denial: null, outcome: null, effect: null, control: null })
    const undecided = exampleCell({
      actor: 'dora',
      verdict: 'undecided',
      denial: null,
      expected: { decision: 'missing' },
      outcome: null,
      effect: null,
      control: null,
    })
    expect(await problemsOf(await written([failed, undecided]))).toEqual([])
  })

  it('may contain undecided cells with their observations, which are no part of the verdict', async () => {
    const expected = { decision: 'define' } as const
    const tried = exampleCell({
      verdict: 'undecided',
      denial: null,
      expected,
      observed: { kind: 'refused', layer: 'rls' },
    })
    expect(await problemsOf(await written([tried]))).toEqual([])
    const held = exampleCell({ expected, observed: { kind: 'refused', layer: 'rls' } })
    expect(await problemsOf(await written([held], night(2)))).toEqual([expect.stringContaining('comes to undecided')])
  })

  it('is the link to the report before it', async () => {
    await written(honest, night(1))
    expect(await problemsOf(await written(honest, night(2)))).toEqual([])
  })

  it('is the link to a shard, also when a merged report was put beside that later', async () => {
    await written(honest, { ...night(1), shard: '1/2' })
    const second = await written(honest, { ...night(2), shard: '2/2' })
    await written(honest, { ...night(1), run: `${night(1).run}-merged` })
    expect(await problemsOf(second)).toEqual([])
    expect(await problemsOf(await written(honest, night(3)))).toEqual([])
  })

  it('names where its target was another project before', async () => {
    const on = (project: string) => ({ target: { alias: 'staging', kind: 'hosted', project, versions: {} } as const })
    await written(honest, { ...night(1), ...on('aa') })
    expect(await verifyReport(await written(honest, { ...night(2), ...on('bb') }))).toMatchObject({
      problems: [],
      notes: ['staging was another project in r20260301-020000, the report before this one'],
    })
    expect(await verifyReport(await written(honest, { ...night(3), ...on('bb') }))).toMatchObject({ notes: [] })
  })
})

describe('a report that was changed afterwards', () => {
  it('by a byte of a file', async () => {
    const folder = await written()
    await appendFile(join(folder, 'summary.md'), ' ')
    const size = (await readFile(join(folder, 'summary.md'))).length
    expect(await problemsOf(folder)).toEqual([
      `summary.md was changed after it was written: it has ${size} bytes, not ${size - 1}`,
    ])
  })

  it('by a file more, and a file less', async () => {
    const folder = await written()
    await rm(join(folder, 'junit.xml'))
    await writeFile(join(folder, 'notes.txt'), '')
    expect(await problemsOf(folder)).toEqual([
      'junit.xml is missing',
      'notes.txt lies in the report and manifest.json does not name it',
    ])
  })

  it('by a line that was removed, with a manifest to match', async () => {
    const folder = await written()
    await forge(folder, 'cells.jsonl', (text) => text.replace(/^.*mallory.*\n/m, ''))
    expect(await problemsOf(folder)).toEqual(['cells.jsonl holds other verdicts than run.json counts: 1 and 2'])
  })

  it('by a verdict that does not follow, with counts and a manifest to match', async () => {
    const folder = await written()
    await forge(folder, 'cells.jsonl', (text) => text.replace('"verdict":"breach"', '"verdict":"held"'))
    await forge(folder, 'run.json', (text) => text.replace('"breach":1', '"breach":0').replace('"held":1', '"held":2'))
    expect(await problemsOf(folder)).toEqual([
      'documents › mallory › rename theirs: the record says held, and what was recorded comes to breach',
    ])
  })

  it('by an order that is not the canonical one', async () => {
    const folder = await written()
    await forge(folder, 'cells.jsonl', (text) => `${text.trimEnd().split('\n').reverse().join('\n')}\n`)
    expect(await problemsOf(folder)).toEqual(['cells.jsonl is not in its canonical form'])
  })

  it('by proofs that are not there', async () => {
    const sentence = 'Only the owner renames.'
    const proof = { id: 'DOC-1', matrix: 'documents', sentence, cells: ['documents › nobody › x'], verdict: 'held' }
    const folder = await written(honest, { invariants: [{ ...proof, verdict: 'held' }] })
    expect(await problemsOf(folder)).toEqual([
      'DOC-1 (documents) is proven by what is not there: documents › nobody › x',
    ])
  })
})

describe('nights', () => {
  it('a removed one is missed by the one after it', async () => {
    const first = await written(honest, night(1))
    const digest = sha256(await readFile(join(first, 'manifest.json')))
    const second = await written(honest, night(2))
    await rm(first, { recursive: true })
    expect(await problemsOf(second)).toEqual([
      `the report before this one is missing: its manifest had the digest ${digest}`,
    ])
  })

  it('one that was put in later is found by the one after it', async () => {
    await written(honest, night(1))
    const third = await written(honest, night(3))
    await written(honest, night(2))
    expect(await problemsOf(third)).toEqual(['a report was put between this one and the one before it'])
  })
})

describe('finding a report', () => {
  it('by its folder, by its run, and the newest one', async () => {
    const first = await written(honest, night(1))
    const second = await written(honest, night(2))
    expect(await findReport(workspace, first)).toBe(first)
    expect(await findReport(workspace, 'r20260301-020000')).toBe(first)
    expect(await newestReport(workspace)).toBe(second)
  })

  it('fails for a folder that does not exist and for a workspace without reports', async () => {
    await expect(findReport(workspace, 'r1')).rejects.toMatchObject({ code: 'not-a-report' })
    await expect(newestReport(workspace)).rejects.toMatchObject({ code: 'no-report' })
  })
})
