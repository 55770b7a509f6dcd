import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { byId } from '../harness/canonical.ts'
import { htmlReport } from '../harness/evidence/html/page.ts'
import { installedBrowser, startBrowser } from '../test/e2e/browser.ts'
import { exampleBreach, exampleCell, exampleRun } from '../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../test/support/example-scenarios.ts'

const actors = 20
const operations = 25

/** The waiting times of a reader, in milliseconds. */
export interface PageCosts {
  readonly megabytes: number
  /** From the navigation until the page has loaded and can be used. */
  readonly opened: number
  /** From a click on a cell until its details are shown. */
  readonly told: number
  /** From the choice of a filter until only matching cells are shown. */
  readonly filtered: number
}

/** @returns the waiting times in a browser for a report with this many cells; null without a browser. */
export async function pageRun(cells: number): Promise<PageCosts | null> {
  const file = installedBrowser(process.env)
  if (file === null) return null
  const folder = await mkdtemp(join(tmpdir(), 'trespass-bench-page-'))
  const browser = await startBrowser(file)
  try {
    const text = reportOf(cells)
    const report = join(folder, 'report.html')
    await writeFile(report, text)
    const page = await browser.newPage()
    const start = performance.now()
    await page.goto(pathToFileURL(report).href)
    const opened = performance.now() - start
    const clicking = performance.now()
    await page.locator('.matrix a').first().click()
    await page.getByRole('dialog').waitFor()
    const told = performance.now() - clicking
    await page.keyboard.press('Escape')
    const filtering = performance.now()
    await page.getByRole('combobox', { name: 'Actor' }).selectOption('actor 7')
    await page.locator('output', { hasText: `of ${cells} cells` }).waitFor()
    return { megabytes: text.length / 1024 / 1024, opened, told, filtered: performance.now() - filtering }
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function reportOf(count: number): string {
  const cells = byId(
    Array.from({ length: count }, (_, n) => {
      const matrix = `matrix ${Math.floor(n / actors / operations)}`
      const changes = {
        matrix,
        actor: `actor ${n % actors}`,
        operation: `operation ${Math.floor(n / actors) % operations}`,
      }
      return n % 500 === 0 ? exampleBreach(changes) : exampleCell(changes)
    }),
  )
  const scenarios = Array.from({ length: 20 }, (_, n) =>
    n === 0 ? exampleRace({ id: 'scenario 0' }) : exampleScenario({ id: `scenario ${n}` }),
  )
  return [...htmlReport({ run: exampleRun(cells), cells, scenarios })].join('')
}
