import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { findReport } from '../evidence/find-report.ts'
import { sha256 } from '../evidence/manifest.ts'
import { type Verification, verifyReport } from '../evidence/verify.ts'
import { kindOf, type ReviewKind, readReview, runOf } from './review-file.ts'

/** The result of verifying the file of a review. */
export interface ReviewVerification {
  readonly kind: ReviewKind
  /** When the review was made; null for a file of an earlier version. */
  readonly at: string | null
  /** The problems, each in a sentence. */
  readonly problems: readonly string[]
  /** What could not be verified here, and the deployment records that hold the review. */
  readonly notes: readonly string[]
}

/**
 * Verifies the file of a review: its form, its digest, and the cells that it names against the report of their run. What it
 * says about the catalog is not verified, since that is read only when a review is made.
 *
 * @param root the workspace's folder.
 * @param named the file, as the user wrote it.
 * @throws TrespassError `not-a-review`
 */
export async function verifyReview(root: string, file: string, named: string): Promise<ReviewVerification> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new TrespassError('not-a-review', `found no file ${named}, expected a review`, { cause })
  })
  const { review, json, isIntact } = readReview(bytes, named)
  const [at, run] = [review.at ?? null, runOf(review)]
  const about = { kind: kindOf(review), at }
  if (!isIntact) return { ...about, problems: ['its digest does not fit the rest: it was changed'], notes: [] }
  const report = run === null ? null : await reportOf(root, run)
  const records = await recordsWith(root, sha256(bytes))
  return {
    ...about,
    problems: report === null ? [] : reportProblems(report, namedCells(json), at),
    notes: [
      ...(review.digest === undefined ? ['it carries no digest: whether it was changed is not known'] : []),
      ...(at === null ? ['it does not say when it was made'] : []),
      ...(run === null ? ['it names no run'] : []),
      ...(run !== null && report === null ? [`the report of ${run} is not here: its cells were not looked at`] : []),
      records.length === 0 ? 'no deployment record here holds it' : `recorded in ${records.join(', ')}`,
    ],
  }
}

/** @returns null where the workspace has no report of the run. */
async function reportOf(root: string, run: string): Promise<Verification | null> {
  const folder = await findReport(root, run).catch((error: unknown) => {
    if (error instanceof TrespassError && error.code === 'not-a-report') return null
    throw error
  })
  return folder === null ? null : verifyReport(folder)
}

/** A cell that a review names. */
export interface NamedCell {
  readonly cell: string
  /** True when the review says that it proves a denial, so that it has to be held. */
  readonly isProof: boolean
}

/** @returns the cells that a review names, in members called `cells`. */
export function namedCells(value: unknown): readonly NamedCell[] {
  if (Array.isArray(value)) return value.flatMap(namedCells)
  if (value === null || typeof value !== 'object') return []
  const isProof = 'kind' in value && value.kind === 'proven'
  return Object.entries(value).flatMap(([name, member]) => {
    if (name !== 'cells' || !Array.isArray(member)) return namedCells(member)
    return member.flatMap((cell: unknown) => (typeof cell === 'string' ? [{ cell, isProof }] : namedCells(cell)))
  })
}

/** @returns what a review says of a report that the report does not hold. Pure. */
export function reportProblems(
  { evidence, problems }: Pick<Verification, 'evidence' | 'problems'>,
  named: readonly NamedCell[],
  at: string | null,
): readonly string[] {
  const { run, cells } = evidence
  const verdicts = new Map(cells.map(({ id, verdict }) => [id, verdict]))
  const missing = named.filter(({ cell }) => !verdicts.has(cell)).map(({ cell }) => cell)
  const open = named.filter(({ cell, isProof }) => isProof && verdicts.has(cell) && verdicts.get(cell) !== 'held')
  return [
    ...problems.map((problem) => `the report of ${run.run}: ${problem}`),
    ...(at !== null && run.finishedAt > at ? [`it was made at ${at}, and its run ended at ${run.finishedAt}`] : []),
    ...[...new Set(missing)].map((cell) => `the report of ${run.run} has no cell ${cell}`),
    ...[...new Set(open.map(({ cell }) => cell))].map((cell) => `${cell} proves nothing: it is ${verdicts.get(cell)}`),
  ]
}

/** @returns the deployment records that hold the digest of a file, relative to the workspace. */
async function recordsWith(root: string, digest: string): Promise<readonly string[]> {
  const folder = 'supabase/deployments'
  const files = await readdir(join(root, folder), { recursive: true }).catch(() => [])
  const records = files.filter((file) => file.endsWith('.md')).toSorted()
  const texts = await Promise.all(records.map(async (file) => readFile(join(root, folder, file), 'utf8')))
  return records.flatMap((file, at) => (texts[at]?.includes(`\`${digest}\``) ? [`${folder}/${file}`] : []))
}
