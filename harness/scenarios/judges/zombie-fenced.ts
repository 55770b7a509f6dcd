import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import type { Layer } from '../../model/verdict.ts'
import { describeCheck, formatTime, listed } from '../history-text.ts'
import { type ClaimTerms, crashIn, finishesIn, taskInWords } from './claims.ts'
import { isUnknownWrite, won, writeHint } from './winners.ts'

const judge = 'the zombie is refused'

/**
 * Judges that a worker that was cut off and comes back cannot finish a task that another session has taken over.
 *
 * @param layers the layers that may refuse it.
 */
export function judgeZombie(
  terms: ClaimTerms & { readonly layers: readonly Layer[] },
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const crash = crashIn(events, terms)
  // Without a successor, no other session held the task. A worker whose claim never committed does not believe that it holds
  // it.
  if (crash === null || crash.successor === null || crash.claim?.committed !== true) return []
  const { session, claim, successor } = crash
  const finding = (verdict: Finding['verdict'], because: string): readonly Finding[] => [
    { judge, round, verdict, because },
  ]
  const returns = finishesIn(events).filter(
    (event) => event.session === session && event.invokedAt > successor.event.returnedAt,
  )
  const [first] = returns
  if (first === undefined) return finding('inconclusive', `${session} never came back to finish what it had claimed.`)
  const lost = `${taskInWords(claim.task)}, which ${successor.event.session} had taken over at ${formatTime(successor.event.returnedAt)}`
  const finished = returns.find(won)
  if (finished !== undefined) {
    const since = `by its claim from ${formatTime(claim.event.invokedAt)}, which was over`
    return finding('breach', `${session} came back and finished ${lost}, ${since}. ${describeCheck(finished)}.`)
  }
  const unknown = returns.find(({ fate }) => fate === 'unknown')
  if (unknown !== undefined) {
    return finding('inconclusive', `Whether ${session} finished ${lost}, is not known: ${describeCheck(unknown)}.`)
  }
  const untold = returns.find(isUnknownWrite)
  if (untold !== undefined) {
    return finding(
      'inconclusive',
      `Whether ${session} finished ${lost}, is not known: ${describeCheck(untold)}. ${writeHint}`,
    )
  }
  const { layers } = terms
  const wrong = returns.find(({ fate, denial }) => {
    return fate === 'ok' ? !layers.includes('filtered') : denial === null || !layers.includes(denial)
  })
  if (wrong !== undefined) {
    return finding(
      'wrong-layer',
      `${session} has to be refused by ${listed(layers)} when it comes back, and ${describeCheck(wrong)}.`,
    )
  }
  const by = first.denial ?? 'an empty answer'
  return finding('held', `${session} came back, and could not finish ${lost}: refused by ${by}.`)
}
