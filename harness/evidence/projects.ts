import type { RunRecord } from '../model/record.ts'

/**
 * Returns whether two runs were certainly against different projects. The names of their targets do not count: an alias may
 * come to name another project.
 *
 * @returns false if one of the projects is not known.
 */
export function projectsDiffer(one: Pick<RunRecord, 'target'>, other: Pick<RunRecord, 'target'>): boolean {
  return isOfAnother(one, other.target.project ?? null)
}

/** @param project the digest of a project; null if it is not known, and then the result is false. */
export function isOfAnother({ target }: Pick<RunRecord, 'target'>, project: string | null): boolean {
  return target.project !== undefined && project !== null && target.project !== project
}
