import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { describeCheck, describeCompletion, formatTime, operationsIn } from '../history-text.ts'
import { type ClaimTerms, claimOperation, crashIn, taskInWords } from './claims.ts'

const judge = 'recovered within'

/** Judges that another session gets the task of a worker that was cut off, within the time limit. */
export function judgeRecovery(
  terms: ClaimTerms & { readonly withinMs: number },
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const crash = crashIn(events, terms)
  if (crash === null || crash.claim === null) return []
  const { at, session, claim, successor } = crash
  const task = taskInWords(claim.task)
  const limit = `${formatTime(terms.withinMs)}`
  const finding = (verdict: Finding['verdict'], because: string): readonly Finding[] => [
    { judge, round, verdict, because },
  ]
  const asks = operationsIn(events).filter(
    (event) => event.operation === claimOperation && event.session !== session && event.returnedAt > at,
  )
  const unknown = asks.find(({ fate }) => fate === 'unknown')
  if (successor !== null) {
    const took = successor.event.returnedAt - at
    if (took <= 0) return finding('held', `${successor.event.session} had ${task} before ${session} was cut off.`)
    const because = `${successor.event.session} got ${task} ${formatTime(took)} after ${session} was cut off`
    if (took <= terms.withinMs) return finding('held', `${because}; ${limit} were allowed.`)
    // A claim of unknown outcome may have taken the task, and kept it from the other workers.
    if (unknown === undefined) return finding('breach', `${because}, and it has to be recovered within ${limit}.`)
    return finding(
      'inconclusive',
      `${because}. It is not known whether it was taken before: ${describeCheck(unknown)}.`,
    )
  }
  const last = asks.at(-1)
  const cut = `${session} was cut off at ${formatTime(at)} with ${task}, which it held by its claim from ${formatTime(claim.event.invokedAt)}.`
  if (last === undefined) return finding('inconclusive', `${cut} No worker asked for it afterwards.`)
  if (unknown !== undefined) {
    return finding(
      'inconclusive',
      `${cut} Whether ${unknown.session} got it is not known: it was ${describeCompletion(unknown)}.`,
    )
  }
  const tried = `${last.session} asked ${asks.length} times until ${formatTime(last.returnedAt)} and was ${describeCompletion(last)} at last.`
  return finding('breach', `${cut} No worker got it again: ${tried} It has to be recovered within ${limit}.`)
}
