import type { HistoryEvent, Mark, OperationEvent } from '../../model/scenario.ts'
import { formatTime } from '../../scenarios/history-text.ts'
import type { TerminalStyle } from './terminal-style.ts'
import { plain, widthOf } from './text.ts'

const shortestBar = 20
const longestName = 24

/**
 * Draws one round: a line per session, a bar per operation from its invocation to its return, and a line for actions from
 * outside.
 *
 * @param events the events of one round.
 * @returns lines that fit the width; none for a round without events.
 */
export function timeline(events: readonly HistoryEvent[], style: TerminalStyle): string[] {
  const operations = events.filter((event) => event.kind === 'operation')
  const marks = events.filter((event) => event.kind === 'mark')
  const end = Math.max(0, ...operations.map(({ returnedAt }) => returnedAt), ...marks.map(({ at }) => at))
  if (end === 0) return []
  const sessions = [...new Set(operations.toSorted(byStart).map(({ session }) => session))]
  const names = ['outside', ...sessions]
  const column = Math.min(longestName, Math.max(...names.map((name) => widthOf(plain(name)))))
  const width = Math.max(shortestBar, style.width - column - 4)
  const scale = (at: number) => Math.min(width - 1, Math.round((at / end) * (width - 1)))
  const line = (name: string, bar: readonly string[]) =>
    `  ${plain(name).slice(0, column).padEnd(column)}  ${bar.join('').trimEnd()}`
  const outside = marks.some(({ what }) => what in outsideSigns)
    ? [line('outside', outsideBar(marks, scale, width))]
    : []
  return [
    ...outside,
    ...sessions.map((session) => {
      const own = operations.filter((event) => event.session === session)
      const cuts = marks.filter((mark) => mark.what === 'cut' && mark.sessions.includes(session))
      return line(session, sessionBar(own, cuts, scale, width, style))
    }),
    `  ${' '.repeat(column)}  0${formatTime(end).padStart(width - 1)}`,
    `  ${legend(operations, marks, style)}`,
  ]
}

function byStart(one: OperationEvent, other: OperationEvent): number {
  return one.invokedAt - other.invokedAt
}

const outsideSigns: Readonly<Partial<Record<Mark['what'], string>>> = {
  'gate closed': '[',
  'gate opened': ']',
  happened: '!',
  snapshot: '*',
}

function outsideBar(marks: readonly Mark[], scale: (at: number) => number, width: number): string[] {
  const bar = Array.from({ length: width }, () => ' ')
  const closed = marks.find(({ what }) => what === 'gate closed')
  const opened = marks.find(({ what }) => what === 'gate opened')
  if (closed !== undefined) {
    const last = opened === undefined ? width - 1 : scale(opened.at)
    for (let n = scale(closed.at); n <= last; n++) bar[n] = '#'
  }
  for (const { what, at } of marks) bar[scale(at)] = outsideSigns[what] ?? bar[scale(at)] ?? ' '
  return bar
}

function sessionBar(
  operations: readonly OperationEvent[],
  cuts: readonly Mark[],
  scale: (at: number) => number,
  width: number,
  style: TerminalStyle,
): string[] {
  const bar = Array.from({ length: width }, () => ' ')
  for (const { invokedAt, returnedAt, fate } of operations) {
    const [from, to] = [scale(invokedAt), scale(returnedAt)]
    for (let n = from; n < to; n++) bar[n] = style.unicode ? '─' : '-'
    if (from < to) bar[from] = style.unicode ? '├' : '|'
    bar[to] = completionSign(fate, style)
  }
  for (const { at } of cuts) bar[scale(at)] = 'X'
  return bar
}

function completionSign(fate: OperationEvent['fate'], style: TerminalStyle): string {
  if (fate === 'ok') return style.unicode ? '✓' : '+'
  return fate === 'failed' ? (style.unicode ? '×' : 'x') : '?'
}

function legend(operations: readonly OperationEvent[], marks: readonly Mark[], style: TerminalStyle): string {
  const fates = new Set(operations.map(({ fate }) => fate))
  const seen = new Set(marks.map(({ what }) => what))
  return [
    ...(fates.has('ok') ? [`${completionSign('ok', style)} done`] : []),
    ...(fates.has('failed') ? [`${completionSign('failed', style)} refused`] : []),
    ...(fates.has('unknown') ? ['? nobody knows'] : []),
    ...(seen.has('gate closed') ? ['[#] the gate is closed'] : []),
    ...(seen.has('happened') ? ['! done by the witness'] : []),
    ...(seen.has('cut') ? ['X cut off'] : []),
  ].join('   ')
}
