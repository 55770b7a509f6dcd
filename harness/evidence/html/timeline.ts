import type { Completion, HistoryEvent, Mark, OperationEvent } from '../../model/scenario.ts'
import { describeCompletion, formatTime } from '../../scenarios/history-text.ts'
import { markInWords, type ShownRound, stepsOf } from '../scenario-steps.ts'
import { html, type Markup } from './markup.ts'

const boxHeight = 20
const rowHeight = 28
/** In percent: the free space on both sides, and the minimum width of a box. */
const margin = 2
const narrowest = 1

const completionSigns: Readonly<Record<Completion, string>> = { ok: '✓', failed: '×', unknown: '?' }

/** Signs of the marks on the line for actions from outside; the closed gate is a band over all lines. */
const markSigns: Readonly<Record<Mark['what'], string>> = {
  'gate closed': '[',
  waiting: '⋯',
  met: '⋈',
  'gate opened': ']',
  released: '▸',
  cut: '✂',
  happened: '!',
  snapshot: '*',
  note: '·',
}

/** The legend of timelines: the sign, its class, and its meaning. */
export const timelineSigns: readonly (readonly [sign: string, look: string, meaning: string])[] = [
  [completionSigns.ok, 'ok', 'done'],
  [completionSigns.failed, 'failed', 'refused: it certainly did not happen'],
  [completionSigns.unknown, 'unknown', 'nobody knows'],
  ['[ ]', 'gate', 'the gate is closed'],
  [markSigns.waiting, 'mark', 'seen waiting'],
  [markSigns.met, 'mark', 'waiting for one another'],
  [markSigns.released, 'mark', 'released'],
  [markSigns.happened, 'mark', 'done by the witness'],
  [markSigns.cut, 'mark', 'cut off'],
]

/** The links of the boxes of a round. */
export interface Linked {
  /** The address of an operation, by its index among the operations that are shown. */
  readonly address: (operation: number) => string
  /** The key of an operation for the page's script. */
  readonly key: (operation: number) => string
}

/**
 * A timeline of one round, with a line per session and a box per operation, and a table of the same events. Positions are
 * percentages, so that the timeline fits any width.
 */
export function timelineOf({ events }: ShownRound, linked: Linked): Markup {
  const operations = operationsOf(events)
  const marks = events.filter((event) => event.kind === 'mark')
  const scale = scaleOf(operations, marks)
  const gate = gateOf(marks, scale)
  const numbered = operations.map((event, number) => ({ event, number }))
  const sessions = [...new Set(operations.toSorted(byStart).map(({ session }) => session))]
  const cuts = (session: string) => marks.filter((mark) => mark.what === 'cut' && mark.sessions.includes(session))
  const outside = marks.filter(({ what, sessions: whose }) => what !== 'cut' || whose.length === 0)
  const rows = stepsOf(events).map(
    ({ at, who, what }) => html`<tr><td>${formatTime(at)}</td><th scope="row">${who}</th><td>${what}</td></tr>\n`,
  )
  return html`<div class="timeline">
${outside.length === 0 ? '' : lane('outside', rowHeight, [gate, ...markTexts(outside, scale)])}
${sessions.map((session) => {
  const own = numbered.filter(({ event }) => event.session === session)
  return sessionLane(session, own, cuts(session), scale, gate, linked)
})}
${axis(scale.end)}
</div>
<details class="steps"${operations.length === 0 ? html` open` : ''}><summary>What happened, in order</summary>
<div class="scroll" tabindex="0" role="region" aria-label="What happened, in order"><table class="list">
<thead><tr><th scope="col">at</th><th scope="col">who</th><th scope="col">what</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>
`
}

/** @returns the operations of a round in the order of their numbers. */
export function operationsOf(events: readonly HistoryEvent[]): readonly OperationEvent[] {
  return events.filter((event) => event.kind === 'operation')
}

/** @returns the sign of an operation and its class. */
export function signOfCompletion(fate: Completion): { readonly sign: string; readonly look: Completion } {
  return { sign: completionSigns[fate], look: fate }
}

interface Scale {
  /** Milliseconds. */
  readonly end: number
  /** @returns a position in percent. */
  at(ms: number): number
}

