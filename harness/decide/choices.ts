import { judgeAs } from '../evidence/judge-again.ts'
import type { CellRecord } from '../model/record.ts'
import { authorizingLayers, type Expectation, isUndecided, layers } from '../model/verdict.ts'
import type { Decided } from './model.ts'

const allow = { decision: 'allow' } as const satisfies Decided
const deny: Decided = { decision: 'deny', layers: authorizingLayers }

/**
 * Chooses the allowance of an undecided cell for which a run with the same answers would hold.
 *
 * @returns `allow`; with the rows that came back where others of the same request did not; with the seconds, rounded up, after
 *   which access had ended.
 */
export function allowanceFor(cell: CellRecord): Decided {
  const { seen = null, along = [], lasted } = cell.outcome?.reading ?? {}
  const candidates: readonly Decided[] = [
    allow,
    ...(seen === null || seen.length === 0 ? [] : [{ ...allow, exactly: seen }]),
    ...(seen === null || along.length === 0 ? [] : [{ ...allow, exactly: [...seen, ...along] }]),
    ...(lasted === undefined ? [] : [{ ...allow, endsWithin: Math.ceil(lasted.seconds) }]),
  ]
  return candidates.find((expected) => wouldHold(cell, expected)) ?? allow
}

/**
 * Chooses how a denial is written.
 *
 * @returns `deny` with the layer that refused; bare where the attempt was not refused, or two answers are compared.
 */
export function denialFor(cell: CellRecord): Decided {
  if (cell.comparison !== null) return deny
  const layer = layers.find((one) => wouldHold(cell, { decision: 'deny', layers: [one] }))
  return layer === undefined ? deny : { decision: 'deny', layers: [layer] }
}

function wouldHold(cell: CellRecord, expected: Decided): boolean {
  return judgeAs(cell, expected)?.verdict === 'held'
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
