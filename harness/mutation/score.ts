import { groupBy } from '../group.ts'
import type { MutantResult, Score } from './model.ts'

/** Counts the results of mutants. */
export function scoreOf(name: string, results: readonly Pick<MutantResult, 'status'>[]): Score {
  const count = (...statuses: readonly MutantResult['status'][]) =>
    results.filter(({ status }) => statuses.includes(status)).length
  const noticed = count('noticed')
  const unnoticed = count('survived', 'untouched')
  const all = noticed + unnoticed
  return {
    name,
    noticed,
    unnoticed,
    equivalent: count('equivalent'),
    accepted: count('accepted'),
    failed: count('failed'),
    // Rounded down, so that no rounding reaches a minimum or a hundred.
    score: all === 0 ? null : Math.floor((noticed / all) * 1000) / 10,
  }
}

/** @returns a score for each group of mutants, by name. */
export function scoresBy(results: readonly MutantResult[], nameOf: (result: MutantResult) => string): readonly Score[] {
  return [...groupBy(results, nameOf)]
    .map(([name, group]) => scoreOf(name, group))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}
