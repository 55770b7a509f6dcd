import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import type { RunRecord } from '../model/record.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { manifestSchema, sha256 } from './manifest.ts'
import { readEvidence } from './read.ts'
import { writeEvidence } from './write.ts'

let workspace = ''
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'trespass-evidence-'))
})
afterEach(() => rm(workspace, { recursive: true, force: true }))

const cells = [
  exampleBreach(),
  exampleCell({ actor: 'carol' }),
  exampleCell({
    actor: 'alice',
    operation: 'list',
    expected: { decision: 'allow', exactly: ['own'], returns: null },
    comparison: { differences: ['status'], meanings: [{ kind: 'done' }, { kind: 'unknown', why: 'a line\u2028end' }] },
  }),
]

function evidenceOf(changes: Partial<RunRecord> = {}): Evidence {
  return {
    run: exampleRun(cells, changes),
    cells,
    schema: [['policy', 'public.documents readers', 'using true']],
    scenarios: [],
  }
}

async function written(changes: Partial<RunRecord> = {}): Promise<string> {
  const evidence = evidenceOf(changes)
  await writeEvidence(workspace, evidence)
  return join(workspace, reportFolder(evidence.run))
}

describe('writing', () => {
  test('gives files and folders to the user alone', async () => {
    const folder = await written()
    const modes = async (paths: readonly string[]) =>
      new Set(await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777)))
    const files = (await readdir(folder)).map((name) => join(folder, name))
    expect([await modes([folder]), await modes(files)]).toEqual([new Set([0o700]), new Set([0o600])])
  })

  test('writes whole reports that read back as they were, cells sorted', async () => {
    const folder = await written()
    expect((await readdir(folder)).sort()).toEqual([
      'cells.jsonl',
      'junit.xml',
      'manifest.json',
      'report.html',
      'results.sarif',
      'run.json',
      'schema.jsonl',
      'summary.md',
    ])
    const ids = ['documents › alice › list', 'documents › carol › rename theirs', 'documents › mallory › rename theirs']
    const back = await readEvidence(folder)
    expect(back.cells.map(({ id }) => id)).toEqual(ids)
    expect(back.run).toEqual(evidenceOf().run)
    expect(back.schema).toEqual(evidenceOf().schema)
    expect(back.cells).toEqual(ids.map((id) => cells.find((cell) => cell.id === id)))
    expect(await readdir(join(workspace, 'reports/staging'))).toEqual(['r20260301-020000'])
  })

  test('lists every file in the manifest', async () => {
    const folder = await written()
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
    expect(manifest.files.map(({ name }) => name)).toEqual([
      'cells.jsonl',
      'junit.xml',
      'report.html',
      'results.sarif',
      'run.json',
      'schema.jsonl',
      'summary.md',
    ])
    for (const { name, ...entry } of manifest.files) {
      const bytes = await readFile(join(folder, name))
      const lines = bytes.toString().split('\n').length - 1
      expect(entry).toEqual({ sha256: sha256(bytes), bytes: bytes.length, lines })
    }
    expect(manifest.previous).toBeNull()
  })

  test('links to the newest older run of the same target, for any names of the folders', async () => {
    const digest = async (folder: string) => sha256(await readFile(join(folder, 'manifest.json')))
    const previous = async (folder: string) =>
      manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).previous
    await written({ run: 'z-oldest', startedAt: '2026-02-01T00:00:00.000Z' })
    const older = await written({ run: 'a-older', startedAt: '2026-02-02T00:00:00.000Z' })
    await written({ run: 'm-newer', startedAt: '2026-04-01T00:00:00.000Z' })
    await written({ run: 'other', target: { alias: 'local', kind: 'local', versions: {} } })
    await mkdir(join(workspace, 'reports/staging/no-report'))
    await mkdir(join(workspace, 'reports/staging/broken'))
    await writeFile(join(workspace, 'reports/staging/broken/manifest.json'), '{"schema"')
    expect(await previous(await written({ startedAt: '2026-03-01T00:00:00.000Z' }))).toBe(await digest(older))
  })

  test('overwrites nothing', async () => {
    const folder = await written()
    const before = await readFile(join(folder, 'manifest.json'))
    await expect(written({ complete: false })).rejects.toMatchObject({
      code: 'evidence-not-written',
      message: expect.stringContaining(
        'reports/staging/r20260301-020000 was not written: a report of this run is there',
      ),
    })
    expect(await readFile(join(folder, 'manifest.json'))).toEqual(before)
  })

  test('clears the files of an interrupted attempt at the same run', async () => {
    await mkdir(join(workspace, 'reports/staging/.r20260301-020000.partial'), { recursive: true })
    await writeFile(join(workspace, 'reports/staging/.r20260301-020000.partial/cells.jsonl'), 'half')
    await readEvidence(await written())
  })

  test('reports a disk error without the absolute path, and leaves nothing', async () => {
    await writeFile(join(workspace, 'reports'), 'a file in the way')
    const error = await written().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'evidence-not-written' })
    expect(String(error)).toMatch(/reports\/staging\/r20260301-020000 was not written: E\w+: [\w ]+$/)
    expect(String(error)).not.toContain(workspace)
  })

  test('leaves nothing when a record cannot be written', async () => {
    const cell = exampleCell()
    const broken = {
      ...cell,
      toJSON: undefined,
      get outcome(): never {
        throw new Error('gone')
      },
    }
    await expect(
      writeEvidence(workspace, { run: exampleRun([cell]), cells: [broken], schema: null, scenarios: [] }),
    ).rejects.toThrow('gone')
    expect(await readdir(join(workspace, 'reports/staging'))).toEqual([])
  })

  test.each(['../out', '', '.hidden', 'a/b'])('refuses %j as the name of a folder', async (run) => {
    await expect(written({ run })).rejects.toMatchObject({ code: 'evidence-not-written' })
  })
})

