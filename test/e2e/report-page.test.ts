import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import { byId } from '../../harness/canonical.ts'
import { htmlReport } from '../../harness/evidence/html/page.ts'
import { exampleBreach, exampleCell, exampleRun } from '../support/example-records.ts'
import { exampleRace, exampleScenario } from '../support/example-scenarios.ts'
import { installedBrowser, startBrowser } from './browser.ts'

/** The page itself is tested without a browser in harness/evidence/html/page.test.ts. */
const file = installedBrowser(process.env)
if (file === null) {
  process.stderr.write(
    'report-page.test.ts: found no Chromium, so nobody looks at the page; name one in CHROMIUM_BIN\n',
  )
}

const cells = byId([
  exampleCell(),
  exampleCell({ actor: 'alice', expected: { decision: 'allow' }, path: 'rpc' }),
  exampleBreach({ actor: 'eve' }),
  exampleCell({ actor: 'zoe', operation: 'list', verdict: 'inconclusive', because: 'the control failed' }),
  ...Array.from({ length: 30 }, (_, n) =>
    exampleCell({ matrix: 'wide', operation: `operation ${n} of a wide matrix` }),
  ),
])
const scenarios = [
  exampleScenario({ id: 'kept' }),
  exampleRace({ because: `It was in ${'a-very-long-path/'.repeat(9)}.` }),
]

let folder = ''
let browser: Browser | null = null
let page: Page
/** The errors of the page, and its requests for other resources. */
let complaints: string[] = []

async function open(hash = '', options: BrowserContextOptions = {}): Promise<void> {
  if (browser === null) throw new Error('there is no browser')
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options })
  page = await context.newPage()
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(`${pathToFileURL(join(folder, 'report.html'))}${hash}`)
}

const headings = () => page.locator('article.finding:visible h3').allInnerTexts()
const signs = () => page.locator('.matrix td:not(.out) a:visible').allInnerTexts()
const dialog = () => page.getByRole('dialog')
const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
const focused = () => page.locator(':focus')
const contrasts = readFileSync(new URL('./contrasts.js', import.meta.url), 'utf8')

test('a machine without a browser skips the tests with a message', () => {
  expect(installedBrowser({ PATH: tmpdir(), CHROMIUM_BIN: '/opt/chrome' })).toBe('/opt/chrome')
  expect(installedBrowser({ ...process.env, CHROMIUM_BIN: '' })).toBe(installedBrowser({ PATH: process.env.PATH }))
})

