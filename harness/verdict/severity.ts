import { type Verdict, verdicts } from '../model/verdict.ts'

/** @returns the verdict that a summary names first, null when there is none. */
export function worstVerdict(some: Iterable<Verdict>): Verdict | null {
  const seen = new Set(some)
  return verdicts.find((verdict) => seen.has(verdict)) ?? null
}

/** For sorting: the order in which a summary merges verdicts, worst first. */
export function severity(verdict: Verdict): number {
  return verdicts.indexOf(verdict)
}
