import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { canonical, canonicalLines } from './canonical.ts'
import type { Evidence } from './evidence.ts'
import { judgeAgain } from './judge-again.ts'
import { type FileEntry, type Manifest, manifestName, previousDigest, sha256 } from './manifest.ts'
import { readManifest, readRecords } from './read.ts'
import { judged, totalsOf } from './totals.ts'

/** What became of a report since it was written. */
export interface Verification {
  readonly evidence: Evidence
  /** SHA-256 of the manifest: what a deployment record or a CI log names. */
  readonly digest: string
  /** What does not fit, each in a sentence; none when the report is as it was written and every verdict follows. */
  readonly problems: readonly string[]
}

/**
 * Holds a report against itself, without any network: the digest and size of every file, the link to the report before
 * it, the counts, the canonical form, and every verdict, judged again from its record.
 *
 * @throws TrespassError `not-a-report`, `report-schema-unknown` or `report-damaged` when it cannot be read at all.
 */
export async function verifyReport(folder: string): Promise<Verification> {
  const { manifest, digest } = await readManifest(folder)
  const evidence = await readRecords(folder, manifest)
  const problems = [
    ...(await fileProblems(folder, manifest)),
    ...(await chainProblems(folder, manifest)),
    ...countProblems(evidence, manifest),
    ...formProblems(evidence, manifest),
    ...verdictProblems(evidence),
  ]
  return { evidence, digest, problems }
}

async function fileProblems(folder: string, manifest: Manifest): Promise<string[]> {
  const named = await Promise.all(manifest.files.map((entry) => fileProblem(folder, entry)))
  const known = new Set([manifestName, ...manifest.files.map(({ name }) => name)])
  const more = (await readdir(folder)).filter((name) => !known.has(name)).sort()
  return [...named.flat(), ...more.map((name) => `${name} lies in the report and ${manifestName} does not name it`)]
}

async function fileProblem(folder: string, { name, sha256: expected, bytes }: FileEntry): Promise<string[]> {
  if (name !== basename(name)) return [`${manifestName} names ${name}, which lies outside of the report`]
  const content = await readFile(join(folder, name)).catch(() => null)
  if (content === null) return [`${name} is missing`]
  if (sha256(content) === expected) return []
  const size = content.length === bytes ? '' : `: it has ${content.length} bytes, not ${bytes}`
  return [`${name} was changed after it was written${size}`]
}

/** The link is held against the reports that lie beside this one. */
async function chainProblems(folder: string, { previous, startedAt }: Manifest): Promise<string[]> {
  const reports = dirname(resolve(folder))
  if ((await previousDigest(reports, startedAt)) === previous) return []
  if (previous === null) return ['an older report lies beside this one, which was written as the first of its target']
  return (await digestsIn(reports)).has(previous)
    ? ['a report was put between this one and the one before it']
    : [`the report before this one is missing: its manifest had the digest ${previous}`]
}

async function digestsIn(reports: string): Promise<ReadonlySet<string>> {
  const manifests = await Promise.all(
    (await readdir(reports)).map((name) => readFile(join(reports, name, manifestName)).catch(() => null)),
  )
  return new Set(manifests.flatMap((bytes) => (bytes === null ? [] : [sha256(bytes)])))
}

function countProblems({ run, cells }: Evidence, manifest: Manifest): string[] {
  const problems: string[] = []
  if (run.run !== manifest.run)
    problems.push(`run.json is of the run ${run.run}, and ${manifestName} of ${manifest.run}`)
  const lines = manifest.files.find(({ name }) => name === 'cells.jsonl')?.lines
  if (lines !== undefined && lines !== cells.length) {
    problems.push(`cells.jsonl has ${cells.length} lines, and ${manifestName} says ${lines}`)
  }
  const counted = totalsOf(cells)
  if (canonical(counted) !== canonical(run.totals)) {
    problems.push(`cells.jsonl holds other verdicts than run.json counts: ${judged(counted)} and ${judged(run.totals)}`)
  }
  const ids = new Set(cells.map(({ id }) => id))
  if (ids.size < cells.length) problems.push('cells.jsonl tells a cell twice')
  for (const { id, matrix, cells: proving } of run.invariants) {
    const missing = proving.filter((cell) => !ids.has(cell))
    if (missing.length > 0)
      problems.push(`${id} (${matrix}) is proven by cells that are not there: ${missing.join(', ')}`)
  }
  return problems
}

function formProblems({ cells }: Evidence, manifest: Manifest): string[] {
  const entry = manifest.files.find(({ name }) => name === 'cells.jsonl')
  if (entry === undefined) return [`${manifestName} does not name cells.jsonl`]
  return sha256([...canonicalLines(cells)].join('')) === entry.sha256
    ? []
    : ['cells.jsonl is not in its canonical form']
}

function verdictProblems({ cells }: Evidence): string[] {
  return cells.flatMap((cell) => {
    const again = judgeAgain(cell)
    if (again === null || (again.verdict === cell.verdict && again.denial === cell.denial)) return []
    return [`${cell.id}: the record says ${cell.verdict}, and what was recorded comes to ${again.verdict}`]
  })
}
