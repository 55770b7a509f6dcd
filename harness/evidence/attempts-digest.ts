import { canonical } from '../canonical.ts'
import type { Matrix } from '../model/matrix.ts'
import { sha256 } from './manifest.ts'

/**
 * @returns the SHA-256 of the attempts of a matrix: all of the matrix except its expectations and positions. While the digest
 *   stays the same, observations of the cells stay valid, whatever has been decided since.
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
