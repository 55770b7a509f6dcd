import type { Finding, OperationEvent } from '../../model/scenario.ts'
import type { Layer, Verdict } from '../../model/verdict.ts'
import { conflicts } from '../completion.ts'
import { describeCheck, listed } from '../history-text.ts'

/** The expected outcome of a race. */
export interface Race {
  /** The minimum and maximum number of winners. */
  readonly winners: { readonly least: number; readonly most: number }
  /** The layers that may refuse the losers. */
  readonly losers: readonly Layer[]
}

/** The layers that may refuse a loser if the scenario names none. */
export const losingLayers: readonly Layer[] = ['constraint', 'application', 'filtered', 'limit', 'rls']

/** @returns whether an operation certainly succeeded: a read returned a row, a write changed one. */
export function won({ fate, rows, value, changed }: OperationEvent): boolean {
  return fate === 'ok' && rows?.length !== 0 && value !== false && changed !== 0 && changed !== null
}

/** @returns whether an operation succeeded with an empty answer that leaves open whether it changed a row. */
export function isUnknownWrite({ fate, changed }: OperationEvent): boolean {
  return fate === 'ok' && changed === null
}

/** Advice for a write whose answer leaves open whether it changed a row. */
export const writeHint =
  'Add `returning: representation` to the operation, or have the function return a row or a boolean.'

/** @returns whether enough operations certainly won for the outcome to be there. An unknown operation may not have happened. */
export function isSettled({ winners }: Race, events: readonly OperationEvent[]): boolean {
  const known = events.filter(won).length
  return (
    known >= winners.least || (known > 0 && !events.some((event) => event.fate === 'unknown' || isUnknownWrite(event)))
  )
}

/**
 * Judges one round of a race: the expected number of operations wins, and all others are refused. A crash, a timeout or an
 * answer that fits no response pattern is no refusal. An empty answer wins only if the effect is there.
 *
 * @param effectIsThere true if the state shows the effect of the required number of winners. Empty answers then count as wins,
 *   unless there are more of them than winners are allowed.
 */
export function judgeRace(
  contest: Race,
  events: readonly OperationEvent[],
  round: number,
  effectIsThere = false,
): readonly Finding[] {
  const finding = (judge: string, verdict: Verdict, because: string): Finding => ({ judge, round, verdict, because })
  const { least, most } = contest.winners
  const certain = events.filter(won)
  const untold = events.filter(isUnknownWrite)
  const isStated = effectIsThere && certain.length + untold.length <= most
  const winners = isStated ? events.filter((event) => won(event) || isUnknownWrite(event)) : certain
  const unknown = events.filter(({ fate }) => fate === 'unknown')
  const judge = least === most && most === 1 ? 'one winner' : 'as many winners as may be'
  const wanted = least === most ? String(most) : `${least} to ${most}`
  const who = listed(winners.map(({ session }) => session))
  if (winners.length > most) {
    const first = winners.slice(0, 2).map(describeCheck).join('; ')
    return [finding(judge, 'breach', `${who} all won, and only ${wanted} may. ${first}.`)]
  }
  const [silent] = untold
  if (silent !== undefined && !isStated) {
    const because = `Whether ${listed(untold.map(({ session }) => session))} won is not known: ${describeCheck(silent)}. ${writeHint}`
    return [finding(judge, 'inconclusive', because)]
  }
  if (winners.length === 0 && events.length > 0) {
    return [
      finding(
        judge,
        'inconclusive',
        `No contender won, so nothing was contended. ${events.slice(0, 2).map(describeCheck).join('; ')}.`,
      ),
    ]
  }
  const [first] = unknown
  if (first !== undefined) {
    const because = `What became of ${listed(unknown.map(({ session }) => session))} is not known: ${describeCheck(first)}.`
    return [finding(judge, 'inconclusive', because)]
  }
  if (winners.length < least) {
    const [loser] = events.filter((event) => !winners.includes(event))
    const why = loser === undefined ? '' : ` ${describeCheck(loser)}.`
    return [finding(judge, 'lockout', `Only ${who} won, and ${wanted} have to.${why}`)]
  }
  const losers = events.filter((event) => !winners.includes(event))
  return [finding(judge, 'held', `${who} won, as ${wanted} may.`), ...judgeLosers(contest, losers, round)]
}

function judgeLosers(contest: Race, losers: readonly OperationEvent[], round: number): readonly Finding[] {
  const judge = 'losers are refused'
  const wrong = losers.find((event) => !lostAsExpected(contest, event))
  if (losers.length === 0) return []
  if (wrong === undefined) {
    const by = [...new Set(losers.map(({ denial, code }) => denial ?? code ?? 'an empty answer'))].sort()
    return [{ judge, round, verdict: 'held', because: `The others were refused by ${listed(by)}.` }]
  }
  const because = `Losers have to be refused by ${listed(contest.losers)}, and ${describeCheck(wrong)}.`
  return [{ judge, round, verdict: 'wrong-layer', because }]
}

/** An answer without a row also shows a caller that nothing was left. */
function lostAsExpected(contest: Race, { fate, denial, code }: OperationEvent): boolean {
  if (fate === 'ok') return contest.losers.includes('filtered')
  return (denial !== null && contest.losers.includes(denial)) || (code !== null && conflicts.has(code))
}
