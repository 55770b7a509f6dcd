import type { HistoryEvent, ScenarioRecord } from '../model/scenario.ts'
import { combined } from './combine.ts'
import { overlapOf } from './overlap.ts'
import type { Recipe } from './recipe.ts'

function isUngated(event: HistoryEvent): boolean {
  return event.kind === 'mark' && event.what === 'released' && event.text.includes('there is no gate')
}

/** The judgement of a history. */
export type Judged = Pick<ScenarioRecord, 'verdict' | 'because' | 'telling' | 'findings' | 'overlap' | 'measured'>

/**
 * Judges a recorded history alone, with the functions that judge a scenario when it runs.
 *
 * @param numbers the rounds that were run.
 */
export function judgeHistory(
  recipe: Recipe,
  {
    declared,
    asked,
  }: { readonly declared: ScenarioRecord['declared']; readonly asked: ScenarioRecord['overlap']['asked'] },
  history: readonly HistoryEvent[],
  numbers: readonly number[],
): Judged {
  const rounds = numbers.map((round) => ({ round, events: history.filter((event) => event.round === round) }))
  const overlaps = rounds.map(({ round, events }) => overlapOf(events, round))
  const found = rounds.flatMap(({ round, events }) => recipe.judge(declared, events, round))
  const { verdict, because, telling, findings, reached } = combined(
    found,
    overlaps,
    asked,
    numbers.length,
    history.some(isUngated),
  )
  const measured = longest(rounds.map(({ events }) => recipe.measure(declared, events)))
  return {
    ...{ verdict, because, telling, findings, overlap: { asked, reached, rounds: overlaps } },
    ...(Object.keys(measured).length === 0 ? {} : { measured }),
  }
}

function longest(rounds: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const most = new Map<string, number>()
  for (const [name, seconds] of rounds.flatMap((round) => Object.entries(round))) {
    most.set(name, Math.max(seconds, most.get(name) ?? 0))
  }
  return Object.fromEntries([...most].sort(([one], [other]) => (one < other ? -1 : 1)))
}
