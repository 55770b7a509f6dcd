import { canonical } from '../canonical.ts'
import type { Matrix } from '../model/matrix.ts'
import { sha256 } from './manifest.ts'

/**
 * @returns the SHA-256 of what the cells of a matrix attempt: everything of it but what is expected, and where it is written.
 *   Observations stay true while it stays the same, whatever has been decided since.
 */
export function attemptsDigest({ name, resource, changesOnRefusal, fixtures, operations }: Matrix): string {
  const parts = {
    name,
    resource,
    changesOnRefusal: changesOnRefusal ?? {},
    fixtures: fixtures.map(({ at: _, ...fixture }) => fixture),
    operations: operations.map(({ at: _, proves: __, ...operation }) => operation),
  }
  return sha256(canonical(parts))
}
