import { isObject, type Json, sameJson } from '../../json.ts'
import type { Finding, HistoryEvent, OperationEvent, StateCheck, StateEvent } from '../../model/scenario.ts'
import { listed, moment, operationsIn, told } from '../history-text.ts'
import { expectedInWords, noRows } from '../state.ts'

/**
 * Judges what the witness read: everything that a scenario says about the state is true. What an operation was answered
 * counts for nothing here; what was done before the reading is told beside it.
 *
 * @param at the moment of the recipe at which it was read.
 * @param settled false when what was to bring the state about is not known to have happened: then another state proves
 *   nothing.
 */
export function judgeState(
  events: readonly HistoryEvent[],
  at: string,
  round: number,
  settled = true,
): readonly Finding[] {
  const judge = `the state ${at}`
  const read = events.filter((event) => event.kind === 'state').filter((event) => event.moment === at)
  // Where a scenario expects nothing, nothing is as expected.
  const states = read.filter(({ checks }) => checks.length > 0)
  return states.map((state): Finding => {
    if (state.checks.every(({ holds }) => holds)) {
      return { judge, round, verdict: 'held', because: `All of the state is as expected ${at}.` }
    }
    const wrong = `Read at ${moment(state.at)}, ${at}: ${wrongInWords(state)}.`
    const operations = operationsIn(events)
    if (settled) return { judge, round, verdict: 'breach', because: `${wrong}${doneBefore(state, operations)}` }
    return { judge, round, verdict: 'inconclusive', because: `${wrong}${unknownIn(operations)}` }
  })
}

/**
 * @returns what the state was before and is afterwards: `there` when it has become as expected, `wrong` when it has become
 *   something else, `same` when nothing of it has changed; null when one of them was not read.
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

/** @returns whether a check finds the same as at an earlier moment. */
export function isUnchanged({ name, found }: StateCheck, before: StateEvent): boolean {
  const known = before.checks.find((check) => check.name === name)
  return known !== undefined && sameJson(known.found, found)
}

/** @returns whether all that is wrong is that something is not there, or too little of it. */
export function onlyLacks({ checks }: StateEvent): boolean {
  return checks.filter(({ holds }) => !holds).every(({ expected, found }) => lacks(expected, found))
}

function lacks(expected: Json, found: Json): boolean {
  if (typeof found !== 'number') return found === noRows
  return typeof expected === 'number' ? found < expected : isObject(expected) && expected.at_least !== undefined
}

/** @returns what is not as expected: `account.balance is 300 and has to be 100`. */
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
  return done.length === 0 ? '' : ` ${many} done before: ${done.slice(0, 2).map(told).join('; ')}.`
}
