import type { Finding, HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime } from '../history-text.ts'
import { type ClaimTerms, crashIn, finishesIn, taskInWords } from './claims.ts'
import { onlyLacks, wrongInWords } from './state.ts'
import { isUnknownWrite, won } from './winners.ts'

const judge = 'done once'

function isOpen(event: OperationEvent): boolean {
  return event.fate === 'unknown' || isUnknownWrite(event)
}

/** The point of the recipe at which the effects of a task are read. */
export const effectsRead = 'when all was done'

/**
 * Judges that a task has had its effect exactly once, however many workers tried, and that the worker that held it could finish
 * it.
 */
export function judgeDoneOnce(terms: ClaimTerms, events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const finding = (verdict: Finding['verdict'], because: string): Finding => ({ judge, round, verdict, because })
  const finishes = finishesIn(events)
  const who = finishes.map(describeCheck).join('; ')
  const successor = crashIn(events, terms)?.successor ?? null
  const refused = finishes.find(({ session, fate }) => session === successor?.event.session && fate === 'failed')
  const locked =
    successor === null || refused === undefined
      ? []
      : [
          finding(
            'lockout',
            `${successor.event.session} held ${taskInWords(successor.task)} and could not finish it. ${describeCheck(refused)}.`,
          ),
        ]
  const state = events.findLast((event) => event.kind === 'state' && event.moment === effectsRead)
  if (state?.kind !== 'state') return locked
  if (state.checks.every(({ holds }) => holds)) {
    return [...locked, finding('held', 'What it was to bring about is there once.')]
  }
  const read = `Read at ${formatTime(state.at)}: ${wrongInWords(state)}.`
  // A finish of unknown outcome may not have happened. That explains a missing effect, but no other difference.
  const settled = finishes.some(won) || (finishes.some(isOpen) && !onlyLacks(state))
  return [
    ...locked,
    finding(settled ? 'breach' : 'inconclusive', `${who === '' ? 'Nobody finished it' : who}. ${read}`),
  ]
}
