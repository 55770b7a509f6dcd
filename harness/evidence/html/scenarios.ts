import type { ScenarioRecord, ScenarioResult, StateEvent } from '../../model/scenario.ts'
import { describeCompletion } from '../../scenarios/history-text.ts'
import { historyFile } from '../manifest.ts'
import {
  checkInWords,
  checksToShow,
  numbersInWords,
  operationFacts,
  overlapInWords,
  scenarioFacts,
} from '../scenario-facts.ts'
import { roundsToShow, type ShownRound } from '../scenario-steps.ts'
import { copied, embedded, fragment, html, type Markup } from './markup.ts'
import { signOfVerdict } from './signs.ts'
import { operationsOf, signOfCompletion, timelineOf, timelineSigns } from './timeline.ts'

/** @returns the address of a scenario in the page. It is the id of the element, so that the link works without scripts. */
export function scenarioAddress(id: string): string {
  return `scenario=${fragment(id)}`
}

/** The section of scenarios: for each its verdict, the overlap that was reached, and the events of the relevant rounds. */
export function* scenarioSection(scenarios: readonly ScenarioResult[]): Generator<Markup> {
  if (scenarios.length === 0) return
  const entries = timelineSigns.map(
    ([sign, look, meaning]) =>
      html`<li><span class="sign fate ${look}" aria-hidden="true">${sign}</span> ${meaning}</li>`,
  )
  yield html`<section aria-labelledby="scenarios"><h2 id="scenarios">Scenarios</h2>
<div class="legend" role="group" aria-label="What the signs of a timeline mean"><ul>${entries}</ul></div>
`
  for (const [number, scenario] of scenarios.entries()) yield entry(scenario, number)
  yield html`</section>\n`
}

function entry(scenario: ScenarioResult, number: number): Markup {
  const { record } = scenario
  const { id, verdict, recipe, because, invariants } = record
  const { sign, look } = signOfVerdict(verdict)
  const address = scenarioAddress(id)
  const rows = scenarioFacts(record)
    .filter(({ label }) => label !== 'repeat')
    .map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>\n`)
  const proves =
    invariants.length === 0 ? '' : html`<dt>proves</dt><dd><a href="#invariants">${invariants.join(', ')}</a></dd>\n`
  return html`<details class="scenario ${look}" id="${address}" data-scenario="${number}"${verdict === 'held' ? '' : html` open`}>
<summary><span class="sign" aria-hidden="true">${sign}</span> <b>${id}</b> <span class="verdict">${verdict}</span> <span>${recipe}${short(record)}</span></summary>
<p>${because}</p>
<dl>${rows}${proves}</dl>${copied('repeat', record.again)}
${findings(record)}
${roundsToShow(scenario).map((shown, index) => round(record, shown, number, index === 0))}
${omittedRounds(scenario)}
<p><a href="#${address}">Link to this scenario</a></p>
</details>
`
}

/** The lowest level of any round counts for all of them. */
function short({ rounds, overlap, notRun }: ScenarioRecord): string {
  if (notRun !== undefined) return ', not run'
  const many = rounds === 1 ? ', 1 round' : `, ${rounds} rounds`
  const { asked, reached, rounds: levels } = overlap
  if (levels.length === 0 || (asked === 0 && reached === 0)) return many
  const enough = levels.filter(({ level }) => level >= asked).length
  const often = enough === levels.length ? '' : ` and reached in ${enough} of ${levels.length}`
  return `${many}, overlap ${reached}${asked === 0 ? '' : `, ${asked} asked for${often}`}`
}

/** A long scenario has findings for every round. Findings that held are shown for the round that explains the verdict only. */
const maxFindings = 12

function findings({ findings: all, telling }: ScenarioRecord): Markup {
  const worth = all.filter(({ verdict, round }) => verdict !== 'held' || round === telling || round === null)
  if (worth.length === 0) return html``
  const items = worth.slice(0, maxFindings).map(({ judge, round, verdict, because }) => {
    const { sign, look } = signOfVerdict(verdict)
    const where = round === null ? '' : `, round ${round}`
    return html`<li><span class="sign ${look}" aria-hidden="true">${sign}</span> <b>${judge}</b>${where}: ${verdict}. ${because}</li>\n`
  })
  const more = worth.length - items.length
  return html`<ul class="judges" aria-label="What the judges said">${items}${more === 0 ? '' : html`<li>and ${more} more in scenarios.jsonl</li>`}</ul>`
}

function round(record: ScenarioRecord, shown: ShownRound, number: number, open: boolean): Markup {
  const level = record.overlap.rounds.find((one) => one.round === shown.round)?.level
  const title =
    shown.round === record.telling ? `Round ${shown.round}, which decides the verdict` : `Round ${shown.round}`
  const address = (operation: number) => `#${scenarioAddress(record.id)}&event=${shown.round}.${operation}`
  const key = (operation: number) => `${number} ${shown.round}.${operation}`
  const left =
    shown.shown === shown.operations
      ? ''
      : html`<p class="warning">Drawn are the first and the last of its ${shown.operations} operations, ${shown.shown} in all${record.history === null ? '' : `; the others are in ${historyFile(record.history)}`}.</p>`
  return html`<details class="round"${open ? html` open` : ''}><summary>${title}${level === undefined || level + record.overlap.asked === 0 ? '' : `, overlap level ${level}`}</summary>
${left}${timelineOf(shown, { address, key })}${shown.events.filter((event) => event.kind === 'state').map(state)}</details>
`
}

function state({ moment, checks }: StateEvent): Markup {
  const items = checksToShow(checks).map((check) => {
    const { sign, look } = signOfVerdict(check.holds ? 'held' : 'breach')
    return html`<li><span class="sign ${look}" aria-hidden="true">${sign}</span> ${checkInWords(check)}</li>`
  })
  if (items.length === 0) return html``
  return html`<ul class="judges" aria-label="The state ${moment}">${items}</ul>`
}

function omittedRounds(scenario: ScenarioResult): Markup {
  const { record } = scenario
  const shown = new Set(roundsToShow(scenario).map((one) => one.round))
  const others = [...new Set(scenario.history.map((event) => event.round))].filter((one) => !shown.has(one))
  if (others.length === 0 || record.history === null) return html``
  const which = others.length === 1 ? 'Round' : 'Rounds'
  return html`<p>${which} ${numbersInWords(others)}: in ${historyFile(record.history)}</p>`
}

/** The record of a scenario for the page's script. */
export function scenarioData(scenario: ScenarioResult): Markup {
  const { record } = scenario
  const { id, verdict, because, paths, sessions } = record
  const said = record.findings.filter((finding) => finding.verdict !== 'held').map((finding) => finding.because)
  const lines = [...scenarioFacts(record).map(({ text }) => text), ...said.slice(0, maxFindings)]
  const events = roundsToShow(scenario).flatMap(({ round: number, events: shown }) =>
    operationsOf(shown).map((event, index) => {
      const facts = operationFacts(event).map(({ label, text }) => [label, text])
      const title = `${event.session}: ${event.operation}`
      return [
        `${number}.${index}`,
        { title, because: describeCompletion(event), ...signOfCompletion(event.fate), facts },
      ] as const
    }),
  )
  return embedded({
    id,
    verdict,
    because,
    paths,
    actors: [...new Set(sessions.map(({ actor }) => actor))],
    text: [...lines, overlapInWords(record)],
    events: Object.fromEntries(events),
  })
}
