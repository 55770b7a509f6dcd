import { groupBy } from '../../group.ts'
import { verdicts } from '../../model/verdict.ts'
import { worstVerdict } from '../../verdict/severity.ts'
import type { AnyChange } from '../accepted.ts'
import { type ChangeKind, changeInWords } from '../diff.ts'
import type { Past, PastRun, Since } from '../past.ts'
import { type ScenarioChangeKind, scenarioChangeInWords, scenarioChangeKinds } from '../scenario-diff.ts'
import { allTotals } from '../totals.ts'
import { countsOf } from './header.ts'
import { type Numbers, proofNumbers } from './invariants.ts'
import { fragment, html, type Markup } from './markup.ts'
import { scenarioAddress } from './scenarios.ts'

const titles: Readonly<Record<ScenarioChangeKind, string>> = {
  opened: 'Opened',
  'became-unproven': 'Not proven any more',
  'no-longer-covered': 'Gone',
  closed: 'Closed',
  'layer-changed': 'Refused by another layer',
  'became-proven': 'Proven now',
  'newly-covered': 'New',
  slower: 'Slower',
}

/** The kinds whose changes are listed at once; the others are opened by a click. */
const openKinds: readonly ScenarioChangeKind[] = ['opened', 'became-unproven'] satisfies readonly ChangeKind[]
const listed = 200

/** What has changed since the run before, by what became of it. */
export function changesSection({ since }: Past, numbers: Numbers): Markup {
  if (since === null) return html``
  return html`<section aria-labelledby="since"><h2 id="since">Since the last run</h2>
${typeof since === 'string' ? html`<p class="warning">The report of the last run cannot be read: ${since}</p>` : changes(since, numbers)}</section>
`
}

function changes({ run, changes: all }: Since, numbers: Numbers): Markup {
  const holes = run.holes.length === 0 ? '' : `, which opened ${run.holes.join(', ')}`
  const than = html`<p>Compared with the run <code>${run.run}</code> of ${timeOf(run)}${holes}.${all.length === 0 ? ' Nothing has changed.' : ''}</p>`
  const byKind = groupBy(all, ({ kind }) => kind)
  const lists = scenarioChangeKinds.flatMap((kind) => {
    const own = byKind.get(kind) ?? []
    return own.length === 0 ? [] : [list(kind, own, numbers)]
  })
  return html`${than}${lists}`
}

function list(kind: ScenarioChangeKind, own: readonly AnyChange[], numbers: Numbers): Markup {
  const items = own.slice(0, listed).map((change) => {
    const words = change.about === 'cell' ? changeInWords(change) : scenarioChangeInWords(change)
    return html`<li${proofNumbers([change.id], numbers)}>${linked(change, numbers)} <span>${words}</span></li>\n`
  })
  const more = own.length - items.length
  return html`<details class="change ${kind}"${openKinds.includes(kind) ? html` open` : ''}><summary><b>${titles[kind]}</b> <span>${own.length}</span></summary>
<ul>${items}${more === 0 ? '' : html`<li>and ${more} more: <code>npx trespass diff</code> lists them</li>`}</ul></details>
`
}

function linked({ about, id }: AnyChange, { cells, scenarios }: Numbers): Markup {
  const number = cells.get(id)
  if (about === 'cell' && number !== undefined) {
    return html`<a href="#cell=${fragment(id)}" data-cell="${number}">${id}</a>`
  }
  return about === 'scenario' && scenarios.has(id)
    ? html`<a href="#${scenarioAddress(id)}">${id}</a>`
    : html`<b>${id}</b>`
}

/** The runs of the target up to this one. */
export function historySection({ runs }: Past, run: PastRun): Markup {
  if (runs.length === 0) return html``
  const rows = [...runs, run].toReversed().map((one) => {
    const totals = allTotals(one)
    const worst = worstVerdict(verdicts.filter((verdict) => totals[verdict] > 0)) ?? 'inconclusive'
    const current = one.run === run.run
    return html`<tr${current ? html` aria-current="true"` : ''}><td class="${worst === 'held' ? 'allowed' : worst}">${worst}</td><th scope="row">${timeOf(one)}</th><td>${countsOf(totals)}</td><td>${limitsOf(one)}</td><td><code>${one.run}</code></td></tr>
`
  })
  return html`<section aria-labelledby="history" data-whole><h2 id="history">History</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of runs"><table class="list">
<thead><tr><th scope="col">worst</th><th scope="col">started</th><th scope="col">cells and scenarios</th><th scope="col">what it was</th><th scope="col">run</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>
`
}

function limitsOf({ complete, shard, chosen, holes }: PastRun): string {
  const parts = [
    ...(complete ? [] : ['interrupted']),
    ...(shard === null ? [] : [`shard ${shard}`]),
    ...(chosen === undefined ? [] : ['only some cells']),
    ...(holes.length === 0 ? [] : [`with ${holes.join(', ')}`]),
  ]
  return parts.join('; ') || 'the whole workspace'
}

function timeOf({ startedAt }: PastRun): string {
  return `${startedAt.slice(0, 16).replace('T', ' ')} UTC`
}
