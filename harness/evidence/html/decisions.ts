import type { CellRecord } from '../../model/record.ts'
import type { ScenarioRecord } from '../../model/scenario.ts'
import type { Verdict } from '../../model/verdict.ts'
import { severity } from '../../verdict/severity.ts'
import { type Cause, causesOf } from '../causes.ts'
import { asWhom, facts } from '../cell-facts.ts'
import { scenarioFacts } from '../scenario-facts.ts'
import { type UndecidedOperation, undecidedOperation } from '../undecided.ts'
import { fragment, html, type Markup } from './markup.ts'
import { scenarioAddress } from './scenarios.ts'
import { signOf, signOfVerdict } from './signs.ts'

interface Article {
  readonly verdict: Verdict
  readonly markup: Markup
}

/** The section of cells and scenarios that did not hold, the worst verdict first. */
export function decisions(
  cells: readonly CellRecord[],
  numbers: ReadonlyMap<string, number>,
  scenarios: readonly ScenarioRecord[],
): Markup {
  const articles = [
    ...causesOf(cells).map((cause): Article => ({ verdict: cause.verdict, markup: ofCause(cause, numbers) })),
    ...scenarios.flatMap(ofScenario),
  ].sort((one, other) => severity(one.verdict) - severity(other.verdict))
  const told = articles.length === 0 ? html`<p>Nothing.</p>` : articles.map(({ markup }) => markup)
  return html`<section aria-labelledby="decisions"><h2 id="decisions">What needs a decision</h2>
${told}</section>`
}

function ofCause(cause: Cause, numbers: ReadonlyMap<string, number>): Markup {
  const { verdict, first, others } = cause
  const undecided = undecidedOperation(cause, Number.POSITIVE_INFINITY)
  if (undecided !== null) return ofUndecided(undecided, cause, numbers)
  const { sign, look } = signOf(first)
  const number = (cell: CellRecord) => numbers.get(cell.id) ?? 0
  const rows = facts(first).map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const also = others.map(
    (cell) => html` <a href="#cell=${fragment(cell.id)}" data-cell="${number(cell)}">${asWhom(cell)}</a>`,
  )
  const alsoRow = others.length === 0 ? '' : html`<dt>also as</dt><dd>${also}</dd>`
  const all = [first, ...others].map(number).join(' ')
  return html`<article class="finding ${look}" data-cells="${all}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${verdict}: <a href="#cell=${fragment(first.id)}" data-cell="${number(first)}">${first.id}</a></h3>
<p>${first.because}</p>
<dl>${rows}${alsoRow}</dl>
</article>
`
}

function ofUndecided(
  { title, because, facts: known, decide }: UndecidedOperation,
  { first, others }: Cause,
  numbers: ReadonlyMap<string, number>,
): Markup {
  const { sign, look } = signOf(first)
  const cells = [first, ...others]
  const rows = known.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const links = cells.map((cell) => {
    return html` <a href="#cell=${fragment(cell.id)}" data-cell="${numbers.get(cell.id) ?? 0}">${asWhom(cell)}</a>`
  })
  return html`<article class="finding ${look}" data-cells="${cells.map((cell) => numbers.get(cell.id) ?? 0).join(' ')}">
<h3><span class="sign" aria-hidden="true">${sign}</span> undecided: ${title}</h3>
<p>${because}</p>
<dl>${rows}<dt>cells</dt><dd>${links}</dd><dt>decide</dt><dd><code>${decide}</code></dd></dl>
</article>
`
}

function ofScenario(record: ScenarioRecord, number: number): Article[] {
  const { id, verdict, because, notRun } = record
  if (verdict === 'held' || notRun !== undefined) return []
  const { sign, look } = signOfVerdict(verdict)
  const rows = scenarioFacts(record).map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const markup = html`<article class="finding ${look}" data-raced="${number}">
<h3><span class="sign" aria-hidden="true">${sign}</span> ${verdict}: <a href="#${scenarioAddress(id)}">${id}</a> <small>scenario</small></h3>
<p>${because}</p>
<dl>${rows}</dl>
<p><a href="#${scenarioAddress(id)}">What happened, as a timeline</a></p>
</article>
`
  return [{ verdict, markup }]
}
