import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { chainOf } from './chain.ts'
import { deploymentRecords } from './deployment-names.ts'
import { sha256 } from './manifest.ts'
import { partialFolder } from './partial.ts'
import { type PrunePlan, prunePlan, type Retention, type StoredReport } from './prune-plan.ts'
import { type PrunedReport, readPruned, rememberPruned, writePruned } from './pruned.ts'

/** The effect of pruning a target, and the folders among its reports that are no reports. */
export interface PrunePreview extends PrunePlan {
  /** Names of folders: unfinished reports, and reports that this version cannot read. */
  readonly noReports: readonly string[]
}

/**
 * Lists the reports of a target that a retention would remove. Changes nothing.
 *
 * @param root the workspace's folder.
 * @throws TrespassError `no-report` for a target without reports; the errors of {@link readPruned} if its list is broken.
 */
export async function previewPrune(root: string, alias: string, retention: Retention): Promise<PrunePreview> {
  const reports = join(root, 'reports', alias)
  const chain = await chainOf(reports, await readPruned(reports))
  const standing = new Set(chain.map(({ folder }) => (folder === null ? '' : basename(folder))))
  if (standing.size === 0) {
    throw new TrespassError('no-report', `found no report of ${alias}, expected some below reports/${alias}`, {
      hint: 'Name a target that has reports, or another --workspace.',
    })
  }
  const entries = await readdir(reports, { withFileTypes: true })
  const noReports = entries.filter((entry) => entry.isDirectory() && !standing.has(entry.name)).map(({ name }) => name)
  return { ...prunePlan(chain, retention, await deploymentRecords(root)), noReports: noReports.sort() }
}

/**
 * Removes reports and records their places in the chain. Removes all of them or none.
 *
 * @param root the workspace's folder, which is locked: no run may be writing.
 * @returns the digest of the list of pruned reports.
 * @throws TrespassError `not-pruned`
 */
export async function prune(
  root: string,
  alias: string,
  going: readonly StoredReport[],
  now: Date,
): Promise<{ readonly digest: string }> {
  const reports = join(root, 'reports', alias)
  const pruned = await readPruned(reports)
  const restore = await rememberPruned(reports)
  // The list is written first: a report that is missing and not listed would look like one that was removed by hand.
  const text = await writePruned(reports, merged(pruned, going, now)).catch((error: unknown) => {
    throw notPruned(alias, error, 'Nothing was removed.')
  })
  const aside = await moveAside(reports, going).catch(async (error: unknown) => {
    await restore()
    throw notPruned(alias, error, 'Nothing was removed.')
  })
  await Promise.all(aside.map((folder) => rm(folder, { recursive: true, force: true }))).catch((error: unknown) => {
    throw notPruned(alias, error, '`trespass cleanup` removes what is left of them.')
  })
  return { digest: sha256(text) }
}

/**
 * Renames all of them to names that `trespass cleanup` sweeps, in case the process ends before they are removed. If one cannot
 * be renamed, none is.
 */
async function moveAside(reports: string, going: readonly StoredReport[]): Promise<readonly string[]> {
  const moved: { readonly from: string; readonly to: string }[] = []
  try {
    for (const { folder: from } of going) {
      const to = partialFolder(reports, basename(from))
      await rename(from, to)
      moved.push({ from, to })
    }
    return moved.map(({ to }) => to)
  } catch (error) {
    for (const { from, to } of moved) await rename(to, from)
    throw error
  }
}

function notPruned(alias: string, cause: unknown, hint: string): TrespassError {
  const why =
    cause instanceof Error ? cause.message.replace(/,? (?:rename|unlink|rmdir|open|rm)\b.*$/s, '') : String(cause)
  return new TrespassError('not-pruned', `the reports of ${alias} were not pruned: ${why}`, { hint, cause })
}

function merged(pruned: readonly PrunedReport[], going: readonly StoredReport[], now: Date): PrunedReport[] {
  const digests = new Set(going.map(({ digest }) => digest))
  const more = going.map(({ run, startedAt, digest, previous }) => {
    return { run, startedAt, digest, previous, prunedAt: now.toISOString() }
  })
  return [...pruned.filter(({ digest }) => !digests.has(digest)), ...more]
}