describe('reading', () => {
  test('refuses a folder that is no report', async () => {
    await expect(readEvidence(join(workspace, 'nothing'))).rejects.toMatchObject({
      code: 'not-a-report',
      message: 'nothing is not a report: manifest.json cannot be read',
    })
  })

  test('names the line that is cut off', async () => {
    const folder = await written()
    const path = join(folder, 'cells.jsonl')
    await truncate(path, (await readFile(path)).length - 20)
    await expect(readEvidence(folder)).rejects.toMatchObject({
      code: 'report-damaged',
      message: 'r20260301-020000/cells.jsonl line 3: it is cut off',
    })
  })

  test('names the line and the member that are not as expected', async () => {
    const folder = await written()
    const path = join(folder, 'cells.jsonl')
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.with(1, (lines[1] ?? '').replace('"verdict":"held"', '"verdict":"fine"')).join('\n'))
    await expect(readEvidence(folder)).rejects.toThrow(/cells\.jsonl line 2: verdict: /)
    await writeFile(path, lines.with(1, '{"id":').join('\n'))
    await expect(readEvidence(folder)).rejects.toThrow('cells.jsonl line 2: it is no JSON')
  })

  test.each(['cells.jsonl', 'summary.md', 'junit.xml'])('notices that %s was changed', async (name) => {
    const folder = await written()
    const path = join(folder, name)
    if (name === 'cells.jsonl') {
      const lines = (await readFile(path, 'utf8')).split('\n')
      await writeFile(path, lines.toSpliced(1, 1).join('\n'))
    } else await appendFile(path, ' ')
    await expect(readEvidence(folder)).rejects.toMatchObject({
      code: 'report-changed',
      message: expect.stringContaining(`/${name} is not what manifest.json says it was`),
    })
  })

  test('refuses a schema that it does not know', async () => {
    const folder = await written()
    const path = join(folder, 'run.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('trespass/run@1', 'trespass/run@2'))
    await expect(readEvidence(folder)).rejects.toMatchObject({
      code: 'report-schema-unknown',
      message: 'r20260301-020000/run.json: found schema "trespass/run@2", expected trespass/run@1',
    })
  })
})
