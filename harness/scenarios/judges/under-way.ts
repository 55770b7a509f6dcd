import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { describeCheck, listed } from '../history-text.ts'
import { finishesIn } from './claims.ts'

const judge = 'it was under way'

/** Judges that a finish was under way when its worker was cut off, and again when the worker retried. */
export function judgeUnderWay(events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const waiting = events.find((event) => event.kind === 'mark' && event.what === 'waiting')
  const sessions = waiting?.kind === 'mark' ? waiting.sessions : []
  if (sessions.length >= 2) {
    return [{ judge, round, verdict: 'held', because: 'Both were in the server, behind the gate.' }]
  }
  const tried = listed(finishesIn(events).map(describeCheck))
  const because = `Two attempts to finish were to be in the server at once, and ${sessions.length} were seen there. ${tried}.`
  return [{ judge, round, verdict: 'inconclusive', because }]
}
