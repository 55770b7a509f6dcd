import type { Finding, HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import type { Layer } from '../../model/verdict.ts'
import { describeCheck, listed } from '../history-text.ts'
import { accepted, hadEffect, moments, phasesOf, replaysIn } from './deliveries.ts'
import { isUnknownWrite, writeHint } from './winners.ts'

/** The expected answer to a delivery after the first: accepted like the first one, or refused by one of these layers. */
export type ReplayAnswer = 'accepted' | readonly Layer[]

const judge = 'answers to replays'

/** An answer to a delivery that differs from the expected one. */
interface Wrong {
  readonly verdict: Finding['verdict']
  readonly event: OperationEvent
  readonly has: string
}

/**
 * Judges the answers to the deliveries of one event. If replays are to be refused, one of the concurrent deliveries may be
 * accepted, as the first of them; a later delivery may not.
 *
 * @param expected by operation. The answer to an operation that is not named is not judged: the state settles it.
 */
export function judgeReplayAnswers(
  expected: ReadonlyMap<string, ReplayAnswer>,
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const wrong: Wrong[] = []
  for (const { moment, deliveries } of replaysIn(phasesOf(events))) {
    const refusable = deliveries.filter(({ operation }) => Array.isArray(expected.get(operation)))
    const ofFirst = moment === moments.together ? [refusable.find(hadEffect), refusable.find(isUnknownWrite)] : []
    const first = ofFirst.find((event) => event !== undefined)
    wrong.push(
      ...deliveries
        .filter((event) => event !== first)
        .flatMap((event) => wrongWith(event, expected.get(event.operation))),
    )
  }
  const finding = (verdict: Finding['verdict'], because: string): Finding => ({ judge, round, verdict, because })
  const [worst] = order.flatMap((verdict) => wrong.filter((one) => one.verdict === verdict))
  if (worst !== undefined)
    return [finding(worst.verdict, `${describeCheck(worst.event)}, and ${worst.has}`.replace(/\.?$/, '.'))]
  const names = [...expected.keys()]
  return names.length === 0
    ? []
    : [finding('held', `Replays were answered as expected: ${listed(names.map(inWords))}.`)]

  function inWords(name: string): string {
    const answer = expected.get(name)
    return `${name} ${Array.isArray(answer) ? `refused by ${answer.join(' or ')}` : 'accepted'}`
  }
}

/** Worst first. */
const order: readonly Finding['verdict'][] = ['breach', 'lockout', 'wrong-layer', 'inconclusive']

function wrongWith(event: OperationEvent, expected: ReplayAnswer | undefined): readonly Wrong[] {
  if (expected === undefined) return []
  if (event.fate === 'unknown') {
    return [{ verdict: 'inconclusive', event, has: 'so it is not known whether a replay is answered as it has to be' }]
  }
  if (expected === 'accepted') {
    return accepted(event) ? [] : [{ verdict: 'lockout', event, has: 'a replay has to be accepted' }]
  }
  const by = `has to be refused by ${expected.join(' or ')}`
  if (isUnknownWrite(event)) {
    return [
      { verdict: 'inconclusive', event, has: `a replay ${by}: whether it had an effect is not known. ${writeHint}` },
    ]
  }
  if (hadEffect(event)) return [{ verdict: 'breach', event, has: `a replay ${by}` }]
  const { denial } = event
  // A write that changed no row was filtered.
  const layer = accepted(event) ? 'filtered' : denial
  const fits = layer !== null && expected.includes(layer)
  return fits ? [] : [{ verdict: 'wrong-layer', event, has: `a replay ${by}` }]
}
