import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { evidenceOf, filesBelow, keptFiles, notHeld, reportFiles, reportOf } from './report.ts'
import { expectNoSecret } from './secrets.ts'
import { type Ended, patience, repository, trespass } from './support.ts'

const root = demoWorkspace()
let ended: Ended

beforeAll(async () => {
  ended = await trespass(['run', '--workspace', root])
}, patience)

const matrices = readdirSync(join(repository, 'matrices')).filter((name) => name.includes('.matrix.'))

describe('the demo', () => {
  test('holds in every cell, and prints so', async () => {
    expect(ended.code, ended.text).toBe(0)
    const { run, cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual([])
    expect(cells.length).toBeGreaterThan(2000)
    expect(run).toMatchObject({ complete: true, target: { alias: 'sandbox', kind: 'sandbox' }, holes: [], shard: null })
    const count = cells.length.toLocaleString('en-US')
    expect(ended.out).toContain(`${count} cells: ${count} held`)
    expect(ended.out).toMatch(/exit 0: all held\n$/)
  })

  test('prints a line for every matrix that held, and a hundred lines in all', async () => {
    const { cells } = await evidenceOf(ended)
    const names = new Set(cells.map(({ matrix }) => matrix))
    expect(names.size).toBe(matrices.length)
    for (const name of names)
      expect(ended.out).toMatch(new RegExp(`^ {2}[✓+] ${name} +\\d+ cells {2}\\w+ [\\w.*-]+$`, 'm'))
    expect(ended.text.trimEnd().split('\n').length).toBeLessThanOrEqual(100)
  })

  test('shows progress while it runs', () => {
    expect(ended.err).toMatch(/starting PostgreSQL[\s\S]*signing the actors in[\s\S]*100%[\s\S]*sweeping/)
  })

  test('writes a whole report with a first line that names the sandbox', () => {
    const files = filesBelow(reportOf(ended))
    expect(Object.keys(files)).toEqual(reportFiles)
    expect(files['summary.md']?.split('\n')[0]).toMatch(/sandbox/)
    expect(files['junit.xml']).toMatch(/<testsuites [^>]*failures="0"/)
  })

  test('sweeps all that it made, and leaves no journal', async () => {
    const { run } = await evidenceOf(ended)
    expect(run.cleanup).toEqual({ made: run.cleanup.swept, swept: run.cleanup.swept, left: [] })
    expect(run.cleanup.made).toBeGreaterThan(1000)
    expect(keptFiles(root)).toEqual([])
  })

  test('leaves no secret in its output and its files', () => {
    expectNoSecret({ ...filesBelow(reportOf(ended)), stdout: ended.out, stderr: ended.err })
  })
})
