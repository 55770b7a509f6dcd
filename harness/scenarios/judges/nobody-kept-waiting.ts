import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime, listed, operationsIn } from '../history-text.ts'
import { claimOperation } from './claims.ts'
import { won } from './winners.ts'

const judge = 'nobody is kept waiting'

/**
 * Judges that every worker that asks for a task gets one at once while other workers' claims are open and tasks are free. A
 * worker waited if the witness saw it wait for a lock: a slow answer alone is not waiting.
 */
export function judgeNobodyWaits(events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const finding = (verdict: Finding['verdict'], because: string): readonly Finding[] => [
    { judge, round, verdict, because },
  ]
  const asks = operationsIn(events).filter(({ operation }) => operation === claimOperation)
  const waits = events.filter((event) => event.kind === 'mark' && event.what === 'waiting')
  const seen = waits.flatMap((event) =>
    event.kind === 'mark' ? event.sessions.map((session) => ({ session, at: event.at })) : [],
  )
  const kept = seen.flatMap(({ session, at }) => {
    const ask = asks.find((event) => event.session === session && event.invokedAt <= at && event.returnedAt >= at)
    return ask === undefined ? [] : [{ ask, at }]
  })
  const [first] = kept
  if (first !== undefined) {
    const { ask, at } = first
    const others =
      kept.length === 1 ? '' : ` ${listed(kept.slice(1).map((other) => other.ask.session))} had to wait too.`
    const until = `${describeCheck(ask)}, and at ${formatTime(at)} the database had it waiting for a claim that was not committed yet`
    return finding('breach', `${ask.session} was kept waiting although another task was free. ${until}.${others}`)
  }
  const open = openClaim(events)
  if (open === null) return finding('inconclusive', 'No claim was held open, so no worker could wait for one.')
  const late = asks.find(({ invokedAt, returnedAt }) => invokedAt > open.from && returnedAt > open.to)
  if (late !== undefined) {
    return finding(
      'inconclusive',
      `Whether it waited was not seen: ${describeCheck(late)}; a claim was open until ${formatTime(open.to)}.`,
    )
  }
  const unknown = asks.find(({ fate }) => fate === 'unknown')
  if (unknown !== undefined) return finding('inconclusive', `${describeCheck(unknown)}.`)
  const empty = asks.find((event) => !won(event))
  if (empty !== undefined) {
    return finding('lockout', `${empty.session} got no task although one was free. ${describeCheck(empty)}.`)
  }
  return finding('held', `${asks.length} claims were answered at once while another one was open.`)
}

/** @returns the interval in which a claim was open: in a worker's transaction, or as a row that the witness locked. */
function openClaim(events: readonly HistoryEvent[]): { readonly from: number; readonly to: number } | null {
  const at = (what: string) => events.find((event) => event.kind === 'mark' && event.what === what)
  const [closed, opened] = [at('gate closed'), at('gate opened')]
  if (closed?.kind === 'mark' && opened?.kind === 'mark') return { from: closed.at, to: opened.at }
  const operations = operationsIn(events)
  const first = operations.find((event) => event.operation === claimOperation && won(event))
  const commit = operations.find(({ operation, session, fate }) => {
    return operation === 'commit' && session === first?.session && fate === 'ok'
  })
  return first === undefined || commit === undefined ? null : { from: first.returnedAt, to: commit.returnedAt }
}
