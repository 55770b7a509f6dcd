import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleBreach, exampleRun } from '../../test/support/example-records.ts'
import { reportFolder } from './evidence.ts'
import { sha256 } from './manifest.ts'
import { previewPrune, prune } from './prune.ts'
import type { Retention } from './prune-plan.ts'
import { readPruned } from './pruned.ts'
import { verifyReport } from './verify.ts'
import { writeEvidence } from './write.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-prune-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const reports = () => join(root, 'reports', 'staging')
const now = new Date('2026-03-10T12:00:00.000Z')
const nameOf = (day: number) => `r2026030${day}`

async function night(day: number): Promise<string> {
  const cells = [exampleBreach()]
  const run = exampleRun(cells, { run: nameOf(day), startedAt: `2026-03-0${day}T02:00:00.000Z` })
  await writeEvidence(root, { run, cells, schema: null, scenarios: [] })
  return join(root, reportFolder(run))
}

async function nights(count: number): Promise<string[]> {
  const folders: string[] = []
  for (let day = 1; day <= count; day += 1) folders.push(await night(day))
  return folders
}

async function nameInRecord(day: number, alias = 'staging'): Promise<void> {
  await mkdir(join(root, 'supabase/deployments', alias), { recursive: true })
  await writeFile(join(root, 'supabase/deployments', alias, '1_invoices.md'), `tested by ${nameOf(day)}\n`)
}

const keep = (count: number): Retention => ({ keep: count, since: null })

async function pruneTo(retention: Retention): Promise<void> {
  const { removed: going } = await previewPrune(root, 'staging', retention)
  await prune(root, 'staging', going, now)
}

async function goingTo(retention: Retention): Promise<string[]> {
  return (await previewPrune(root, 'staging', retention)).removed.map(({ run }) => run)
}

describe('the reports that a retention removes', () => {
  it('are the oldest beyond a number, beyond an age, and with both those that neither keeps', async () => {
    await nights(5)
    const since = '2026-03-04T00:00:00.000Z'
    expect(await goingTo(keep(3))).toEqual([1, 2].map(nameOf))
    expect(await goingTo({ keep: null, since })).toEqual([1, 2, 3].map(nameOf))
    expect(await goingTo({ keep: 4, since })).toEqual([1].map(nameOf))
  })

  it('is never the newest', async () => {
    await nights(2)
    expect(await goingTo({ keep: null, since: '2027-01-01T00:00:00.000Z' })).toEqual([nameOf(1)])
  })

  it('is nothing that a deployment record names', async () => {
    await nights(5)
    await nameInRecord(2)
    await nameInRecord(4, 'production')
    const { removed: going, named } = await previewPrune(root, 'staging', keep(1))
    expect(going.map(({ run }) => run)).toEqual([1, 3].map(nameOf))
    expect(named.map(({ link, by }) => [link.run, by])).toEqual([
      [nameOf(2), 'supabase/deployments/staging/1_invoices.md'],
      [nameOf(4), 'supabase/deployments/production/1_invoices.md'],
    ])
  })

  it('exclude folders that are no reports, and name them', async () => {
    await nights(2)
    await mkdir(join(reports(), '.r20260302.partial'))
    await mkdir(join(reports(), 'notes'))
    expect((await previewPrune(root, 'staging', keep(1))).noReports).toEqual(['.r20260302.partial', 'notes'])
  })

  it('needs a report', async () => {
    await expect(previewPrune(root, 'staging', keep(1))).rejects.toMatchObject({ code: 'no-report' })
  })

  it('warns when a report before it is missing', async () => {
    const [, second = ''] = await nights(4)
    await rm(second, { recursive: true })
    expect((await previewPrune(root, 'staging', keep(1))).gaps.map(({ run }) => run)).toEqual([nameOf(3)])
    expect((await previewPrune(root, 'staging', keep(2))).gaps).toEqual([])
  })
})

