import type { CoverageRecord } from '../model/coverage.ts'

/**
 * Adds up the coverage of the shards of a run. All of them list the same objects, since they share the schema's fingerprint; a
 * bucket that was made between two of them is in one list only.
 *
 * @returns null if one of the shards has no coverage: then it is not known what it tried.
 */
export function mergedCoverage(parts: readonly (CoverageRecord | undefined)[]): CoverageRecord | null {
  const known = parts.filter((part) => part !== undefined)
  const [first] = known
  if (first === undefined || known.length < parts.length) return null
  const objects = new Map(first.objects.map((object) => [object.object, object]))
  const units = new Map(first.units.map((unit) => [unit.id, unit]))
  for (const part of known.slice(1)) {
    for (const object of part.objects) {
      const cells = objects.get(object.object)?.cells ?? 0
      objects.set(object.object, { ...object, cells: cells + object.cells })
    }
    for (const unit of part.units) {
      const before = units.get(unit.id)
      const decided = before?.decided === true || unit.decided === true
      const cells = (before?.cells ?? 0) + unit.cells
      units.set(unit.id, { ...unit, cells, ...(unit.decided === undefined ? {} : { decided }) })
    }
  }
  const gaps = new Map(known.flatMap(({ accepted }) => accepted).map((one) => [one.gap, one]))
  return {
    ...first,
    limits: [...new Set(known.flatMap(({ limits }) => limits))],
    leftOut: [...new Set(known.flatMap(({ leftOut }) => leftOut))],
    objects: [...objects.values()],
    units: [...units.values()],
    accepted: [...gaps.values()],
  }
}
