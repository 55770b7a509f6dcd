import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical, canonicalLines } from '../canonical.ts'
import { coverageName, coverageTotals } from '../model/coverage.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { judgeHistory } from '../scenarios/judge-again.ts'
import { recipes } from '../scenarios/registry.ts'
import type { Evidence } from './evidence.ts'
import { judgeAgain } from './judge-again.ts'
import {
  type FileEntry,
  historiesFolder,
  historyFile,
  liesInside,
  type Manifest,
  manifestName,
  scenariosName,
  sha256,
} from './manifest.ts'
import { readManifest, readRecords } from './read.ts'
import { signatureName, signedBy } from './signature.ts'
import { judged, totalsOf } from './totals.ts'
import { chainFindings, strayProblems } from './verify-chain.ts'

/** The result of verifying a report. */
export interface Verification {
  readonly evidence: Evidence
  /** SHA-256 of the manifest, which a deployment record or a CI log names. */
  readonly digest: string
  /** The problems, each in a sentence; none if the report is unchanged and every verdict follows from its record. */
  readonly problems: readonly string[]
  /** Notes for the reader, each in a sentence. */
  readonly notes: readonly string[]
  /** The thumbprint (RFC 7638) of the key that signed the manifest; null without a valid signature. */
  readonly signedBy: string | null
}

/**
 * Verifies a report without any network: the digest and size of every file, the link to the preceding report, the counts, the
 * canonical form, and every verdict, which is judged again from its record.
 *
 * @param key the thumbprint of the only key to accept; without it a signature may be missing.
 * @throws TrespassError `not-a-report`, `report-schema-unknown` or `report-damaged` if the report cannot be read.
 */
export async function verifyReport(folder: string, key: string | null = null): Promise<Verification> {
  const { manifest, digest } = await readManifest(folder)
  const evidence = await readRecords(folder, manifest)
  const chain = await chainFindings(folder, manifest, evidence.run)
  const signature = await signatureFound(folder, key)
  const problems = [
    ...signature.problems,
    ...(await fileProblems(folder, manifest)),
    ...strayProblems(folder, evidence.run.target.alias),
    ...chain.problems,
    ...countProblems(evidence, manifest),
    ...coverageProblems(evidence),
    ...formProblems(evidence, manifest),
    ...verdictProblems(evidence),
  ]
  return { evidence, digest, problems, notes: chain.notes, signedBy: signature.by }
}

/** The manifest holds the digests of all other files, and the signature covers the manifest. */
async function signatureFound(folder: string, key: string | null): Promise<{ by: string | null; problems: string[] }> {
  const text = await readFile(join(folder, signatureName), 'utf8').catch(() => null)
  if (text === null)
    return { by: null, problems: key === null ? [] : [`it is not signed by the key ${key}, nor by any`] }
  const by = await signedBy(text, await readFile(join(folder, manifestName)))
  if (by === null) return { by, problems: [`${signatureName} is no signature of ${manifestName}`] }
  return { by, problems: key === null || key === by ? [] : [`it is signed by the key ${by}, and not by ${key}`] }
}

async function fileProblems(folder: string, manifest: Manifest): Promise<string[]> {
  const named = await Promise.all(manifest.files.map((entry) => fileProblem(folder, entry)))
  const known = new Set([manifestName, signatureName, ...manifest.files.map(({ name }) => name)])
  const histories = await readdir(join(folder, historiesFolder)).catch(() => [])
  const there = [...(await readdir(folder)), ...histories.map(historyFile)]
  const more = there.filter((name) => !known.has(name) && (name !== historiesFolder || histories.length === 0)).sort()
  return [...named.flat(), ...more.map((name) => `${name} lies in the report and ${manifestName} does not name it`)]
}

async function fileProblem(folder: string, { name, sha256: expected, bytes }: FileEntry): Promise<string[]> {
  if (!liesInside(name)) return [`${manifestName} names ${name}, which lies outside of the report`]
  const content = await readFile(join(folder, name)).catch(() => null)
  if (content === null) return [`${name} is missing`]
  if (sha256(content) === expected) return []
  const size = content.length === bytes ? '' : `: it has ${content.length} bytes, not ${bytes}`
  return [`${name} was changed after it was written${size}`]
}

function countProblems({ run, cells, scenarios }: Evidence, manifest: Manifest): string[] {
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
  const shown = totalsOf(scenarios.map(({ record }) => record))
  if (canonical(shown) !== canonical(run.scenarios)) {
    problems.push(
      `${scenariosName} holds other verdicts than run.json counts: ${judged(shown)} and ${judged(run.scenarios)}`,
    )
  }
  const ids = new Set([...cells.map(({ id }) => id), ...scenarios.map(({ record }) => record.id)])
  if (ids.size < cells.length + scenarios.length) problems.push('a cell or a scenario is recorded twice')
  for (const { id, matrix, cells: proving } of run.invariants) {
    const missing = proving.filter((cell) => !ids.has(cell))
    if (missing.length > 0) problems.push(`${id} (${matrix}) is proven by what is not there: ${missing.join(', ')}`)
  }
  return problems
}

function coverageProblems({ run, coverage }: Evidence): string[] {
  if (coverage === undefined) {
    return run.coverage === undefined ? [] : [`run.json counts coverage, and there is no ${coverageName}`]
  }
  const counted = run.coverage === undefined ? null : coverageTotals(coverage, run.coverage.required)
  if (canonical(counted) === canonical(run.coverage ?? null) && counted !== null) return []
  return [`${coverageName} comes to other counts than run.json holds`]
}

function formProblems({ cells }: Evidence, manifest: Manifest): string[] {
  const entry = manifest.files.find(({ name }) => name === 'cells.jsonl')
  if (entry === undefined) return [`${manifestName} does not name cells.jsonl`]
  const hash = createHash('sha256')
  for (const line of canonicalLines(cells)) hash.update(line)
  return hash.digest('hex') === entry.sha256 ? [] : ['cells.jsonl is not in its canonical form']
}

function verdictProblems({ cells, scenarios }: Evidence): string[] {
  return [...cells.flatMap(cellProblems), ...scenarios.flatMap(scenarioProblems)]
}

function cellProblems(cell: CellRecord): string[] {
  const again = judgeAgain(cell)
  if (again === null || (again.verdict === cell.verdict && again.denial === cell.denial)) return []
  return [`${cell.id}: the record says ${cell.verdict}, and what was recorded comes to ${again.verdict}`]
}

/** A scenario is judged from its history; one that was not run, or that Trespass failed to run, has nothing to judge. */
function scenarioProblems({ record, history }: ScenarioResult): string[] {
  const { id, recipe: name, declared, overlap, verdict, notRun } = record
  const recipe = recipes.find((candidate) => candidate.name === name)
  if (recipe === undefined) return [`${id}: this version knows no recipe ${name}`]
  if (notRun !== undefined || verdict === 'error') return []
  const numbers = overlap.rounds.map(({ round }) => round)
  const again = judgeHistory(recipe, { declared, asked: overlap.asked }, history, numbers)
  const same = again.verdict === verdict && again.overlap.reached === overlap.reached
  return same ? [] : [`${id}: the record says ${verdict}, and its history comes to ${again.verdict}`]
}
