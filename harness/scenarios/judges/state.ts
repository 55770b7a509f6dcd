import { isObject, type Json, sameJson } from '../../json.ts'
import type { Finding, HistoryEvent, OperationEvent, StateCheck, StateEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime, listed, operationsIn } from '../history-text.ts'
import { expectedInWords, noRows } from '../state.ts'

/**
 * Judges the state that the witness read against the state that the scenario expects. The answers to operations count for
 * nothing here; the finding lists the operations before the reading for the reader.
 *
 * @param at the point of the recipe at which the state was read.
 * @param settled false if the operation that has to bring the state about is not known to have happened: then another state
 *   proves nothing.
 */
export function judgeState(
  events: readonly HistoryEvent[],
  at: string,
  round: number,
  settled = true,
): readonly Finding[] {
  const judge = `the state ${at}`
  const read = events.filter((event) => event.kind === 'state').filter((event) => event.moment === at)
  // A reading without expectations proves nothing.
  const states = read.filter(({ checks }) => checks.length > 0)
  return states.map((state): Finding => {
    if (state.checks.every(({ holds }) => holds)) {
      return { judge, round, verdict: 'held', because: `All of the state is as expected ${at}.` }
    }
    const wrong = `Read at ${formatTime(state.at)}, ${at}: ${wrongInWords(state)}.`
    const operations = operationsIn(events)
    if (settled) return { judge, round, verdict: 'breach', because: `${wrong}${doneBefore(state, operations)}` }
    return { judge, round, verdict: 'inconclusive', because: `${wrong}${unknownIn(operations)}` }
  })
}

/**
 * @returns how the state changed: `there` if it became as expected, `wrong` if it became something else, `same` if none of it
 *   changed; null if one of the readings is missing.
 */
export function effectIn(
  events: readonly HistoryEvent[],
  before: string,
  after: string,
): 'there' | 'wrong' | 'same' | null {
  const states = events.filter((event) => event.kind === 'state')
  const first = states.find(({ moment: when }) => when === before)
  const last = states.find(({ moment: when }) => when === after)
  if (first === undefined || last === undefined) return null
  if (last.checks.every((check) => isUnchanged(check, first))) return 'same'
  return last.checks.every(({ holds }) => holds) ? 'there' : 'wrong'
}

/** @returns whether a check found the same value as in an earlier reading. */
export function isUnchanged({ name, found }: StateCheck, before: StateEvent): boolean {
  const known = before.checks.find((check) => check.name === name)
  return known !== undefined && sameJson(known.found, found)
}

/** @returns whether every difference is a missing row or a value that is too small. */
export function onlyLacks({ checks }: StateEvent): boolean {
  return checks.filter(({ holds }) => !holds).every(({ expected, found }) => lacks(expected, found))
}

function lacks(expected: Json, found: Json): boolean {
  if (typeof found !== 'number') return found === noRows
  return typeof expected === 'number' ? found < expected : isObject(expected) && expected.at_least !== undefined
}

/** @returns the differences from the expected state: `account.balance is 300 and has to be 100`. */
export function wrongInWords({ checks }: StateEvent): string {
  const wrong = checks.filter(({ holds }) => !holds)
  return listed(
    wrong.map(
      ({ name, expected, found }) => `${name} is ${JSON.stringify(found)} and has to be ${expectedInWords(expected)}`,
    ),
  )
}

function unknownIn(operations: readonly OperationEvent[]): string {
  const unknown = operations.filter(({ fate }) => fate === 'unknown')
  return unknown.length === 0 ? '' : ` What became of ${listed(unknown.map(({ session }) => session))} is not known.`
}

function doneBefore({ at }: StateEvent, operations: readonly OperationEvent[]): string {
  const done = operations.filter(({ fate, returnedAt }) => fate === 'ok' && returnedAt <= at)
  const many = done.length === 1 ? 'One operation was' : `${done.length} operations were`
  return done.length === 0 ? '' : ` ${many} done before: ${done.slice(0, 2).map(describeCheck).join('; ')}.`
}
