import type { HistoryEvent, Mark, ScenarioRecord, ScenarioResult } from '../model/scenario.ts'
import { describeCompletion, formatTime, listed } from '../scenarios/history-text.ts'
import { checkInWords, checksToShow } from './scenario-facts.ts'

/** One line about the course of a round. */
export interface Step {
  /** Milliseconds since the round began. */
  readonly at: number
  /** The sessions, or `outside`. */
  readonly who: string
  readonly what: string
}

/**
 * Lists the events of one round in order: each operation at its start and again at its end, with the marks and readings between
 * them.
 *
 * @param events the events of one round.
 */
export function stepsOf(events: readonly HistoryEvent[]): Step[] {
  return events.flatMap(stepsOfOne).sort((one, other) => one.at - other.at)
}

function stepsOfOne(event: HistoryEvent): Step[] {
  switch (event.kind) {
    case 'operation': {
      const { session, operation, request, invokedAt, returnedAt, fate, message } = event
      const said = fate === 'ok' || message === null ? '' : `: ${message}`
      return [
        { at: invokedAt, who: session, what: `begins "${operation}": ${request}` },
        { at: returnedAt, who: session, what: `"${operation}" ${describeCompletion(event)}${said}` },
      ]
    }
    case 'mark':
      return [{ at: event.at, who: listed(event.sessions) || 'outside', what: markInWords(event) }]
    case 'state': {
      const checks = checksToShow(event.checks).map(checkInWords)
      return checks.length === 0
        ? []
        : [{ at: event.at, who: 'outside', what: `${event.moment}: ${checks.join('; ')}` }]
    }
  }
}

const namesOfMarks: Readonly<Partial<Record<Mark['what'], string>>> = {
  'gate closed': 'the gate closes',
  'gate opened': 'the gate is open',
  cut: 'cut off',
  snapshot: 'snapshot',
}

/** @returns a description of a mark: `the gate closes, locked: invitation`. */
export function markInWords({ what, text }: Mark): string {
  const name = namesOfMarks[what]
  if (text === '') return name ?? what
  return name === undefined ? text : `${name}, ${text}`
}

/** @returns the steps as lines of text, in columns. */
export function stepLines(steps: readonly Step[]): string[] {
  const column = Math.min(widestName, Math.max(0, ...steps.map(({ who }) => who.length)))
  return steps.map(({ at, who, what }) => `${formatTime(at).padStart(9)}  ${who.padEnd(column)}  ${what}`)
}

const widestName = 36

/** The maximum number of operations of a round to show, and of other events. */
const maxRoundEvents = 80

/** One round, cut to the length that fits a page or a comment. */
export interface ShownRound {
  readonly round: number
  readonly events: readonly HistoryEvent[]
  /** The number of operations in the round, and the number of those that are shown. */
  readonly operations: number
  readonly shown: number
}

/**
 * @returns the rounds to show: the one that explains the verdict, and the first one to compare it with. Of a long round the
 *   beginning and the end.
 */
export function roundsToShow({ record, history }: ScenarioResult): ShownRound[] {
  return numbersToShow(record, history).flatMap((round) => {
    const events = history.filter((event) => event.round === round)
    const operations = events.filter(({ kind }) => kind === 'operation')
    const shown = bothEnds(operations)
    const others = bothEnds(events.filter(({ kind }) => kind !== 'operation'))
    if (events.length === 0) return []
    return [{ round, events: [...shown, ...others], operations: operations.length, shown: shown.length }]
  })
}

function numbersToShow({ telling }: ScenarioRecord, history: readonly HistoryEvent[]): number[] {
  const [first] = history
  return [...new Set([telling, first?.round])].flatMap((round) => round ?? [])
}

function bothEnds<T>(list: readonly T[]): readonly T[] {
  return list.length <= maxRoundEvents
    ? list
    : [...list.slice(0, maxRoundEvents / 2), ...list.slice(-maxRoundEvents / 2)]
}
