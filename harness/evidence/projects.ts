import type { RunRecord } from '../model/record.ts'

/**
 * Whether two runs were certainly against different projects, whatever their target is called: an alias may come to mean
 * another one.
 *
 * @returns false where nobody knows.
 */
export function projectsDiffer(one: Pick<RunRecord, 'target'>, other: Pick<RunRecord, 'target'>): boolean {
  return isOfAnother(one, other.target.project ?? null)
}

/** @param project the digest of a project; null where nobody knows, and then no run is of another one. */
export function isOfAnother({ target }: Pick<RunRecord, 'target'>, project: string | null): boolean {
  return target.project !== undefined && project !== null && target.project !== project
}
