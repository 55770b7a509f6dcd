import type { Matrix } from '../model/matrix.ts'
import type { CellRecord, InvariantRecord, NotRunRecord, RunRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import { type Verdict, verdicts } from '../model/verdict.ts'
import { worstVerdict } from '../verdict/severity.ts'

export type Totals = Readonly<Record<Verdict, number>>

/** A matrix that declares invariants; a loaded matrix satisfies it. */
export type DeclaresInvariants = Pick<Matrix, 'name' | 'invariants'>

/** @returns the number of cells for each verdict; every verdict is present, also with 0. */
export function totalsOf(cells: Iterable<{ readonly verdict: Verdict }>): Totals {
  const totals = {
    breach: 0,
    lockout: 0,
    'wrong-layer': 0,
    undecided: 0,
    error: 0,
    inconclusive: 0,
    held: 0,
  }
  for (const cell of cells) totals[cell.verdict] += 1
  return totals
}

/** @returns the number of cells and scenarios together for each verdict. */
export function allTotals({ totals, scenarios }: Pick<RunRecord, 'totals' | 'scenarios'>): Totals {
  return {
    breach: totals.breach + scenarios.breach,
    lockout: totals.lockout + scenarios.lockout,
    'wrong-layer': totals['wrong-layer'] + scenarios['wrong-layer'],
    undecided: totals.undecided + scenarios.undecided,
    error: totals.error + scenarios.error,
    inconclusive: totals.inconclusive + scenarios.inconclusive,
    held: totals.held + scenarios.held,
  }
}

/** @returns the number of cells that have a verdict. */
export function judged(totals: Totals): number {
  return verdicts.reduce((sum, verdict) => sum + totals[verdict], 0)
}

/** @returns the cells that were not tried, counted by reason; the most frequent reason comes first. */
export function notRunRecords(cells: Iterable<Pick<CellRecord, 'notRun'>>): NotRunRecord[] {
  const counts = new Map<string, number>()
  for (const { notRun } of cells) if (notRun !== undefined) counts.set(notRun, (counts.get(notRun) ?? 0) + 1)
  return [...counts]
    .map(([why, count]) => ({ why, cells: count }))
    .sort((one, other) => other.cells - one.cells || (one.why < other.why ? -1 : 1))
}

/** A proof of invariants: a cell, or a scenario, which declares its own. */
export type Proof = Pick<CellRecord, 'id' | 'matrix' | 'verdict' | 'invariants'>

/**
 * Assigns to every declared invariant the cells that prove it.
 *
 * @returns one record per invariant, by matrix and in declared order. An invariant that no cell of this run proves is
 *   inconclusive.
 */
export function invariantRecords(matrices: readonly DeclaresInvariants[], cells: Iterable<Proof>): InvariantRecord[] {
  const proofs = new Map<string, { readonly ids: string[]; readonly verdicts: Set<Verdict> }>()
  for (const cell of cells) {
    for (const invariant of cell.invariants) {
      const key = proofKey(cell.matrix, invariant)
      const proof = proofs.get(key) ?? { ids: [], verdicts: new Set() }
      proofs.set(key, proof)
      proof.ids.push(cell.id)
      proof.verdicts.add(cell.verdict)
    }
  }
  return matrices.flatMap(({ name, invariants }) =>
    Object.entries(invariants).map(([id, sentence]) => {
      const proof = proofs.get(proofKey(name, id))
      return {
        id,
        matrix: name,
        sentence,
        cells: proof?.ids.toSorted() ?? [],
        verdict: worstVerdict(proof?.verdicts ?? []) ?? 'inconclusive',
      }
    }),
  )
}

/**
 * The exit code of a run.
 *
 * A finding makes it 1, even if another cell failed: the hole is proven. Without a finding, a failure of Trespass itself makes
 * it 2, and so does a run that collected no cells or left a collected cell without a verdict: an untried cell must not count as
 * held. Only then do unproven cells make it 3.
 *
 * @param collected the number of cells that the run was to try.
 */
export function exitCode(totals: Totals, collected: number): 0 | 1 | 2 | 3 {
  if (totals.breach + totals.lockout + totals['wrong-layer'] + totals.undecided > 0) return 1
  if (totals.error > 0 || collected === 0 || judged(totals) < collected) return 2
  return totals.inconclusive > 0 ? 3 : 0
}

/** @returns a scenario in the form of a proof of invariants, like a cell. */
export function asProof({ id, verdict, invariants }: ScenarioRecord): Proof {
  return { id, matrix: id, verdict, invariants }
}

function proofKey(matrix: string, invariant: string): string {
  return JSON.stringify([matrix, invariant])
}
