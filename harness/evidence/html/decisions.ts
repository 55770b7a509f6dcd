import { commandFor, commandLine } from '../../model/command-line.ts'
import type { CellRecord, RunRecord } from '../../model/record.ts'
import type { ScenarioRecord } from '../../model/scenario.ts'
import type { Verdict } from '../../model/verdict.ts'
import { severity } from '../../verdict/severity.ts'
import { type Cause, causesOf } from '../causes.ts'
import { describeActor, facts } from '../cell-facts.ts'
import { scenarioFacts } from '../scenario-facts.ts'
import { type UndecidedOperation, undecidedOperation } from '../undecided.ts'
import { inAll, tally } from './header.ts'
import { copied, fragment, html, type Markup } from './markup.ts'
import { scenarioAddress } from './scenarios.ts'
import { signOf, signOfVerdict } from './signs.ts'

interface Article {
  readonly verdict: Verdict
  readonly markup: Markup
}

/** What is written about: a run, and the numbers by which the script knows its cells. */
interface Reported {
  readonly run: RunRecord
  readonly numbers: ReadonlyMap<string, number>
}

/** What did not hold, cells and scenarios together, the worst verdict first. */
export function decisions(
  reported: Reported,
  cells: readonly CellRecord[],
  scenarios: readonly ScenarioRecord[],
): Markup {
  const articles = [
    ...causesOf(cells).map((cause): Article => ({ verdict: cause.verdict, markup: ofCause(cause, reported) })),
    ...scenarios.flatMap(ofScenario),
  ].sort((one, other) => severity(one.verdict) - severity(other.verdict))
  return html`<section aria-labelledby="decisions"><h2 id="decisions">What did not hold</h2>
<p>${extent(cells, scenarios, articles.length)}</p>
${articles.map(({ markup }) => markup)}</section>`
}

/** The same numbers as in the first lines of the page. */
function extent(cells: readonly CellRecord[], scenarios: readonly ScenarioRecord[], articles: number): string {
  const failed = [...cells, ...scenarios].filter(({ verdict, notRun }) => verdict !== 'held' && notRun === undefined)
  const notRun = inAll(
    cells.filter((cell) => cell.notRun !== undefined).length,
    scenarios.filter((scenario) => scenario.notRun !== undefined).length,
  )
  const entries = articles === 1 ? 'one entry' : `${articles} entries`
  const first = failed.length === 0 ? 'Nothing.' : `${tally(failed)}, in ${entries}.`
  return notRun === '' ? first : `${first} Not run and not counted here: ${notRun}.`
}

function ofCause(cause: Cause, { run, numbers }: Reported): Markup {
  const { verdict, first, others } = cause
  const number = (cell: CellRecord) => numbers.get(cell.id) ?? 0
  const all = [first, ...others].map(number).join(' ')
  const link = (cell: CellRecord, text: string) =>
    html`<a href="#cell=${fragment(cell.id)}" data-cell="${number(cell)}">${text}</a>`
  const { sign, look } = signOf(first)
  const undecided = undecidedOperation(cause, Number.POSITIVE_INFINITY)
  if (undecided !== null) {
    const links = [first, ...others].map((cell) => html` ${link(cell, describeActor(cell))}`)
    const command = commandLine('decide', [first.matrix], run)
    return html`<article class="finding ${look}" data-cells="${all}">
<h3><span class="sign" aria-hidden="true">${sign}</span> undecided: ${undecided.title}</h3>
${ofUndecided(undecided, links)}${copied('decide', command)}
</article>
`
  }
  const rows = [
    ...facts(first).map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`),
    ...likelyRows(first),
    ...(others.length === 0
      ? []
      : [html`<dt>also as</dt><dd>${others.map((cell) => html` ${link(cell, describeActor(cell))}`)}</dd>`]),
  ]
  return html`<article class="finding ${look}" data-cells="${all}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${verdict}: ${link(first, first.id)}</h3>
<p>${first.because}</p>
<dl>${rows}</dl>${copied('repeat', commandFor(first.id, run))}
</article>
`
}

function likelyRows({ likely = [] }: CellRecord): readonly Markup[] {
  if (likely.length === 0) return []
  const lines = likely.map((text) => html`<span class="line">${text}</span> `)
  return [html`<dt>likely</dt><dd>${lines}</dd>\n`]
}

function ofUndecided({ because, facts: known }: UndecidedOperation, links: readonly Markup[]): Markup {
  const rows = known.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  return html`<p>${because}</p>
<dl>${rows}<dt>cells</dt><dd>${links}</dd></dl>`
}

function ofScenario(record: ScenarioRecord, number: number): Article[] {
  const { id, verdict, because, again, notRun } = record
  if (verdict === 'held' || notRun !== undefined) return []
  const { sign, look } = signOfVerdict(verdict)
  const rows = scenarioFacts(record)
    .filter(({ label }) => label !== 'repeat')
    .map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const markup = html`<article class="finding ${look}" data-raced="${number}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${verdict}: <a href="#${scenarioAddress(id)}">${id}</a> <small>scenario</small></h3>
<p>${because}</p>
<dl>${rows}</dl>${copied('repeat', again)}
<p><a href="#${scenarioAddress(id)}">What happened, as a timeline</a></p>
</article>
`
  return [{ verdict, markup }]
}
