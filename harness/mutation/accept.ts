import type { AcceptedMutant } from '../evidence/accepted.ts'
import type { MutantResult } from './model.ts'

/** Results compared with the mutants that a team accepts. */
export interface WeighedResults {
  readonly results: readonly MutantResult[]
  /** Acceptances whose day has passed, and those of mutants that the schema does not have or that are noticed, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Marks the mutants that nothing notices and that `accepted.yaml` names.
 *
 * @param made the ids of all mutants of the schema.
 * @param today the day in UTC: `2026-11-21`.
 */
export function withAccepted(
  results: readonly MutantResult[],
  acceptances: readonly AcceptedMutant[],
  made: ReadonlySet<string>,
  today: string,
): WeighedResults {
  const valid = new Map(acceptances.filter(({ until }) => until >= today).map((one) => [one.mutant, one]))
  const weighed = results.map((result): MutantResult => {
    const by = valid.get(result.mutant.id)
    const isUnnoticed = result.status === 'survived' || result.status === 'untouched'
    if (by === undefined || !isUnnoticed) return result
    return { ...result, status: 'accepted', why: `${by.owner}, until ${by.until}: ${by.reason}` }
  })
  const noticed = new Set(results.filter(({ status }) => status === 'noticed').map(({ mutant }) => mutant.id))
  const notes = acceptances.flatMap(({ mutant, until }) => {
    if (until < today) return [`accepted.yaml: ${mutant} expired on ${until}`]
    if (!made.has(mutant)) return [`accepted.yaml: ${mutant} is no mutant of the schema`]
    return noticed.has(mutant) ? [`accepted.yaml: ${mutant} is noticed, its entry can go`] : []
  })
  return { results: weighed, notes }
}
