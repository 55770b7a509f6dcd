import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { canonical } from '../harness/canonical.ts'
import { arrange } from '../harness/evidence/html/arrange.ts'
import { readEvidence } from '../harness/evidence/read.ts'
import { installedBrowser, startBrowser } from '../test/e2e/browser.ts'
import { drawFinding, findingRecords, pictures } from './finding-picture.ts'

// Makes the pictures of the README from a run of the demo, or from the report of one: `npm run pictures -- REPORT`. It
// needs a Chromium.

const root = new URL('..', import.meta.url).pathname
const file = installedBrowser(process.env)
if (file === null) throw new Error('found no Chromium, expected one on the PATH or in CHROMIUM_BIN')

const report = process.argv[2] ?? (await demoReport())
const { run, cells } = await readEvidence(report)
const notHeld = arrange(cells, run.layout).cells.filter(({ verdict }) => verdict !== 'held')
await writeFile(findingRecords, notHeld.map((cell) => `${canonical(cell)}\n`).join(''))
await writeFile(join(pictures, 'finding.svg'), drawFinding(notHeld))
await drawReport(join(report, 'report.html'), join(pictures, 'report.png'), file)

/** Runs a matrix of the demo with a hole that breaks it. Returns the folder of its report. */
async function demoReport(): Promise<string> {
  const command = ['bin/trespass.js', 'run', '--matrix', 'projects', '--with-hole', 'update-using-true', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root }).catch(endedWithFindings)
  const [, folder] = /"report": "([^"]+)"/.exec(stdout) ?? []
  if (folder === undefined) throw new Error('the run has written no report')
  return join(root, folder)
}

/** A run with findings exits with 1. */
function endedWithFindings(error: unknown): { readonly stdout: string } {
  if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return { stdout: error.stdout }
  throw error
}

async function drawReport(page: string, picture: string, chromium: string): Promise<void> {
  const browser = await startBrowser(chromium)
  try {
    const context = await browser.newContext({ viewport: { width: 1080, height: 720 }, offline: true })
    const shown = await context.newPage()
    await shown.goto(pathToFileURL(page).href)
    await shown.screenshot({ path: picture })
  } finally {
    await browser.close()
  }
}
