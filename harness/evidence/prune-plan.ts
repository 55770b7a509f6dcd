import { gapsIn, type Link } from './chain.ts'
import { type NamingRecord, namedBy } from './deployment-names.ts'

/** Which reports stay. What more than one of them keeps stays; the newest report stays in any case. */
export interface Retention {
  /** The newest so many. */
  readonly keep: number | null
  /** Those that began after this moment, in ISO 8601 and UTC. */
  readonly since: string | null
}

/** A report that lies there. */
export type Standing = Link & { readonly folder: string }

/** What becomes of the reports of one target. */
export interface PrunePlan {
  /** Those that go, the oldest first. */
  readonly going: readonly Standing[]
  readonly staying: number
  /** Those that would go and stay, since a deployment record names them. */
  readonly named: readonly { readonly link: Standing; readonly by: string }[]
  /** Of those that go, those whose report before them is missing: without them nothing would tell of it. */
  readonly gaps: readonly Standing[]
}

/** @returns what a retention means for a chain. */
export function prunePlan(chain: readonly Link[], retention: Retention, records: readonly NamingRecord[]): PrunePlan {
  const standing = chain.flatMap((link) => (link.folder === null ? [] : [{ ...link, folder: link.folder }]))
  const outdated = standing.filter((link, index) => !isKept(link, standing.length - index, retention))
  const judged = outdated.map((link) => ({ link, by: namedBy(records, link) }))
  const going = judged.filter(({ by }) => by === null).map(({ link }) => link)
  return {
    going,
    staying: standing.length - going.length,
    named: judged.flatMap(({ link, by }) => (by === null ? [] : [{ link, by }])),
    gaps: gapsIn(chain, going),
  }
}

/** @param age 1 for the newest. */
function isKept({ startedAt }: Link, age: number, { keep, since }: Retention): boolean {
  return age === 1 || (keep !== null && age <= keep) || (since !== null && startedAt >= since)
}
