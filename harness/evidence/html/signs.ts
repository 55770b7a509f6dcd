import type { CellRecord } from '../../model/record.ts'
import type { Verdict } from '../../model/verdict.ts'

/** The display of a cell: a sign as well as a colour. */
export interface Sign {
  readonly sign: string
  /** The class that gives the colour. */
  readonly look: string
  readonly meaning: string
}

const ofVerdict: Readonly<Record<Exclude<Verdict, 'held'>, Sign>> = {
  breach: { sign: '✗', look: 'breach', meaning: 'breach: a denial was expected, it happened' },
  lockout: { sign: '⊘', look: 'lockout', meaning: 'lockout: allowed was expected, it was refused' },
  'wrong-layer': { sign: '≠', look: 'wrong-layer', meaning: 'wrong-layer: refused, but by another layer' },
  undecided: { sign: '?', look: 'undecided', meaning: 'undecided: not decided yet' },
  error: { sign: '!', look: 'error', meaning: 'error: Trespass itself failed' },
  inconclusive: { sign: '~', look: 'inconclusive', meaning: 'inconclusive: not proven' },
}

const allowed: Sign = { sign: '✓', look: 'allowed', meaning: 'held: allowed, and it works' }
const denied: Sign = { sign: '–', look: 'denied', meaning: 'held: denied, and it holds' }

/** In the order of the legend. */
export const signs: readonly Sign[] = [...Object.values(ofVerdict), allowed, denied]

/** @returns the sign of a cell. */
export function signOf({ verdict, expected }: Pick<CellRecord, 'verdict' | 'expected'>): Sign {
  if (verdict !== 'held') return ofVerdict[verdict]
  return expected.decision === 'allow' ? allowed : denied
}

/** @returns the sign of a verdict on a scenario or by one of its judges. */
export function signOfVerdict(verdict: Verdict): Sign {
  return verdict === 'held' ? { sign: '✓', look: 'allowed', meaning: 'held' } : ofVerdict[verdict]
}
