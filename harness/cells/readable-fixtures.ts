import type { MatrixPlan } from '../matrix/plan/plan.ts'

/** @returns by actor the fixtures that some cell of the matrix allows it to read. */
export function readableFixtures({ cells, matrix }: MatrixPlan): ReadonlyMap<string, ReadonlySet<string>> {
  const readable = new Map<string, Set<string>>()
  for (const { actor, expected, attempts } of cells) {
    if (expected.decision !== 'allow') continue
    for (const { operation } of attempts) {
      const { reads } = operation.footprint
      if (reads === null) continue
      const names = expected.exactly ?? (reads === '*' ? matrix.fixtures.map(({ name }) => name) : reads)
      readable.set(actor.name, new Set([...(readable.get(actor.name) ?? []), ...names]))
    }
  }
  return readable
}
