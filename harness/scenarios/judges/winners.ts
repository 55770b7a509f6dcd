import type { Finding, OperationEvent } from '../../model/scenario.ts'
import type { Layer, Verdict } from '../../model/verdict.ts'
import { conflicts } from '../fate.ts'
import { listed, told } from '../history-text.ts'

/** What is expected of a contest. */
export interface Contest {
  /** How many may win, and how many have to. */
  readonly winners: { readonly least: number; readonly most: number }
  /** The layers by which the others may be refused. */
  readonly losers: readonly Layer[]
}

/** Layers by which a loser may be told that it came too late, where a scenario names none. */
export const losingLayers: readonly Layer[] = ['constraint', 'application', 'filtered', 'limit', 'rls']

/** @returns whether an operation is known to have got what it wanted: an answer with rows has a row, a write changed one. */
export function won({ fate, rows, value, changed }: OperationEvent): boolean {
  return fate === 'ok' && rows?.length !== 0 && value !== false && changed !== 0 && changed !== null
}

/** @returns whether an operation succeeded by an empty answer, and nothing states whether it changed a row. */
export function isUntold({ fate, changed }: OperationEvent): boolean {
  return fate === 'ok' && changed === null
}

/** How a scenario is written so that an answer states what a write did. */
export const howToTell =
  'Add `returning: representation` to the operation, or have the function return a row or a boolean.'

/** @returns whether enough of a contest is known for its outcome to be there: what is unknown may not have happened. */
export function isSettled({ winners }: Contest, events: readonly OperationEvent[]): boolean {
  const known = events.filter(won).length
  return known >= winners.least || (known > 0 && !events.some((event) => event.fate === 'unknown' || isUntold(event)))
}

/**
 * Judges one round of a contest: as many win as may, and all others are refused. A crash, a timeout or an answer that
 * fits no response pattern is no refusal. An empty answer wins only with the effect.
 *
 * @param effectIsThere true when the state shows the effect of as many winners as have to be. Empty answers then count as
 *   wins, as long as no more operations have them than may win.
 */
export function judgeContest(
  contest: Contest,
  events: readonly OperationEvent[],
  round: number,
  effectIsThere = false,
): readonly Finding[] {
  const finding = (judge: string, verdict: Verdict, because: string): Finding => ({ judge, round, verdict, because })
  const { least, most } = contest.winners
  const certain = events.filter(won)
  const untold = events.filter(isUntold)
  const isStated = effectIsThere && certain.length + untold.length <= most
  const winners = isStated ? events.filter((event) => won(event) || isUntold(event)) : certain
  const unknown = events.filter(({ fate }) => fate === 'unknown')
  const judge = least === most && most === 1 ? 'one winner' : 'as many winners as may be'
  const wanted = least === most ? String(most) : `${least} to ${most}`
  const who = listed(winners.map(({ session }) => session))
  if (winners.length > most) {
    const first = winners.slice(0, 2).map(told).join('; ')
    return [finding(judge, 'breach', `${who} all won, and only ${wanted} may. ${first}.`)]
  }
  const [silent] = untold
  if (silent !== undefined && !isStated) {
    const because = `Whether ${listed(untold.map(({ session }) => session))} won is not known: ${told(silent)}. ${howToTell}`
    return [finding(judge, 'inconclusive', because)]
  }
  if (winners.length === 0 && events.length > 0) {
    return [
      finding(
        judge,
        'inconclusive',
        `No contender won, so nothing was contended. ${events.slice(0, 2).map(told).join('; ')}.`,
      ),
    ]
  }
  const [first] = unknown
  if (first !== undefined) {
    const because = `What became of ${listed(unknown.map(({ session }) => session))} is not known: ${told(first)}.`
    return [finding(judge, 'inconclusive', because)]
  }
  if (winners.length < least) {
    const [loser] = events.filter((event) => !winners.includes(event))
    const why = loser === undefined ? '' : ` ${told(loser)}.`
    return [finding(judge, 'lockout', `Only ${who} won, and ${wanted} have to.${why}`)]
  }
  const losers = events.filter((event) => !winners.includes(event))
  return [finding(judge, 'held', `${who} won, as ${wanted} may.`), ...judgeLosers(contest, losers, round)]
}

function judgeLosers(contest: Contest, losers: readonly OperationEvent[], round: number): readonly Finding[] {
  const judge = 'losers are refused'
  const wrong = losers.find((event) => !lostAsExpected(contest, event))
  if (losers.length === 0) return []
  if (wrong === undefined) {
    const by = [...new Set(losers.map(({ denial, code }) => denial ?? code ?? 'an empty answer'))].sort()
    return [{ judge, round, verdict: 'held', because: `The others were refused by ${listed(by)}.` }]
  }
  const because = `Losers have to be refused by ${listed(contest.losers)}, and ${told(wrong)}.`
  return [{ judge, round, verdict: 'wrong-layer', because }]
}

/** An answer without a row tells a caller as well that there was nothing left. */
function lostAsExpected(contest: Contest, { fate, denial, code }: OperationEvent): boolean {
  if (fate === 'ok') return contest.losers.includes('filtered')
  return (denial !== null && contest.losers.includes(denial)) || (code !== null && conflicts.has(code))
}
