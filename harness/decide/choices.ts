import { judgeAs } from '../evidence/judge-again.ts'
import type { CellRecord } from '../evidence/record.ts'
import { authorizingLayers, type Expectation, isUndecided } from '../verdict/model.ts'
import type { Decided } from './model.ts'

const allow: Decided = { decision: 'allow' }
const deny: Decided = { decision: 'deny', layers: authorizingLayers }

/**
 * Chooses how an allowance of an undecided cell is written: by what a run that shows the same again would hold.
 *
 * @returns `allow`, or with the rows that came back where others of the same request did not.
 */
export function allowanceFor(cell: CellRecord): Decided {
  const seen = cell.outcome?.reading?.seen ?? null
  const exactly: Decided | null =
    cell.observed?.kind !== 'access' || seen === null || cell.comparison !== null
      ? null
      : { decision: 'allow', exactly: seen }
  const holds = (expected: Decided) => judgeAs(cell, expected)?.verdict === 'held'
  return exactly !== null && !holds(allow) && holds(exactly) ? exactly : allow
}

/** @returns a denial with the layer that refused; without one where the attempt was not refused, or two answers are compared. */
export function denialFor({ observed }: CellRecord): Decided {
  if (observed?.kind !== 'refused' || observed.layer === null) return deny
  return { decision: 'deny', layers: [observed.layer] }
}

/** A cell of a report that nothing decides yet and that a run has tried. */
export function isObserved({ expected, observed }: CellRecord): boolean {
  return isUndecided(expected) && observed !== undefined
}

/** @returns the verdict of a run that shows the same again, in a sentence. */
export function consequenceOf(cell: CellRecord, expected: Expectation): string {
  const judgement = judgeAs(cell, expected)
  return judgement === null ? 'not known' : `${judgement.verdict}: ${judgement.because}`
}
