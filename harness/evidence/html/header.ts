import { groupBy } from '../../group.ts'
import type { CellRecord, RunRecord } from '../../model/record.ts'
import type { ScenarioRecord } from '../../model/scenario.ts'
import { type Verdict, verdicts } from '../../model/verdict.ts'
import { judged, type Totals, totalsOf } from '../totals.ts'
import { html, type Markup } from './markup.ts'

const thousands = new Intl.NumberFormat('en-US')

/** The head of the page: the target, the result, and the limits of the result. */
export function header(run: RunRecord, cells: readonly CellRecord[], scenarios: readonly ScenarioRecord[]): Markup {
  const totals = totalsOf([...cells, ...scenarios])
  const notRun = groupBy(scenarios, (scenario) => scenario.notRun)
  const counts = verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map(
      (verdict) =>
        html`<li class="count ${verdict}"><a href="#verdict=${verdict}"><b>${number(totals[verdict])}</b> ${verdict}</a></li>`,
    )
  return html`<header>
<p class="target">${targetInWords(run)}</p>
<h1>${decision(cells, scenarios)}</h1>
<ul class="counts" aria-label="${scenarios.length === 0 ? 'Cells' : 'Cells and scenarios'} by verdict">${counts}</ul>
${run.chosen === undefined ? '' : html`<p class="warning">Only some of the cells were to be tried: ${run.chosen.join(', ')}</p>`}
${run.complete ? '' : html`<p class="warning">The run was broken off: what is here is true, but it is not all.</p>`}
${run.holes.length === 0 ? '' : html`<p class="warning">Holes were opened on purpose: ${run.holes.join(', ')}.</p>`}
${run.shard === null ? '' : html`<p class="warning">Only shard ${run.shard} of a run.</p>`}
${untried(run)}
${run.notRun.map(({ why, cells: count }) => html`<p class="warning">Not run, cells: ${count}. ${why}</p>\n`)}
${[...notRun].map(([why, own]) => (why === undefined ? '' : html`<p class="warning">Not run, scenarios: ${own.length}. ${why}</p>\n`))}
</header>`
}

/** Names the reachable objects that no cell tried: a run in which all cells held does not cover them. */
function untried({ coverage }: RunRecord): Markup {
  if (coverage === undefined || coverage.untried + coverage.missing === 0) return html``
  const missing = coverage.missing === 0 ? '' : ` Required and not tried: ${coverage.missing}.`
  return html`<p class="warning"><a href="#coverage">Reachable and never tried: ${coverage.untried} of ${coverage.objects} objects.${missing}</a></p>`
}

/** The most important sentence of the page: something is wrong, not tried or not proven, or none of these. */
function decision(cells: readonly CellRecord[], scenarios: readonly ScenarioRecord[]): string {
  const all = totalsOf([...cells, ...scenarios])
  const some = (...wanted: readonly Verdict[]) => {
    const count = (of: readonly { readonly verdict: Verdict }[]) => of.filter(({ verdict }) => wanted.includes(verdict))
    const [found, raced] = [count(cells).length, count(scenarios).length]
    const parts = [
      ...(found > 0 ? [`${number(found)} of ${counted(cells.length, 'cell')}`] : []),
      ...(raced > 0 ? [`${number(raced)} of ${counted(scenarios.length, 'scenario')}`] : []),
    ]
    return { text: parts.join(' and '), isOne: found + raced === 1 }
  }
  if (judged(all) === 0) return 'Nothing was tried'
  const findings = some('breach', 'lockout', 'wrong-layer', 'undecided')
  if (findings.text !== '') return `${findings.text} ${findings.isOne ? 'needs' : 'need'} a decision`
  if (all.error > 0) return `${some('error').text} could not be tried`
  if (all.inconclusive > 0) {
    const { text, isOne } = some('inconclusive')
    return `Nothing wrong was found, and ${text} ${isOne ? 'is' : 'are'} not proven`
  }
  return `${cells.length + scenarios.length === 1 ? '' : 'All '}${inAll(cells.length, scenarios.length)} held`
}

/** @returns `3 cells and 1 scenario`; of those that are none only the other. */
export function inAll(cells: number, scenarios: number): string {
  return [
    ...(cells > 0 ? [counted(cells, 'cell')] : []),
    ...(scenarios > 0 ? [counted(scenarios, 'scenario')] : []),
  ].join(' and ')
}

function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`
}

/** @returns a number with its thousands apart. */
function number(count: number): string {
  return thousands.format(count)
}

function targetInWords({ target }: RunRecord): string {
  if (target.kind === 'sandbox') return 'On a sandbox: this says nothing about a hosted project'
  return `On the ${target.kind === 'local' ? 'local stack' : 'hosted project'} ${target.alias}`
}

/** @returns the number of cells for each verdict: `1 breach, 14 held`. */
export function tally(cells: readonly { readonly verdict: Verdict }[]): string {
  return countsOf(totalsOf(cells))
}

/** @returns the verdicts that occur, with their numbers. */
export function countsOf(totals: Totals): string {
  return verdicts
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => `${number(totals[verdict])} ${verdict}`)
    .join(', ')
}
