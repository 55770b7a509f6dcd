import type { InvariantRecord, RunRecord } from '../../model/record.ts'
import { html, type Markup } from './markup.ts'
import { scenarioAddress } from './scenarios.ts'

/** The numbers by which the script knows cells and scenarios, by their ids. */
export interface Numbers {
  readonly cells: ReadonlyMap<string, number>
  readonly scenarios: ReadonlyMap<string, number>
}

/** Each invariant with its verdict and what proves it. */
export function invariantsSection(run: RunRecord, numbers: Numbers): Markup {
  if (run.invariants.length === 0) return html``
  const rows = run.invariants.map(
    ({ id, matrix, sentence, cells, verdict }) =>
      html`<tr${verdict === 'held' ? html` class="holds"` : ''}${proofNumbers(cells, numbers)}><td class="${verdict === 'held' ? 'allowed' : verdict}">${cells.length === 0 ? 'not tried' : verdict}</td><th scope="row">${id}</th><td>${sentence}</td><td>${matrix}</td><td>${proof(cells, numbers)}</td></tr>\n`,
  )
  return html`<section aria-labelledby="invariants"><h2 id="invariants">Invariants</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of invariants"><table class="list">
<thead><tr><th scope="col">verdict</th><th scope="col">id</th><th scope="col">invariant</th><th scope="col">declared by</th><th scope="col">proven by</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>
`
}

/** @returns attributes by which the filter of the page knows what an element is about. */
export function proofNumbers(ids: readonly string[], { cells, scenarios }: Numbers): Markup {
  const own = (numbers: ReadonlyMap<string, number>) => ids.flatMap((id) => numbers.get(id) ?? []).join(' ')
  return html` data-cells="${own(cells)}" data-raced="${own(scenarios)}"`
}

/** Cells are many and are counted; a scenario is named. */
function proof(ids: InvariantRecord['cells'], { scenarios }: Numbers): Markup {
  const cells = ids.filter((id) => !scenarios.has(id)).length
  const links = ids.filter((id) => scenarios.has(id)).map((id) => html` <a href="#${scenarioAddress(id)}">${id}</a>`)
  const counted = cells === 1 ? '1 cell' : `${cells} cells`
  return html`${cells > 0 || links.length === 0 ? counted : ''}${links}`
}
