import { gapsIn, type Link } from './chain.ts'
import { type NamingRecord, namedBy } from './deployment-names.ts'

/** The reports to keep. A report that fits either limit is kept; the newest report is always kept. */
export interface Retention {
  /** The number of newest reports to keep. */
  readonly keep: number | null
  /** Keeps reports that began at or after this time, in ISO 8601 and UTC. */
  readonly since: string | null
}

/** A report that exists. */
export type StoredReport = Link & { readonly folder: string }

/** The effect of pruning the reports of one target. */
export interface PrunePlan {
  /** The reports to remove, the oldest first. */
  readonly removed: readonly StoredReport[]
  readonly kept: number
  /** Reports that are kept only because a deployment record names them. */
  readonly named: readonly { readonly link: StoredReport; readonly by: string }[]
  /** Reports to remove whose predecessor is missing: after their removal, no report would show that. */
  readonly gaps: readonly StoredReport[]
}

/** @returns the effect of a retention on a chain. */
export function prunePlan(chain: readonly Link[], retention: Retention, records: readonly NamingRecord[]): PrunePlan {
  const standing = chain.flatMap((link) => (link.folder === null ? [] : [{ ...link, folder: link.folder }]))
  const outdated = standing.filter((link, index) => !isKept(link, standing.length - index, retention))
  const judged = outdated.map((link) => ({ link, by: namedBy(records, link) }))
  const going = judged.filter(({ by }) => by === null).map(({ link }) => link)
  return {
    removed: going,
    kept: standing.length - going.length,
    named: judged.flatMap(({ link, by }) => (by === null ? [] : [{ link, by }])),
    gaps: gapsIn(chain, going),
  }
}

/** @param age 1 for the newest. */
function isKept({ startedAt }: Link, age: number, { keep, since }: Retention): boolean {
  return age === 1 || (keep !== null && age <= keep) || (since !== null && startedAt >= since)
}