function scaleOf(operations: readonly OperationEvent[], marks: readonly Mark[]): Scale {
  const end = Math.max(1, ...operations.map(({ returnedAt }) => returnedAt), ...marks.map(({ at }) => at))
  return { end, at: (ms) => margin + (ms / end) * (100 - 2 * margin) }
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`
}

function byStart(one: OperationEvent, other: OperationEvent): number {
  return one.invokedAt - other.invokedAt
}

function gateOf(marks: readonly Mark[], scale: Scale): Markup {
  const closed = marks.find(({ what }) => what === 'gate closed')
  if (closed === undefined) return html``
  const from = scale.at(closed.at)
  const to = scale.at(marks.find(({ what }) => what === 'gate opened')?.at ?? scale.end)
  return html`<rect class="gate" x="${percent(from)}" y="0" width="${percent(to - from)}" height="100%"/>`
}

function lane(name: string, height: number, inside: readonly Markup[]): Markup {
  return html`<div class="lane"><span class="who">${name}</span><svg role="group" aria-label="${name}" height="${height}">${inside}</svg></div>
`
}

/** In percent: marks that are closer together than this share a position. */
const markWidth = 3

function markTexts(marks: readonly Mark[], scale: Scale): Markup[] {
  const groups: { readonly place: number; readonly marks: Mark[] }[] = []
  for (const mark of marks.toSorted((one, other) => one.at - other.at)) {
    const place = scale.at(mark.at)
    const last = groups.at(-1)
    if (last !== undefined && place - last.place < markWidth) last.marks.push(mark)
    else groups.push({ place, marks: [mark] })
  }
  return groups.map(({ place, marks: own }) => {
    const label = own.map((mark) => `${formatTime(mark.at)}: ${markInWords(mark)}`).join('; ')
    const signs = own.map(({ what }) => markSigns[what]).join('')
    return html`<text class="mark" role="img" aria-label="${label}" x="${percent(place)}" y="19"><title>${label}</title>${signs}</text>`
  })
}

interface Numbered {
  readonly event: OperationEvent
  readonly number: number
}

function sessionLane(
  session: string,
  operations: readonly Numbered[],
  cuts: readonly Mark[],
  scale: Scale,
  gate: Markup,
  linked: Linked,
): Markup {
  const rows = rowsOf(operations)
  const boxes = rows.flatMap((row, index) => row.map((one) => box(one, index * rowHeight, scale, linked)))
  return lane(session, rows.length * rowHeight, [gate, ...boxes, ...markTexts(cuts, scale)])
}

/** Overlapping operations of one session get rows of their own. */
function rowsOf(operations: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const rows: Numbered[][] = []
  for (const one of operations.toSorted((a, b) => byStart(a.event, b.event))) {
    const row = rows.find((candidate) => (candidate.at(-1)?.event.returnedAt ?? 0) <= one.event.invokedAt)
    if (row === undefined) rows.push([one])
    else row.push(one)
  }
  return rows
}

function box({ event, number }: Numbered, top: number, scale: Scale, { address, key }: Linked): Markup {
  const [from, to] = [scale.at(event.invokedAt), scale.at(event.returnedAt)]
  const width = Math.max(narrowest, to - from)
  const label = `${event.session}, ${event.operation}: ${describeCompletion(event)}, ${formatTime(event.invokedAt)} to ${formatTime(event.returnedAt)}`
  const y = top + (rowHeight - boxHeight) / 2
  const { sign, look } = signOfCompletion(event.fate)
  return html`<a class="box ${look}" href="${address(number)}" data-event="${key(number)}" aria-label="${label}"><title>${label}</title><rect x="${percent(from)}" y="${y}" width="${percent(width)}" height="${boxHeight}" rx="3"/><text x="${percent(from + width / 2)}" y="${y + 15}">${sign}</text></a>`
}

function axis(end: number): Markup {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      html`<text class="tick" x="${percent(margin + part * (100 - 2 * margin))}" y="14">${formatTime(part * end)}</text>`,
  )
  return html`<div class="lane axis" aria-hidden="true"><span class="who"></span><svg height="20">${ticks}</svg></div>`
}
