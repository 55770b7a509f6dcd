import { basename, dirname, join, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import type { RunRecord } from '../model/record.ts'
import { chainOf, gapsIn, type Link, linksBefore } from './chain.ts'
import { deploymentRecords, namedBy } from './deployment-names.ts'
import type { Manifest } from './manifest.ts'
import { projectsDiffer } from './projects.ts'
import { type PrunedReport, prunedName, readPruned } from './pruned.ts'
import { readRun } from './read.ts'

/** The findings about a report's place in the chain of its target. */
export interface ChainFindings {
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Compares the link to the preceding report with the reports beside it and the pruned ones. Retention removes the oldest
 * reports first, so no report older than a pruned one may exist, unless a deployment record names it.
 *
 * @param run the run's record in the report.
 */
export async function chainFindings(
  folder: string,
  { previous, startedAt }: Manifest,
  run: RunRecord,
): Promise<ChainFindings> {
  const reports = dirname(resolve(folder))
  const { pruned, problems } = await prunedIn(reports)
  const chain = await chainOf(reports, pruned)
  const newest = linksBefore(chain, startedAt)
  const before = newest.find(({ digest }) => digest === previous) ?? newest.at(-1) ?? null
  if ((before?.digest ?? null) !== previous)
    return { problems: [...problems, describeMismatch(chain, previous)], notes: [] }
  if (before === null) return { problems, notes: [] }
  if (before.folder !== null) return { problems, notes: await projectNotes(before.folder, run) }
  return {
    problems: [...problems, ...(await skipped(reports, chain, before))],
    notes: [note(pruned, chain, before)],
  }
}

/** @returns the problem of a report that is in the folder of another target. A report outside `reports/` has none. */
export function strayProblems(folder: string, alias: string): readonly string[] {
  const among = dirname(resolve(folder))
  if (basename(dirname(among)) !== 'reports' || basename(among) === alias) return []
  return [`it is a report of ${alias} and lies among those of ${basename(among)}`]
}

/** An alias may be assigned to another project on purpose. A predecessor that cannot be read gives no note. */
async function projectNotes(before: string, run: RunRecord): Promise<string[]> {
  const older = await readRun(before).catch(() => null)
  if (older === null || !projectsDiffer(older, run)) return []
  return [`${run.target.alias} was another project in ${older.run}, the report before this one`]
}

async function prunedIn(reports: string): Promise<{ pruned: readonly PrunedReport[]; problems: readonly string[] }> {
  try {
    return { pruned: await readPruned(reports), problems: [] }
  } catch (error) {
    if (error instanceof TrespassError) return { pruned: [], problems: [error.message] }
    throw error
  }
}

function describeMismatch(chain: readonly Link[], previous: string | null): string {
  if (previous === null) return 'an older report lies beside this one, which was written as the first of its target'
  return chain.some(({ digest }) => digest === previous)
    ? 'a report was put between this one and the one before it'
    : `the report before this one is missing: its manifest had the digest ${previous}`
}

async function skipped(reports: string, chain: readonly Link[], before: Link): Promise<string[]> {
  const records = await deploymentRecords(join(reports, '..', '..'))
  const older = chain.slice(0, chain.indexOf(before)).filter((link) => link.folder !== null)
  const unnamed = older.filter((link) => namedBy(records, link) === null).map(({ run }) => run)
  if (unnamed.length === 0) return []
  const still = `${unnamed.join(', ')} ${unnamed.length === 1 ? 'is' : 'are'} older and still here`
  return [`${prunedName} says that ${before.run} was pruned, and ${still}: the oldest are pruned first`]
}

function note(pruned: readonly PrunedReport[], chain: readonly Link[], before: Link): string {
  const older = pruned.filter(({ startedAt }) => startedAt <= before.startedAt)
  const count = older.length === 1 ? '1 older report was' : `${older.length} older reports were`
  const on = older.find(({ digest }) => digest === before.digest)?.prunedAt ?? ''
  const gaps = gapsIn(chain, older).map(({ run }) => run)
  const missing = gaps.length === 0 ? '' : `; what came before ${gaps.join(', ')} was missing already`
  return `${prunedName} says that ${count} pruned, the newest of them, ${before.run}, on ${on}${missing}`
}
