import { combined } from './combine.ts'
import type { HistoryEvent, ScenarioRecord } from './model.ts'
import { overlapOf } from './overlap.ts'
import type { Recipe } from './recipe.ts'

function isUngated(event: HistoryEvent): boolean {
  return event.kind === 'mark' && event.what === 'released' && event.text.includes('there is no gate')
}

/** What a history comes to. */
export type Judged = Pick<ScenarioRecord, 'verdict' | 'because' | 'telling' | 'findings' | 'overlap'>

/**
 * Judges a history from what was recorded alone, by the functions that judge it when a scenario is run.
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
  return { verdict, because, telling, findings, overlap: { asked, reached, rounds: overlaps } }
}
