import { type CoverageRecord, isAccepted } from '../model/coverage.ts'

/** The changes of the coverage between two runs. */
export interface CoverageChanges {
  /** Units that were tried, are still reachable, and are not tried any more. */
  readonly lost: readonly string[]
  /** Objects that have become reachable and that no cell touches. */
  readonly untried: readonly string[]
}

/** Compares two coverage records. Gaps that the newer run's team accepted are left out. */
export function coverageChanges(older: CoverageRecord, newer: CoverageRecord): CoverageChanges {
  const tried = new Set(older.units.filter(({ cells }) => cells > 0).map(({ id }) => id))
  const known = new Set(older.objects.map(({ object }) => object))
  return {
    lost: newer.units
      .filter(({ id, cells }) => cells === 0 && tried.has(id) && !isAccepted(newer, id))
      .map(({ id }) => id),
    untried: newer.objects
      .filter(({ object, cells }) => cells === 0 && !known.has(object) && !isAccepted(newer, object))
      .map(({ object }) => object),
  }
}