describe('after pruning', () => {
  it('the remaining reports are valid and list the removed ones, and new ones link to them', async () => {
    const folders = await nights(4)
    await pruneTo(keep(2))
    expect((await readdir(reports())).sort()).toEqual(['pruned.json', nameOf(3), nameOf(4)])
    const [third, fourth] = [await verifyReport(folders[2] ?? ''), await verifyReport(folders[3] ?? '')]
    expect([third.problems, fourth.problems, fourth.notes]).toEqual([[], [], []])
    expect(third.notes).toEqual([
      `pruned.json says that 2 older reports were pruned, the newest of them, ${nameOf(2)}, on ${now.toISOString()}`,
    ])
    await pruneTo(keep(1))
    expect((await readPruned(reports())).map(({ run }) => run)).toEqual([1, 2, 3].map(nameOf))
    expect((await verifyReport(await night(5))).problems).toEqual([])
  })

  it('the pruned reports keep their entries in a deployment record', async () => {
    const folders = await nights(4)
    await nameInRecord(2)
    await pruneTo(keep(1))
    const [second, fourth] = [await verifyReport(folders[1] ?? ''), await verifyReport(folders[3] ?? '')]
    expect([second.problems, fourth.problems]).toEqual([[], []])
    expect(fourth.notes).toEqual([
      expect.stringMatching(/that 2 older reports were pruned, the newest of them, [^;]+$/),
    ])
  })

  it('a gap is kept', async () => {
    const [, second = ''] = await nights(4)
    await rm(second, { recursive: true })
    await pruneTo(keep(1))
    const { notes, problems } = await verifyReport(join(reports(), nameOf(4)))
    expect([problems, notes]).toEqual([
      [],
      [expect.stringContaining(`; what came before ${nameOf(3)} was missing already`)],
    ])
  })
})

describe('a report that was removed by hand', () => {
  it('is missed, though others were pruned', async () => {
    const folders = await nights(4)
    await pruneTo(keep(3))
    const digest = sha256(await readFile(join(folders[2] ?? '', 'manifest.json')))
    await rm(folders[2] ?? '', { recursive: true })
    expect((await verifyReport(folders[3] ?? '')).problems).toEqual([
      `the report before this one is missing: its manifest had the digest ${digest}`,
    ])
  })

  it('from the middle is found, although the list calls it pruned', async () => {
    const folders = await nights(4)
    const { removed: going } = await previewPrune(root, 'staging', keep(1))
    await prune(root, 'staging', going.slice(2), now)
    expect((await verifyReport(folders[3] ?? '')).problems).toEqual([
      `pruned.json says that ${nameOf(3)} was pruned, and ${nameOf(1)}, ${nameOf(2)} are older and still here: the oldest are pruned first`,
    ])
  })
})

describe('a list that cannot be read', () => {
  it.each([
    ['{"schema"', 'pruned.json: it is no JSON'],
    ['{"schema":"trespass/pruned@2","reports":[]}', 'pruned.json: found schema "trespass/pruned@2"'],
    ['{"schema":"trespass/pruned@1","reports":[{}]}', 'pruned.json: reports.0.run: '],
  ])('%s is named, and nothing is removed', async (text, problem) => {
    const folders = await nights(2)
    await writeFile(join(reports(), 'pruned.json'), text)
    await expect(previewPrune(root, 'staging', keep(1))).rejects.toThrow(problem)
    expect((await verifyReport(folders[1] ?? '')).problems).toEqual([expect.stringContaining(problem)])
    expect((await verifyReport(await night(3))).evidence.run.run).toBe(nameOf(3))
    expect(await readdir(reports())).toContain(nameOf(1))
  })
})

it('removes none where one cannot be moved', async () => {
  await nights(3)
  const { removed: going } = await previewPrune(root, 'staging', keep(1))
  // A folder that is not empty blocks the second rename.
  await mkdir(join(reports(), `.${nameOf(2)}.partial`, 'in the way'), { recursive: true })
  await expect(prune(root, 'staging', going, now)).rejects.toMatchObject({
    code: 'not-pruned',
    hint: 'Nothing was removed.',
  })
  expect((await readdir(reports())).filter((name) => !name.startsWith('.')).sort()).toEqual([1, 2, 3].map(nameOf))
})
