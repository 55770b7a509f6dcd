import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CellRecord } from '../../model/record.ts'
import type { ScenarioRecord } from '../../model/scenario.ts'
import type { Evidence } from '../evidence.ts'
import type { Past } from '../past.ts'
import { aboutSection } from './about.ts'
import { arrange } from './arrange.ts'
import { CellPages } from './cells.ts'
import { changesSection, historySection } from './changes.ts'
import { coverageSection } from './coverage.ts'
import { decisions } from './decisions.ts'
import { header, tally } from './header.ts'
import { invariantsSection } from './invariants.ts'
import { html, Markup } from './markup.ts'
import { matricesSection } from './matrices.ts'
import { scenarioData, scenarioSection } from './scenarios.ts'

const style = readFileSync(new URL('./report.css', import.meta.url), 'utf8')
const script = readFileSync(new URL('./report.js', import.meta.url), 'utf8')

/** The page loads no resources and runs only its own script, wherever the file is opened. */
const policy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** A report, with the runs before it. */
export type Reported = Omit<Evidence, 'schema'> & Partial<Pick<Evidence, 'schema'>> & { readonly past?: Past }

const noPast: Past = { runs: [], since: null }

/**
 * The report as one self-contained page: findings, changes since the last run, a heat map per matrix, scenarios with their
 * timelines, invariants, coverage, history, and the description of the run. A script shows the details of a cell on request;
 * without scripts the findings, the heat maps and the timelines are still there.
 *
 * @returns the page in pieces, so that a large run is never in memory twice.
 */
export function* htmlReport(report: Reported): Generator<string> {
  const { run, cells, scenarios, coverage, schema, past = noPast } = report
  const records = scenarios.map(({ record }) => record)
  const arrangement = arrange(cells, run.layout)
  const { numbers } = arrangement
  const both = { cells: numbers, scenarios: new Map(records.map(({ id }, number) => [id, number])) }
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>Trespass on ${run.target.alias}: ${tally([...cells, ...records])}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to what did not hold</a>
<p id="notice" class="warning" role="status" tabindex="-1" hidden></p>
${header(run, cells, records)}
${contents(report)}
${filters(cells, records)}
<main id="main" tabindex="-1">
${decisions({ run, numbers }, arrangement.cells, records)}
${changesSection(past, both)}`.text
  for (const part of matricesSection(arrangement)) yield part.text
  for (const part of scenarioSection(scenarios)) yield part.text
  yield invariantsSection(run, both).text
  yield coverageSection(run, coverage).text
  yield historySection(past, run).text
  yield aboutSection(run).text
  yield '</main>\n<dialog id="cell" aria-labelledby="cell-title"></dialog>\n'
  const pages = new CellPages(run, schema)
  yield '<script type="application/json" id="cells">['
  for (const [number, cell] of arrangement.cells.entries()) yield `${number === 0 ? '' : ',\n'}${pages.cell(cell).text}`
  yield `]</script>\n<script type="application/json" id="shared">${pages.shared().text}</script>\n`
  yield '<script type="application/json" id="scenario-records">['
  for (const [number, scenario] of scenarios.entries()) {
    yield `${number === 0 ? '' : ',\n'}${scenarioData(scenario).text}`
  }
  yield html`]</script>\n<script>${new Markup(script)}</script>\n</body>\n</html>\n`.text
}

/** The sections that the page has. */
function contents({ run, cells, scenarios, coverage, past = noPast }: Reported): Markup {
  const sections: readonly (readonly [id: string, title: string, isThere: boolean])[] = [
    ['decisions', 'What did not hold', true],
    ['since', 'Since the last run', past.since !== null],
    ['matrices', 'Matrices', cells.length > 0],
    ['scenarios', 'Scenarios', scenarios.length > 0],
    ['invariants', 'Invariants', run.invariants.length > 0],
    ['coverage', 'Coverage', coverage !== undefined],
    ['history', 'History', past.runs.length > 0],
    ['about', 'What was run', true],
  ]
  const entries = sections.flatMap(([id, title, isThere]) =>
    isThere ? [html`<li data-for="${id}"><a href="#${id}">${title}</a></li>`] : [],
  )
  return html`<nav aria-label="Contents"><ul class="contents">${entries}</ul></nav>`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function filters(cells: readonly CellRecord[], scenarios: readonly ScenarioRecord[]): Markup {
  const actors = [
    ...cells.map(({ actor }) => actor),
    ...scenarios.flatMap(({ sessions }) => sessions.map(({ actor }) => actor)),
  ]
  const paths = [...cells.map(({ path }) => path), ...scenarios.flatMap((scenario) => scenario.paths)]
  const seen = [...cells, ...scenarios].map(({ verdict }) => verdict)
  const options = (values: Iterable<string>) =>
    [...new Set(values)].sort().map((value) => html`<option>${value}</option>`)
  return html`<form id="filters" role="search" aria-label="Filter what is shown" hidden>
<label>Actor <select name="actor"><option value="">all</option>${options(actors)}</select></label>
<label>Path <select name="path"><option value="">all</option>${options(paths)}</select></label>
<label>Verdict <select name="verdict"><option value="">all</option>${options(seen)}</select></label>
<label>Text <input name="text" type="search" placeholder="matrix, operation, request …"></label>
<button type="reset">Show all</button>
<output name="shown" aria-live="polite"></output>
</form>`
}