describe.runIf(file !== null)('report.html in a browser', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trespass-page-'))
    const run = exampleRun(cells, {
      invariants: [{ id: 'PLACE-1', matrix: 'kept', sentence: 'Nobody gets two.', cells: ['kept'], verdict: 'held' }],
    })
    writeFileSync(join(folder, 'report.html'), [...htmlReport({ run, cells, scenarios })].join(''))
    browser = await startBrowser(file ?? '')
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await page.context().close()
    const said = complaints
    complaints = []
    expect(said).toEqual([])
  })

  it('begins with the failures', async () => {
    await open()
    expect(await page.locator('h1').textContent()).toBe('1 of 34 cells and 1 of 2 scenarios need a decision')
    expect(await page.locator('h2').allInnerTexts()).toEqual([
      'What did not hold',
      'Matrices',
      'Scenarios',
      'Invariants',
      'What was run',
    ])
    expect(await headings()).toEqual([
      '✗ breach: documents › eve › rename theirs',
      '✗ breach: one place each scenario',
      '~ inconclusive: documents › zoe › list',
    ])
  })

  it('shows a sign for every cell, each with a name of its own', async () => {
    await open()
    expect((await signs()).slice(0, 4)).toEqual(['✓', '✗', '–', '~'])
    await page.getByRole('link', { name: 'eve, rename theirs: breach: a denial was expected, it happened' }).click()
    expect(await dialog().textContent()).toContain('✗ breach: documents › eve › rename theirs')
  })

  it.each([
    ['Actor', 'zoe', ['~'], ['~ inconclusive: documents › zoe › list'], '1 of 34 cells, 0 of 2 scenarios'],
    ['Path', 'rpc', ['✓'], ['✗ breach: one place each scenario'], '1 of 34 cells, 2 of 2 scenarios'],
    [
      'Verdict',
      'breach',
      ['✗'],
      ['✗ breach: documents › eve › rename theirs', '✗ breach: one place each scenario'],
      '1 of 34 cells, 1 of 2 scenarios',
    ],
  ])('is filtered by %s', async (label, value, shown, found, counted) => {
    await open()
    await page.getByRole('combobox', { name: label }).selectOption(value)
    expect([await signs(), await headings()]).toEqual([shown, found])
    expect(await page.locator('output').textContent()).toBe(counted)
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(async () => (await headings()).length).toBe(3)
  })

  it('is filtered by text, and the address leads to the same', async () => {
    await open()
    await page.getByRole('searchbox', { name: 'Text' }).fill('kept alice')
    expect(await headings()).toEqual([])
    expect(await page.locator('details.scenario:visible summary b').first().textContent()).toBe('kept')
    const hash = new URL(page.url()).hash
    await page.context().close()
    await open(hash)
    expect(await page.getByRole('searchbox', { name: 'Text' }).inputValue()).toBe('kept alice')
    expect(await page.locator('details.scenario:visible').count()).toBe(1)
  })

  it('opens a cell by the keyboard, and leaves it again where it was', async () => {
    await open()
    const name = 'documents › eve › rename theirs'
    for (let n = 0; n < 20 && (n === 0 || (await focused().textContent()) !== name); n++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog().waitFor()
    expect(new URL(page.url()).hash).toContain('cell=documents')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    expect(await focused().textContent()).toBe(name)
    await expect.poll(() => new URL(page.url()).hash).not.toContain('cell=')
  })

  it('opens the cell that a shared link names', async () => {
    await open(`#cell=${encodeURIComponent('documents › zoe › list')}`)
    expect(await dialog().textContent()).toContain('the control failed')
  })

  it('shows the verdict first, also on a phone, when a link leads to a cell', async () => {
    await open(`#cell=${encodeURIComponent('documents › zoe › list')}`, { viewport: { width: 390, height: 500 } })
    const title = page.getByRole('heading', { name: 'inconclusive: documents › zoe › list' }).last()
    await expect.poll(async () => (await title.boundingBox())?.y ?? 999).toBeLessThan(120)
    expect(await focused().textContent()).toContain('inconclusive')
  })

  it.each([
    ['#cell=documents+%E2%80%BA+nobody', 'a cell that is not in this report: documents › nobody'],
    ['#scenario=none', 'a scenario that is not in this report: none'],
    ['#scenario=kept&event=1.99', 'an operation that is not shown in this report: 1.99'],
    ['#matrix=none', 'a matrix that is not in this report: none'],
    ['#actor=nobody', 'filters by actor nobody'],
    ['#nowhere', 'leads to nothing in this report: #nowhere'],
  ])('shows a message for the link %s, which leads nowhere', async (hash, told) => {
    await open(hash)
    const notice = page.getByRole('status').filter({ hasText: 'The link' })
    await expect.poll(() => notice.textContent()).toContain(told)
    expect(await page.evaluate('scrollY')).toBe(0)
    expect(await dialog().count()).toBe(0)
  })

  it('goes from cell to cell, among those that the filter shows', async () => {
    await open()
    await page.getByRole('searchbox', { name: 'Text' }).fill('theirs')
    await page.getByRole('link', { name: 'documents › eve › rename theirs' }).click()
    const id = async () => (await dialog().getByRole('heading', { level: 2 }).textContent())?.replace(/^.*?: /, '')
    const seen = [await id()]
    while (await dialog().getByRole('button', { name: 'Next' }).isEnabled()) {
      await dialog().getByRole('button', { name: 'Next' }).click()
      await expect.poll(id).not.toBe(seen.at(-1))
      seen.push(await id())
    }
    expect(seen).toEqual(['documents › eve › rename theirs', 'documents › mallory › rename theirs'])
    await dialog().getByRole('button', { name: 'Previous' }).click()
    await expect.poll(id).toBe('documents › eve › rename theirs')
  })

  it('copies the command that tries a cell again', async () => {
    await open('', { permissions: ['clipboard-read', 'clipboard-write'] })
    const finding = page.locator('article', { hasText: 'documents › eve › rename theirs' })
    await finding.getByRole('button', { name: 'Copy' }).click()
    await finding.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'npx trespass run --target staging --cell "documents › eve › rename theirs"',
    )
  })

  it('hides everything that does not fit the filter, and the parts about the whole run', async () => {
    await open()
    const sections = () => page.locator('main section:visible > h2').allInnerTexts()
    await page.getByRole('combobox', { name: 'Actor' }).selectOption('zoe')
    expect(await sections()).toEqual(['What did not hold', 'Matrices'])
    expect(await page.locator('nav li:visible').allInnerTexts()).toEqual(['What did not hold', 'Matrices'])
    expect(await page.locator('[aria-label="Matrices"] li:visible a').allInnerTexts()).toEqual(['documents'])
    await page.getByRole('combobox', { name: 'Actor' }).selectOption('alice')
    expect(await sections()).toEqual(['What did not hold', 'Matrices', 'Scenarios', 'Invariants'])
  })

  it('draws a scenario, and shows an operation on request', async () => {
    await open()
    const race = page.locator('details.scenario', { hasText: 'one place each' })
    const told = race.locator('details.round', { hasText: 'Round 2, which decides the verdict' })
    expect(await told.locator('.lane .who').allInnerTexts()).toEqual(['outside', 'alice', 'bob', ''])
    const boxes = await told.locator('.box rect').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().x))
    expect(boxes[0]).toBeLessThan(boxes[1] ?? 0)
    await told.getByRole('link', { name: 'bob, claim: answered 204, 0.030 s to 0.098 s' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => dialog().textContent()).toContain('POST /rest/v1/rpc/claim_place')
    expect(new URL(page.url()).hash).toBe('#scenario=one+place+each&event=2.1')
  })

  it('lists the events in a table, too', async () => {
    await open()
    const round = page.locator('details.round', { hasText: 'Round 2, which decides the verdict' })
    await round.getByText('What happened, in order').first().click()
    const rows = await round.getByRole('row').allInnerTexts()
    expect(rows.slice(0, 2)).toEqual(['at\twho\twhat', '0.015 s\toutside\tthe gate closes, locked: course'])
  })

  it('opens the scenario that a shared link or an invariant names', async () => {
    await open('#scenario=kept')
    const opened = page.locator('details.scenario[open]', { hasText: 'kept' })
    expect(await focused().textContent()).toContain('kept held')
    await focused().click()
    await opened.waitFor({ state: 'hidden' })
    await page.goto(page.url().replace(/#.*/, '#'))
    await page.getByRole('region', { name: 'Invariants', exact: true }).getByRole('link', { name: 'kept' }).click()
    await opened.waitFor()
  })

  it('fits a phone', async () => {
    await open('', { viewport: { width: 390, height: 800 } })
    expect(await overflow()).toBe(0)
    await page.getByRole('link', { name: 'documents › eve › rename theirs' }).click()
    const box = await dialog().boundingBox()
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390)
  })

  it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    await open('', { colorScheme })
    const contrast = await page.evaluate<{ text: string; ratio: number }[]>(contrasts)
    expect(contrast.filter(({ ratio }) => ratio < 4.5)).toEqual([])
    expect(contrast.length).toBeGreaterThan(20)
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)')
  })

  it('prints the findings and the summary alone', async () => {
    await open('', { viewport: { width: 1280, height: 900 } })
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('search').isVisible()).toBe(false)
    expect(await headings()).toHaveLength(3)
    expect(await page.locator('details.matrix:visible, details.scenario:visible').count()).toBe(0)
    const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)
    expect(pages?.length).toBeLessThanOrEqual(3)
  })
})
