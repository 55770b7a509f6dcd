import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CellRecord, InvariantRecord, RunRecord } from '../../model/record.ts'
import type { ScenarioRecord } from '../../model/scenario.ts'
import { expiringInWords, facts } from '../cell-facts.ts'
import type { Evidence } from '../evidence.ts'
import { type Grid, gridsOf } from '../grid.ts'
import { totalsOf } from '../totals.ts'
import { coverageSection } from './coverage.ts'
import { decisions } from './decisions.ts'
import { header, tally } from './header.ts'
import { embedded, fragment, html, Markup } from './markup.ts'
import { scenarioAddress, scenarioSection, toldScenario } from './scenarios.ts'
import { signOf, signs } from './signs.ts'

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

/**
 * The report as one self-contained page: findings, a heat map per matrix, scenarios with their timelines, invariants, and the
 * description of the run. A script shows the details of a cell on request; without scripts the findings, the heat maps and the
 * timelines are still there.
 *
 * @param evidence its cells and scenarios sorted by id.
 * @returns the page in pieces, so that a large run is never in memory twice.
 */
export function* htmlReport({ run, cells, scenarios, coverage }: Omit<Evidence, 'schema'>): Generator<string> {
  const records = scenarios.map(({ record }) => record)
  const numbers = new Map(cells.map((cell, number) => [cell.id, number]))
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
<a class="skip" href="#main">Skip to what needs a decision</a>
${header(run, cells, records)}
${filters(cells, records)}
<main id="main" tabindex="-1">
${decisions(cells, numbers, records)}
${legend()}
`.text
  yield '<section aria-labelledby="matrices"><h2 id="matrices">Matrices</h2>\n'
  for (const grid of gridsOf(cells)) yield heatMap(grid, numbers).text
  yield '</section>\n'
  for (const part of scenarioSection(scenarios)) yield part.text
  yield invariants(run, new Set(records.map(({ id }) => id))).text
  yield coverageSection(run, coverage).text
  yield about(run).text
  yield '</main>\n<dialog id="cell" aria-labelledby="cell-title"></dialog>\n'
  yield '<script type="application/json" id="cells">['
  for (const [number, cell] of cells.entries()) yield `${number === 0 ? '' : ',\n'}${told(cell).text}`
  yield ']</script>\n<script type="application/json" id="scenario-records">['
  for (const [number, scenario] of scenarios.entries()) {
    yield `${number === 0 ? '' : ',\n'}${toldScenario(scenario).text}`
  }
  yield html`]</script>\n<script>${new Markup(script)}</script>\n</body>\n</html>\n`.text
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** The record of a cell for the page's script. */
function told(cell: CellRecord): Markup {
  const { id, matrix, actor, operation, path, verdict, because, invariants: proves } = cell
  const { sign, look } = signOf(cell)
  const lines = facts(cell).map(({ label, text }) => [label, text])
  return embedded({ id, matrix, actor, operation, path, verdict, because, sign, look, proves, facts: lines })
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

function legend(): Markup {
  const entries = signs.map(
    ({ sign, look, meaning }) => html`<li><span class="sign ${look}" aria-hidden="true">${sign}</span> ${meaning}</li>`,
  )
  return html`<section class="legend" aria-label="What the signs mean"><ul>${entries}</ul></section>`
}

function heatMap(grid: Grid<CellRecord>, numbers: ReadonlyMap<string, number>): Markup {
  const columns = grid.operations.map((operation) => html`<th scope="col"><span>${operation}</span></th>`)
  const rows = grid.actors.map((actor) => {
    const places = grid.operations.map((operation) => place(grid.cell(actor, operation), numbers))
    return html`<tr><th scope="row">${actor}</th>${places}</tr>\n`
  })
  const held = totalsOf(grid.cells).held === grid.cells.length
  return html`<details class="matrix" open>
<summary><b>${grid.matrix}</b> <span>${grid.resource}</span> <span>${tally(grid.cells)}</span>${held ? '' : html` <span class="mark">to decide</span>`}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${grid.matrix}: actors by operations"><table>
<thead><tr><td></td>${columns}</tr></thead>
<tbody>${rows}</tbody>
</table></div>
</details>
`
}

function place(cell: CellRecord | undefined, numbers: ReadonlyMap<string, number>): Markup {
  if (cell === undefined) return html`<td class="none"></td>`
  const { sign, look, meaning } = signOf(cell)
  const label = `${cell.actor}, ${cell.operation}: ${meaning}`
  return html`<td class="${look}"><a href="#cell=${fragment(cell.id)}" data-cell="${numbers.get(cell.id) ?? 0}" aria-label="${label}" title="${label}">${sign}</a></td>`
}

function invariants(run: RunRecord, scenarios: ReadonlySet<string>): Markup {
  if (run.invariants.length === 0) return html``
  const rows = run.invariants.map(
    ({ id, matrix, sentence, cells, verdict }) =>
      html`<tr><td class="${verdict === 'held' ? 'allowed' : verdict}">${cells.length === 0 ? 'not tried' : verdict}</td><th scope="row">${id}</th><td>${sentence}</td><td>${matrix}</td><td>${proof(cells, scenarios)}</td></tr>\n`,
  )
  return html`<section aria-labelledby="invariants"><h2 id="invariants">Invariants</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Invariants"><table class="list">
<thead><tr><th scope="col">verdict</th><th scope="col">id</th><th scope="col">invariant</th><th scope="col">declared by</th><th scope="col">proven by</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>
`
}

/** Counts cells, because there are many, and names scenarios. */
function proof(ids: InvariantRecord['cells'], scenarios: ReadonlySet<string>): Markup {
  const cells = ids.filter((id) => !scenarios.has(id)).length
  const links = ids.filter((id) => scenarios.has(id)).map((id) => html` <a href="#${scenarioAddress(id)}">${id}</a>`)
  const counted = cells === 1 ? '1 cell' : `${cells} cells`
  return html`${cells > 0 || links.length === 0 ? counted : ''}${links}`
}

function about(run: RunRecord): Markup {
  const { git, target, tool, cleanup } = run
  const entries: readonly (readonly [string, string])[] = [
    ['run', run.run],
    ['started', run.startedAt],
    ['finished', run.finishedAt],
    ['target', `${target.alias} (${target.kind})`],
    [
      'services',
      Object.entries(target.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ') || 'not told',
    ],
    [
      'revision',
      git === null ? 'outside a Git work tree' : `${git.revision}${git.dirty ? ', with uncommitted changes' : ''}`,
    ],
    ...run.limits.map((limit): readonly [string, string] => ['limit', limit]),
    ['schema fingerprint', run.schemaFingerprint ?? 'not readable without a database URL'],
    ['Trespass', `${tool.version} on Node ${tool.node}`],
    [
      'cleanup',
      `made ${cleanup.made}, swept ${cleanup.swept}${expiringInWords(cleanup.expiring)}, left ${cleanup.left.length}`,
    ],
    ...cleanup.left.map((what): readonly [string, string] => ['left', what]),
    ...(cleanup.stays ?? []).map((what): readonly [string, string] => ['stays', what]),
    ...run.files.map(({ file, sha256 }): readonly [string, string] => [file, `SHA-256 ${sha256}`]),
  ]
  const rows = entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)
  return html`<section aria-labelledby="about"><h2 id="about">What was run</h2><dl>${rows}</dl></section>
`
}
