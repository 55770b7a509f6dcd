import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { canonical } from '../canonical.ts'
import { type CoverageRecord, type CoverageUnit, coverageName, coverageTotals, partlyTried } from '../model/coverage.ts'
import { acceptedName, readAccepted, readAcceptedGaps } from './accepted.ts'
import { coverageChanges } from './coverage-diff.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { htmlReport } from './html/page.ts'
import { manifestSchema, sha256 } from './manifest.ts'
import { mergeEvidence } from './merge.ts'
import { readEvidence } from './read.ts'
import { summary } from './summary.ts'
import { verifyReport } from './verify.ts'
import { writeEvidence } from './write.ts'

const unit = (object: string, command: string, cells: number): CoverageUnit => ({
  id: `${object} › ${command} › anon › either`,
  ...{ object, command, cells, actor: 'anon', side: 'either' },
})

const record = (changes: Partial<CoverageRecord> = {}): CoverageRecord => ({
  schema: 'trespass/coverage@1',
  source: 'database',
  limits: ['whether public channels are allowed'],
  leftOut: [],
  objects: [
    { object: 'table public.notes', kind: 'table', cells: 3 },
    { object: 'bucket <pics>', kind: 'bucket', cells: 0 },
  ],
  units: [
    unit('table public.notes', 'select', 3),
    unit('table public.notes', 'update', 0),
    unit('bucket <pics>', 'download', 0),
  ],
  accepted: [],
  ...changes,
})

const evidence = (coverage = record(), required: readonly string[] = []): Evidence => {
  const cells = [exampleCell()]
  const run = exampleRun(cells, { coverage: coverageTotals(coverage, required) })
  return { run, cells, schema: null, scenarios: [], coverage }
}

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-coverage-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a report with coverage', () => {
  test('is read back as it was written, and verifies', async () => {
    await writeEvidence(root, evidence())
    const folder = join(root, reportFolder(evidence().run))
    expect(await readEvidence(folder)).toEqual(evidence())
    expect((await verifyReport(folder)).problems).toEqual([])
  })

  test('does not verify when run.json counts something else', async () => {
    const given = evidence()
    await writeEvidence(root, {
      ...given,
      run: { ...given.run, coverage: { ...coverageTotals(record(), []), untried: 0 } },
    })
    const { problems } = await verifyReport(join(root, reportFolder(given.run)))
    expect(problems).toEqual(['coverage.json comes to other counts than run.json holds'])
  })

  test('is damaged when its coverage is none', async () => {
    await writeEvidence(root, evidence())
    const folder = join(root, reportFolder(evidence().run))
    const text = '{"schema":"trespass/coverage@1"}\n'
    await writeFile(join(folder, coverageName), text)
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
    const files = manifest.files.map((file) => (file.name === coverageName ? { ...file, sha256: sha256(text) } : file))
    await writeFile(join(folder, 'manifest.json'), `${canonical({ ...manifest, files })}\n`)
    await expect(readEvidence(folder)).rejects.toMatchObject({ code: 'report-damaged' })
  })

  test('without it reads and verifies as before', async () => {
    const { coverage: _, run, ...rest } = evidence()
    const { coverage: __, ...older } = run
    await writeEvidence(root, { run: older, ...rest })
    const folder = join(root, reportFolder(run))
    expect((await verifyReport(folder)).problems).toEqual([])
    expect((await readEvidence(folder)).coverage).toBeUndefined()
  })

  test('lists in the summary the untried objects and the partly tried ones', () => {
    const text = summary(evidence(record(), ['all']))
    expect(text).toContain('## Coverage\n\nReachable and never tried: **1 bucket**.')
    expect(text).toContain('Required are `all`; missing: 2.')
    expect(text).toContain('- `bucket <pics>`')
    expect(text).toContain('table public.notes: no cell tries update')
  })

  test('has a section of the page, with names as text', () => {
    const page = [...htmlReport(evidence(record(), ['all']))].join('')
    expect(page).toContain('<h2 id="coverage">Coverage</h2>')
    expect(page).toContain('bucket &lt;pics&gt;')
    expect(page).toContain('update › anon › either, required')
    expect(page).toContain('Reachable and never tried: 1 of 2 objects. Required and not tried: 2.')
  })
})

describe('two reports', () => {
  test('show the lost coverage, and newly reachable objects that no cell tries', () => {
    const newer = record({
      objects: [...record().objects, { object: 'function public.f', kind: 'function', cells: 0 }],
      units: [unit('table public.notes', 'select', 0), unit('function public.f', 'call', 0)],
    })
    expect(coverageChanges(record(), newer)).toEqual({
      lost: ['table public.notes › select › anon › either'],
      untried: ['function public.f'],
    })
    expect(coverageChanges(newer, record())).toEqual({ lost: [], untried: [] })
  })

  test('contain nothing about an object that is gone or a gap that is accepted', () => {
    const accepted = [{ gap: 'table public.notes › select', owner: 'dana', reason: 'later', until: '2099-01-01' }]
    const newer = record({ units: [unit('table public.notes', 'select', 0)], accepted })
    expect(coverageChanges(record(), newer)).toEqual({ lost: [], untried: [] })
  })
})

test('merged shards count the required coverage of the whole', () => {
  const shard = (number: number, cells: number): Evidence => {
    const coverage = record({ units: [unit('table public.notes', 'update', cells)] })
    const own = [exampleCell({ actor: `actor ${number}` })]
    const run = exampleRun(own, {
      ...{ run: `r-${number}`, shard: `${number}/2`, coverage: coverageTotals(coverage, ['all']) },
    })
    return { run, cells: own, schema: null, scenarios: [], coverage }
  }
  const merged = mergeEvidence([shard(1, 0), shard(2, 2)])
  expect(merged.run.coverage).toMatchObject({ required: ['all'], missing: 0, tried: 1 })
  expect(partlyTried(merged.coverage ?? record())).toEqual([])
})

describe('accepted gaps', () => {
  const entry = '- gap: bucket pics\n  owner: dana\n  reason: public on purpose\n  until: 2026-12-31\n'
  const gap = { gap: 'bucket pics', owner: 'dana', reason: 'public on purpose', until: '2026-12-31' }

  test('stand beside accepted changes and count up to and including their day', async () => {
    const change = '- cell: a › b › c\n  change: opened\n  owner: dana\n  reason: soon\n  until: 2026-12-31\n'
    await writeFile(join(root, acceptedName), entry + change)
    expect(await readAcceptedGaps(root, '2026-12-31')).toEqual({ valid: [gap], expired: [] })
    expect(await readAcceptedGaps(root, '2027-01-01')).toEqual({ valid: [], expired: [gap] })
    expect(await readAccepted(root)).toMatchObject([{ cell: 'a › b › c' }])
  })

  test.each([
    ['an owner that is missing', entry.replace('  owner: dana\n', ''), /0\.owner/],
    ['a day that is none', entry.replace('2026-12-31', 'soon'), /0\.until: a day/],
    ['a change beside a gap', `${entry}  change: opened\n`, /change/],
  ])('%s is refused', async (_, text, why) => {
    await writeFile(join(root, acceptedName), text)
    await expect(readAcceptedGaps(root, '2026-12-31')).rejects.toMatchObject({
      code: 'accepted-broken',
      message: expect.stringMatching(why),
    })
  })
})
