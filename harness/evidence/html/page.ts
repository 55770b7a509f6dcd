import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { verdicts } from '../../verdict/model.ts'
import { type Cause, causesOf } from '../causes.ts'
import type { Evidence } from '../evidence.ts'
import { type Grid, gridsOf } from '../grid.ts'
import type { CellRecord, RunRecord } from '../record.ts'
import { judged, totalsOf } from '../totals.ts'
import { asWhom, facts } from '../words.ts'
import { embedded, html, Markup } from './markup.ts'
import { signOf, signs } from './signs.ts'

const style = readFileSync(new URL('./report.css', import.meta.url), 'utf8')
const script = readFileSync(new URL('./report.js', import.meta.url), 'utf8')

/** Nothing is fetched and nothing else runs, wherever the file is opened. */
const policy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/**
 * The report as one page that needs nothing but itself: what needs a decision, a heat map per matrix, invariants, and
 * what the run was. Every cell is told when it is asked for; without scripts the findings and the heat maps still stand.
 *
 * @param evidence its cells sorted by id.
 * @returns the page in pieces, so that a large run never stands in memory twice.
 */
export function* htmlReport({ run, cells }: Pick<Evidence, 'run' | 'cells'>): Generator<string> {
  const numbers = new Map(cells.map((cell, number) => [cell.id, number]))
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>Trespass on ${run.target.alias}: ${tally(cells)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to what needs a decision</a>
${header(run, cells)}
${filters(cells)}
<main id="main" tabindex="-1">
${decisions(cells, numbers)}
${legend()}
`.text
  yield '<section aria-labelledby="matrices"><h2 id="matrices">Matrices</h2>\n'
  for (const grid of gridsOf(cells)) yield heatMap(grid, numbers).text
  yield '</section>\n'
  yield invariants(run).text
  yield about(run).text
  yield '</main>\n<dialog id="cell" aria-labelledby="cell-title"></dialog>\n'
  yield '<script type="application/json" id="cells">['
  for (const [number, cell] of cells.entries()) yield `${number === 0 ? '' : ',\n'}${told(cell).text}`
  yield html`]</script>\n<script>${new Markup(script)}</script>\n</body>\n</html>\n`.text
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** What the page knows of a cell beside its place in the heat map. */
function told(cell: CellRecord): Markup {
  const { id, matrix, actor, operation, path, verdict, because, invariants: proves } = cell
  const { sign, look } = signOf(cell)
  const lines = facts(cell).map(({ label, text }) => [label, text])
  return embedded({ id, matrix, actor, operation, path, verdict, because, sign, look, proves, facts: lines })
}

function header(run: RunRecord, cells: readonly CellRecord[]): Markup {
  const totals = totalsOf(cells)
  const counts = verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => html`<li class="count ${verdict}"><b>${totals[verdict]}</b> ${verdict}</li>`)
  return html`<header>
<p class="target">${targetInWords(run)}</p>
<h1>${decision(cells)}</h1>
<ul class="counts" aria-label="Cells by verdict">${counts}</ul>
${run.chosen === undefined ? '' : html`<p class="warning">Only some of the cells were to be tried: ${run.chosen.join(', ')}</p>`}
${run.complete ? '' : html`<p class="warning">The run was broken off: what is here is true, but it is not all.</p>`}
${run.holes.length === 0 ? '' : html`<p class="warning">Holes were opened on purpose: ${run.holes.join(', ')}.</p>`}
${run.shard === null ? '' : html`<p class="warning">Only shard ${run.shard} of a run.</p>`}
${run.notRun.map(({ why, cells: count }) => html`<p class="warning">Not run, cells: ${count}. ${why}</p>\n`)}
</header>`
}

function decision(cells: readonly CellRecord[]): string {
  const totals = totalsOf(cells)
  const findings = totals.breach + totals.lockout + totals['wrong-layer'] + totals.undecided
  if (judged(totals) === 0) return 'Nothing was tried'
  if (findings > 0) return `${findings} of ${cells.length} cells need a decision`
  if (totals.error > 0) return `${totals.error} of ${cells.length} cells could not be tried`
  return totals.inconclusive > 0
    ? `Nothing wrong was found, and ${totals.inconclusive} of ${cells.length} cells are not proven`
    : `All ${cells.length} cells held`
}

function targetInWords({ target }: RunRecord): string {
  if (target.kind === 'sandbox') return 'On a sandbox: this says nothing about a hosted project'
  return `On the ${target.kind === 'local' ? 'local stack' : 'hosted project'} ${target.alias}`
}

function tally(cells: readonly CellRecord[]): string {
  const totals = totalsOf(cells)
  return verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => `${totals[verdict]} ${verdict}`)
    .join(', ')
}

function filters(cells: readonly CellRecord[]): Markup {
  const options = (values: Iterable<string>) =>
    [...new Set(values)].sort().map((value) => html`<option>${value}</option>`)
  return html`<form id="filters" role="search" aria-label="Filter the cells" hidden>
<label>Actor <select name="actor"><option value="">all</option>${options(cells.map((cell) => cell.actor))}</select></label>
<label>Path <select name="path"><option value="">all</option>${options(cells.map((cell) => cell.path))}</select></label>
<label>Verdict <select name="verdict"><option value="">all</option>${options(cells.map((cell) => cell.verdict))}</select></label>
<label>Text <input name="text" type="search" placeholder="matrix, operation, request …"></label>
<button type="reset">Show all</button>
<output name="shown" aria-live="polite"></output>
</form>`
}

function decisions(cells: readonly CellRecord[], numbers: ReadonlyMap<string, number>): Markup {
  const causes = causesOf(cells)
  if (causes.length === 0) {
    return html`<section aria-labelledby="decisions"><h2 id="decisions">What needs a decision</h2><p>Nothing.</p></section>`
  }
  const articles = causes.map((cause) => article(cause, numbers))
  return html`<section aria-labelledby="decisions"><h2 id="decisions">What needs a decision</h2>
${articles}</section>`
}

function article({ verdict, first, others }: Cause, numbers: ReadonlyMap<string, number>): Markup {
  const { sign, look } = signOf(first)
  const rows = facts(first).map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const also = others.map(
    (cell) =>
      html` <a href="#cell=${encodeURIComponent(cell.id)}" data-cell="${number(cell, numbers)}">${asWhom(cell)}</a>`,
  )
  const alsoRow = others.length === 0 ? '' : html`<dt>also as</dt><dd>${also}</dd>`
  const all = [first, ...others].map((cell) => number(cell, numbers)).join(' ')
  return html`<article class="finding ${look}" data-cells="${all}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${verdict}: <a href="#cell=${encodeURIComponent(first.id)}" data-cell="${number(first, numbers)}">${first.id}</a></h3>
<p>${first.because}</p>
<dl>${rows}${alsoRow}</dl>
</article>
`
}

function number(cell: CellRecord, numbers: ReadonlyMap<string, number>): number {
  return numbers.get(cell.id) ?? 0
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
  return html`<td class="${look}"><a href="#cell=${encodeURIComponent(cell.id)}" data-cell="${number(cell, numbers)}" aria-label="${label}" title="${label}">${sign}</a></td>`
}

function invariants(run: RunRecord): Markup {
  if (run.invariants.length === 0) return html``
  const rows = run.invariants.map(
    ({ id, matrix, sentence, cells, verdict }) =>
      html`<tr><td class="${verdict === 'held' ? 'allowed' : verdict}">${cells.length === 0 ? 'not tried' : verdict}</td><th scope="row">${id}</th><td>${sentence}</td><td>${matrix}</td><td>${cells.length}</td></tr>\n`,
  )
  return html`<section aria-labelledby="invariants"><h2 id="invariants">Invariants</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Invariants"><table class="list">
<thead><tr><th scope="col">verdict</th><th scope="col">id</th><th scope="col">invariant</th><th scope="col">matrix</th><th scope="col">proven by cells</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>
`
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
    ['cleanup', `made ${cleanup.made}, swept ${cleanup.swept}, left ${cleanup.left.length}`],
    ...cleanup.left.map((what): readonly [string, string] => ['left', what]),
    ...run.files.map(({ file, sha256 }): readonly [string, string] => [file, `SHA-256 ${sha256}`]),
  ]
  const rows = entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)
  return html`<section aria-labelledby="about"><h2 id="about">What was run</h2><dl>${rows}</dl></section>
`
}
