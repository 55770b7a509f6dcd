import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exampleBreach } from '../../../test/support/example-records.ts'
import { notHeldIn } from '../../evidence/not-held.ts'
import { printCommand } from '../print.ts'
import { cutTo } from './cut.ts'
import { reportToGitHub } from './step.ts'

let folder = ''
let printed = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trespass-github-'))
  await mkdir(join(folder, 'apps', 'api'), { recursive: true })
  await writeFile(join(folder, 'summary.md'), '# All of it\n')
  printed = ''
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text)
      return true
    })
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

const notHeld = notHeldIn({ cells: [exampleBreach()], scenarios: [] })
const told = (environment: Readonly<Record<string, string>>, root = folder) =>
  reportToGitHub({ root, notHeld, report: folder, environment, command: printCommand })
const steps = () => readFile(join(folder, 'step.md'), 'utf8')

describe('a step of GitHub Actions', () => {
  it('gets annotations for the findings, and the summary after its own text', async () => {
    await writeFile(join(folder, 'step.md'), 'before\n')
    await told({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'step.md') })
    expect(printed).toMatch(/^::error file=matrices\/documents[^\n]+\n$/)
    expect(await steps()).toBe('before\n# All of it\n')
  })

  it.each([{}, { GITHUB_ACTIONS: 'false' }])('gets nothing elsewhere: %j', async (environment) => {
    await told({ ...environment, GITHUB_STEP_SUMMARY: join(folder, 'step.md') })
    expect(printed).toBe('')
    await expect(steps()).rejects.toThrow('ENOENT')
  })

  it('gets paths from its own folder outside of a repository', async () => {
    await told({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder }, join(folder, 'apps', 'api'))
    expect(printed).toContain('file=apps/api/matrices/')
  })

  it('gets paths from the root of the repository, wherever that was checked out', async () => {
    await mkdir(join(folder, 'apps', '.git'))
    await told({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder }, join(folder, 'apps', 'api'))
    expect(printed).toContain('file=api/matrices/')
  })

  it('gets a warning if its summary cannot be written', async () => {
    await told({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'none', 'step.md') })
    expect(printed).toContain('trespass: the summary of the step was not written: ENOENT')
  })

  it('gets no more than the size limit', async () => {
    await writeFile(join(folder, 'step.md'), 'x'.repeat(1024 * 1024 - 5))
    await told({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'step.md') })
    expect((await steps()).length).toBe(1024 * 1024 - 5)
  })
})

describe('a summary that is too long', () => {
  const blocks = Array.from({ length: 40 }, (_, n) => `## ${n}\n\n\`\`\`text\nä ${'x'.repeat(20)}\n\`\`\``).join('\n\n')

  it('is cut between two blocks, with a note', () => {
    for (const limit of [200, 333, 701, 702, 703]) {
      const cut = cutTo(Buffer.from(blocks), limit)
      expect(cut.length).toBeLessThanOrEqual(limit)
      const [kept = '', note] = cut.toString().split('\n\n**Cut here**')
      expect(note).toBe(': the rest is in `summary.md` of the report.\n')
      expect(blocks.startsWith(`${kept}\n\n`)).toBe(true)
    }
  })

  it('is left unchanged if it fits', () => {
    expect(cutTo(Buffer.from(blocks), Buffer.byteLength(blocks)).toString()).toBe(blocks)
  })

  it('that is one table ends behind a row', () => {
    const cut = cutTo(Buffer.from(`${'| a | b |\n'.repeat(100)}`), 300).toString()
    expect(cut).toMatch(/^(?:\| a \| b \|\n)+\| a \| b \|\n\n\*\*Cut here/)
  })
})
