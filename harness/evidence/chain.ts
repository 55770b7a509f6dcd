import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestName, parseManifest, sha256 } from './manifest.ts'
import type { PrunedReport } from './pruned.ts'

/** One report in the chain of a target. It names the report before it by the digest of that report's manifest. */
export interface Link {
  readonly run: string
  readonly startedAt: string
  readonly digest: string
  readonly previous: string | null
  /** The folder of the report; null if it was pruned. */
  readonly folder: string | null
}

/**
 * Reads the chain of one target. A folder without a readable manifest is skipped.
 *
 * @param reports the folder of all reports of the target.
 * @param pruned the entries of `pruned.json` there.
 * @returns every report that exists or was pruned, the oldest first.
 */
export async function chainOf(reports: string, pruned: readonly PrunedReport[]): Promise<readonly Link[]> {
  const there = await Promise.all((await namesIn(reports)).map((name) => linkOf(join(reports, name))))
  const links = there.flatMap((link) => (link === null ? [] : [link]))
  // During pruning a report is in both.
  const digests = new Set(links.map(({ digest }) => digest))
  const gone = pruned.flatMap(({ run, startedAt, digest, previous }): Link[] =>
    digests.has(digest) ? [] : [{ run, startedAt, digest, previous, folder: null }],
  )
  return [...links, ...gone].sort(byAge)
}

/** @returns the newest report of a chain that began before the given time; null for none. */
export function linkBefore(chain: readonly Link[], startedAt: string): Link | null {
  return linksBefore(chain, startedAt).at(-1) ?? null
}

/**
 * A merged report has the start of its first shard, so two reports may be the newest.
 *
 * @returns all reports with the latest start before the given time.
 */
export function linksBefore(chain: readonly Link[], startedAt: string): readonly Link[] {
  const newest = chain.findLast((link) => link.startedAt < startedAt)
  return chain.filter((link) => link.startedAt === newest?.startedAt)
}

/** @returns the reports whose predecessor neither exists nor was pruned. */
export function gapsIn<L extends Pick<Link, 'previous'>>(
  chain: readonly Pick<Link, 'digest'>[],
  some: readonly L[],
): readonly L[] {
  const known = new Set(chain.map(({ digest }) => digest))
  return some.filter(({ previous }) => previous !== null && !known.has(previous))
}

async function linkOf(folder: string): Promise<Link | null> {
  const bytes = await readFile(join(folder, manifestName)).catch(() => null)
  const manifest = bytes === null ? null : parseManifest(bytes.toString('utf8'))
  if (bytes === null || manifest === null) return null
  const { run, startedAt, previous } = manifest
  return { run, startedAt, digest: sha256(bytes), previous, folder }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    // A report that is still being written has a name that begins with a dot.
    return (await readdir(folder)).filter((name) => !name.startsWith('.'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function byAge(a: Link, b: Link): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1
  return a.run < b.run ? -1 : 1
}
