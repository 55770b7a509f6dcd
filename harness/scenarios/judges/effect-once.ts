import type { Finding, HistoryEvent, OperationEvent, StateCheck, StateEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime, listed } from '../history-text.ts'
import { accepted, hadEffect, moments, type Phase, phasesOf, replaysIn } from './deliveries.ts'
import { isUnchanged, wrongInWords } from './state.ts'

const judge = 'effect once'

/**
 * Judges the effect of the deliveries of one event on the state: the first has the whole effect, and no other has any. The
 * answers count only for whether a delivery was accepted at all: the state settles an unknown outcome.
 */
export function judgeEffectOnce(events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const phases = phasesOf(events)
  const before = phases.find((phase) => phase.moment === moments.before)?.state
  const replays = replaysIn(phases)
  const [first] = replays
  if (before === undefined || first === undefined) return []
  const finding = (verdict: Finding['verdict'], because: string): Finding => ({ judge, round, verdict, because })
  if (before.checks.every(({ holds }) => holds)) {
    return [finding('inconclusive', 'What is expected of the effect was true before anything was delivered.')]
  }
  const changed = first.state.checks.some((check) => !isUnchanged(check, before))
  if (!changed && !first.deliveries.some(hadEffect)) {
    const because = `No delivery was accepted, so there was nothing to replay. ${firstTwo(first.deliveries)}`
    return [finding('inconclusive', because)]
  }
  const wrong = replays.find(({ state }) => wrongIn(state).length > 0)
  if (wrong === undefined) {
    const count = replays.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
    return [finding('held', `${count} deliveries of one event had the effect of one.`)]
  }
  const none = wrong === first && wrongIn(wrong.state).every((check) => isUnchanged(check, before))
  if (none) {
    return [
      finding('lockout', `${firstTwo(first.deliveries.filter(accepted))} It had not all of its effect. ${read(wrong)}`),
    ]
  }
  const because = wrong === first ? atOnce(wrong) : oneMore(wrong)
  return [finding('breach', `${because} ${read(wrong)}`)]
}

function wrongIn({ checks }: StateEvent): readonly StateCheck[] {
  return checks.filter(({ holds }) => !holds)
}

function atOnce({ deliveries }: Phase): string {
  const who = listed(deliveries.map(({ session }) => session))
  const took = deliveries.filter(accepted)
  const all = took.length === deliveries.length ? 'all of them were' : `${took.length} of them were`
  return `${who} delivered one event at once, and ${all} accepted. ${firstTwo(took)}`
}

function oneMore({ deliveries }: Phase): string {
  return `The event had had its effect, and it had another one when it was delivered once more. ${firstTwo(deliveries)}`
}

function read({ state }: Phase): string {
  return `Read at ${formatTime(state.at)}: ${wrongInWords(state)}.`
}

function firstTwo(deliveries: readonly OperationEvent[]): string {
  return deliveries.length === 0 ? '' : `${deliveries.slice(0, 2).map(describeCheck).join('; ')}.`
}
