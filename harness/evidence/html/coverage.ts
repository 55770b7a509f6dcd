import { capitalized } from '../../message-text.ts'
import {
  type CoverageObject,
  type CoverageRecord,
  type CoverageUnit,
  coverageHeadline,
  isAccepted,
  missingFrom,
  objectsInWords,
} from '../../model/coverage.ts'
import type { RunRecord } from '../../model/record.ts'
import { html, type Markup } from './markup.ts'

/** The section of reachable objects, each with what was tried of it and what was not. */
export function coverageSection(run: RunRecord, coverage: CoverageRecord | undefined): Markup {
  if (coverage === undefined) return html``
  const units = new Map<string, CoverageUnit[]>()
  for (const unit of coverage.units) units.set(unit.object, [...(units.get(unit.object) ?? []), unit])
  const missing = new Set(missingFrom(coverage, run.coverage?.required ?? []))
  const row = ({ object, cells }: CoverageObject) => {
    const own = units.get(object) ?? []
    const open = own.filter((unit) => unit.cells === 0)
    const state = cells === 0 ? 'never tried' : `${own.length - open.length} of ${own.length}`
    const names = open.map((unit) => html`<li>${nameOf(unit, coverage, missing)}</li>`)
    const undecided = own
      .filter(({ decided, cells: some }) => decided === false && some > 0)
      .map((unit) => html`<li>${shortId(unit)}: tried; no cell shows that it alone decided</li>`)
    const list = [...names, ...undecided]
    return html`<tr><td class="${cells === 0 ? 'inconclusive' : 'allowed'}">${state}</td><th scope="row">${object}</th><td>${cells}</td><td>${list.length === 0 ? '' : html`<ul>${list}</ul>`}</td></tr>
`
  }
  const gaps = coverage.objects.filter(({ object, cells }) => cells === 0 || gapIn(units.get(object) ?? []))
  const whole = coverage.objects.filter((object) => !gaps.includes(object))
  const notes = [
    ...coverage.limits.map((limit) => html`<li>Not seen: ${limit}</li>`),
    ...coverage.leftOut.map((one) => html`<li>Not counted: ${one}</li>`),
    ...coverage.accepted.map(
      ({ gap, owner, reason, until }) => html`<li>Accepted by ${owner} until ${until}: ${gap} (${reason})</li>`,
    ),
  ]
  return html`<section aria-labelledby="coverage" data-whole><h2 id="coverage">Coverage</h2>
<p>${capitalized(coverageHeadline(coverage))}.</p>
${gaps.length === 0 ? '' : table('Coverage with gaps', gaps.map(row))}
${whole.length === 0 ? '' : html`<details><summary>Tried as far as it is reachable: ${objectsInWords(whole)}</summary>${table('Coverage without gaps', whole.map(row))}</details>`}
${notes.length === 0 ? '' : html`<ul>${notes}</ul>`}</section>
`
}

function gapIn(units: readonly CoverageUnit[]): boolean {
  return units.some(({ cells, decided }) => cells === 0 || decided === false)
}

function table(label: string, rows: readonly Markup[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list">
<thead><tr><th scope="col">tried</th><th scope="col">object</th><th scope="col">cells</th><th scope="col">not tried</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function nameOf(unit: CoverageUnit, coverage: CoverageRecord, missing: ReadonlySet<string>): string {
  if (isAccepted(coverage, unit.id)) return `${shortId(unit)}, accepted`
  return missing.has(unit.id) ? `${shortId(unit)}, required` : shortId(unit)
}

function shortId({ id, object }: CoverageUnit): string {
  return id.slice(object.length + ' › '.length)
}
