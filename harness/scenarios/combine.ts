import { type Finding, type OverlapLevel, overlapLevels, type RoundOverlap } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import { severity, worstVerdict } from '../verdict/severity.ts'

const noGate = ' There is no gate on this target: it takes a database URL, direct or of the session pooler.'

/** The combined judgement over all rounds. */
export interface Combined {
  readonly verdict: Verdict
  readonly because: string
  /** The round that explains the verdict. */
  readonly telling: number | null
  /** Worst first, then by round. */
  readonly findings: readonly Finding[]
  /** The lowest level of overlap over all rounds. */
  readonly reached: OverlapLevel
}

/**
 * Merges findings. A finding of a fault counts at any overlap; the absence of faults is proven only if every round reached the
 * overlap that the scenario asks for.
 *
 * @param ungated true if the scenario asks for a gate and the target has none.
 */
export function combined(
  found: readonly Finding[],
  overlaps: readonly RoundOverlap[],
  asked: OverlapLevel,
  rounds: number,
  ungated = false,
): Combined {
  const shown = overlapLevels.find((level) => overlaps.some((overlap) => overlap.level === level)) ?? 0
  const lacking = overlaps.filter(({ level }) => level < asked)
  const [first] = lacking
  const overlap: readonly Finding[] =
    first === undefined
      ? []
      : [
          {
            judge: 'overlap',
            round: first.round,
            verdict: 'inconclusive',
            because: `Overlap of level ${asked} is asked for, and ${lacking.length} of ${rounds} rounds did not reach it: round ${first.round} reached ${first.level}.${ungated ? noGate : ''}`,
          },
        ]
  const findings = [...found, ...overlap].toSorted(
    (one, other) => severity(one.verdict) - severity(other.verdict) || (one.round ?? 0) - (other.round ?? 0),
  )
  const verdict = worstVerdict(findings.map((finding) => finding.verdict)) ?? 'inconclusive'
  const [worst] = findings
  if (worst === undefined) {
    return { verdict, because: 'No judge had anything to say.', telling: null, findings, reached: shown }
  }
  const because = verdict === 'held' ? heldInWords(findings, rounds, shown) : worseInWords(worst, findings, rounds)
  return { verdict, because, telling: worst.round, findings, reached: shown }
}

function heldInWords(findings: readonly Finding[], rounds: number, reached: OverlapLevel): string {
  const [first] = findings
  const told = findings.filter(({ round }) => round === first?.round).map(({ because }) => because)
  const many = rounds === 1 ? 'One round' : `${rounds} rounds`
  const shown = reached === 0 ? '' : `, each at overlap level ${reached} or more`
  return `${many}${shown}. ${[...new Set(told)].join(' ')}`
}

function worseInWords(worst: Finding, findings: readonly Finding[], rounds: number): string {
  const same = new Set(
    findings
      .filter(({ judge, verdict }) => judge === worst.judge && verdict === worst.verdict)
      .map(({ round }) => round),
  )
  const often = rounds > 1 && worst.round !== null ? ` So it was in ${same.size} of ${rounds} rounds.` : ''
  return `${worst.because}${often}`
}
