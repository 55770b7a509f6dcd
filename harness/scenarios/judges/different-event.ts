import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime } from '../history-text.ts'
import { accepted, moments, phasesOf } from './deliveries.ts'
import { wrongInWords } from './state.ts'

const judge = 'a different event'

/**
 * The control of a replayed event: a different event has an effect of its own. If it has none, it stays open whether the
 * service recognised the replays or accepts no delivery any more.
 */
export function judgeDifferentEvent(events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const phase = phasesOf(events).find((one) => one.moment === moments.different)
  if (phase === undefined) return []
  const { deliveries, state } = phase
  const finding = (verdict: Finding['verdict'], because: string): Finding => ({ judge, round, verdict, because })
  const refused = deliveries.find((event) => !accepted(event))
  if (refused !== undefined) {
    return [
      finding(
        'inconclusive',
        `${describeCheck(refused)}. That was a different event: without one that counts, replays that do not count prove nothing.`,
      ),
    ]
  }
  if (state.checks.every(({ holds }) => holds)) return [finding('held', 'A different event had an effect of its own.')]
  const because = `A different event did not have its effect alone. Read at ${formatTime(state.at)}: ${wrongInWords(state)}.`
  return [finding('inconclusive', because)]
}
