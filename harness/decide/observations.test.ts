import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { attemptsDigest } from '../evidence/attempts-digest.ts'
import { writeEvidence } from '../evidence/write.ts'
import type { Matrix } from '../model/matrix.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import { observationsOf, type ReportCriteria } from './observations.ts'
import { replaceMatrix } from './write-matrix.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-decide-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

function matrixOf(text: string): Matrix {
  const { result } = readMatrixText(text)
  if (result === undefined) throw new Error('the matrix of the test is wrong')
  return result.matrix
}

const matrix = matrixOf(matrixText({ expect: 'expect: { alice: { "*": define }, "*": { "*": deny } }' }))
const { file } = matrix

const observed = (operation: string, changes: Partial<CellRecord> = {}) =>
  exampleCell({
    actor: 'alice',
    operation,
    verdict: 'undecided',
    denial: null,
    expected: { decision: 'define' },
    observed: { kind: 'refused', layer: 'rls' },
    ...changes,
  })

const all = [observed('read own'), observed('rename own'), exampleCell({ actor: 'bob', operation: 'read own' })]
const files: RunRecord['files'] = [
  { file: 'matrices/actors.yaml', sha256: 'aa' },
  { file, sha256: 'bb', attempts: attemptsDigest(matrix) },
]

const report = (day: number, cells: readonly CellRecord[] = all, changes: Partial<RunRecord> = {}) => {
  const startedAt = `2026-03-0${day}T02:00:00.000Z`
  const run = exampleRun(cells, { run: `night-${day}`, startedAt, finishedAt: startedAt, files, ...changes })
  return writeEvidence(root, { run, cells, schema: null, scenarios: [] })
}

const find = (changes: Partial<ReportCriteria> = {}) =>
  observationsOf({
    root,
    alias: 'staging',
    matrix,
    files: [{ file: 'matrices/actors.yaml', sha256: 'aa' }],
    ...changes,
  })

describe('the report that shows the undecided cells', () => {
  it('is the newest one of the target', async () => {
    await report(1)
    await report(2)
    const { run, cells } = await find()
    expect(run.run).toBe('night-2')
    expect([...cells.keys()]).toEqual(['documents › alice › read own', 'documents › alice › rename own'])
  })

  it('may be older than the expectations, and shows the cells that are still undecided', async () => {
    await report(1)
    const later = matrixOf(
      matrixText({ expect: 'expect: { alice: { read own: allow, "*": define }, "*": { "*": deny } }' }),
    )
    const { cells } = await find({ matrix: later })
    expect([...cells.keys()]).toEqual(['documents › alice › rename own'])
  })

  it('shows all of them rather than some', async () => {
    await report(1)
    await report(2, [observed('read own')], { chosen: ['--cell x'] })
    expect((await find()).run.run).toBe('night-1')
    await report(3, [observed('read own')])
    await rm(join(root, 'reports/staging/night-1'), { recursive: true })
    expect((await find()).run.run).toBe('night-3')
  })

  const other = attemptsDigest(matrixOf(matrixText({ operations: 'operations: { read own: { select: theirs } }' })))
  it.each<[string, readonly CellRecord[], Partial<RunRecord>, string]>([
    ['with holes', all, { holes: ['rls-off'] }, 'was made with holes opened on purpose: rls-off'],
    ['with the grants of before', all, { oldDefaultGrants: true }, 'was made with --old-default-grants'],
    ['without the matrix', all, { files: [] }, `did not try ${file}`],
    [
      'of other attempts',
      all,
      { files: [{ file, sha256: 'bb', attempts: other }] },
      `was made before ${file} was changed`,
    ],
    ['of a version that did not say', all, { files: [{ file, sha256: 'bb' }] }, `was made before ${file} was changed`],
    [
      'of other actors',
      all,
      { files: [{ file: 'matrices/actors.yaml', sha256: 'cc' }, ...files.slice(1)] },
      'was made before matrices/actors.yaml was changed',
    ],
    [
      'that tried no undecided cell',
      all.map(({ observed: _, ...cell }) => cell),
      {},
      'tried no undecided cell of documents',
    ],
  ])('is not one %s', async (_, cells, changes, why) => {
    await report(1, cells, changes)
    await expect(find()).rejects.toMatchObject({
      code: 'no-observations',
      hint: 'Run `trespass run --target staging --matrix "documents.matrix.yaml"` first.',
    })
    await expect(find({ report: 'night-1' })).rejects.toThrow(`found the report night-1, which ${why}`)
  })

  it('is of the target that is meant, also where it is named', async () => {
    await report(1)
    await expect(find({ alias: 'sandbox', report: 'night-1' })).rejects.toThrow(
      'is about staging and not about sandbox',
    )
  })

  it('is refused where it was changed', async () => {
    await report(1)
    const path = join(root, 'reports/staging/night-1/cells.jsonl')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"rls"', '"grant"'))
    await expect(find()).rejects.toMatchObject({ code: 'report-changed' })
  })
})

describe('the digest of the attempts of a matrix', () => {
  const digest = (changes: Parameters<typeof matrixText>[0]) => attemptsDigest(matrixOf(matrixText(changes)))
  const usual = digest({})

  it('does not depend on the expectations, nor on the lines', () => {
    expect(digest({ expect: '\n# later\n\nexpect: { "*": { "*": define } }' })).toBe(usual)
    expect(digest({ matrix: '# first\nmatrix: documents' })).toBe(usual)
  })

  it.each<[string, Parameters<typeof matrixText>[0]]>([
    ['the resource', { resource: 'resource: { table: public.notes }' }],
    ['a fixture', { fixtures: 'fixtures: { own: { owner_id: $actor.id, title: yours } }' }],
    ['an operation', { operations: 'operations: { read own: { select: own }, rename own: { delete: own } }' }],
    ['the name', { matrix: 'matrix: papers' }],
  ])('depends on %s', (_, changes) => {
    expect(digest(changes)).not.toBe(usual)
  })
})

describe('the file of a matrix', () => {
  it('is replaced whole, with its permissions, behind a link too', async () => {
    const [path, link] = [join(root, 'real.yaml'), join(root, 'link.yaml')]
    await writeFile(path, 'before', { mode: 0o600 })
    await chmod(path, 0o664)
    await symlink(path, link)
    await replaceMatrix(link, 'before', 'after')
    expect(await readFile(path, 'utf8')).toBe('after')
    expect((await stat(path)).mode & 0o777).toBe(0o664)
    expect((await readdir(root)).sort()).toEqual(['link.yaml', 'real.yaml'])
  })

  it('stays as it is where it changed meanwhile', async () => {
    const path = join(root, 'matrix.yaml')
    await writeFile(path, 'edited by hand')
    await expect(replaceMatrix(path, 'before', 'after')).rejects.toMatchObject({ code: 'matrix-changed' })
    expect(await readFile(path, 'utf8')).toBe('edited by hand')
    expect(await readdir(root)).toEqual(['matrix.yaml'])
  })
})
