import { createHash } from 'node:crypto'
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { byId, canonical, canonicalLines } from '../canonical.ts'
import { TrespassError } from '../errors.ts'
import { coverageName } from '../model/coverage.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { placeInRepository } from '../workspace/repository.ts'
import { baselineOf } from './baseline.ts'
import { chainOf, linkBefore } from './chain.ts'
import { type Evidence, reportFolder } from './evidence.ts'
import { htmlReport } from './html/page.ts'
import { junit } from './junit.ts'
import {
  type FileEntry,
  historiesFolder,
  historyFile,
  type Manifest,
  manifestName,
  scenariosName,
  schemaName,
} from './manifest.ts'
import { notHeldIn } from './not-held.ts'
import { partialFolder } from './partial.ts'
import { type Past, pastOf } from './past.ts'
import { readPruned } from './pruned.ts'
import { type SarifInput, sarif } from './sarif.ts'
import { type Sign, signatureName } from './signature.ts'
import { summary } from './summary.ts'

/** The number of characters that are buffered before a write to the disk. */
const chunkCharacters = 256 * 1024
const lineFeed = 10

/**
 * Writes the report of a run to `reports/<alias>/<run id>/`. The files are written to a folder beside it, which is renamed at
 * the end: a report exists as a whole or not at all. Nothing is overwritten. Only the user that runs Trespass may read the
 * files (0600) and the folder (0700).
 *
 * @param workspace the workspace's folder.
 * @param evidence redacted already; the order of its cells does not matter.
 * @param sign signs the manifest; null without a signing key.
 * @throws TrespassError `evidence-not-written`
 */
export async function writeEvidence(workspace: string, evidence: Evidence, sign: Sign | null = null): Promise<void> {
  const { run } = evidence
  const relative = reportFolder(run)
  if (![run.target.alias, run.run].every(isFolderName)) throw notWritten(relative, 'the name cannot be a folder')
  const reports = join(workspace, 'reports', run.target.alias)
  const final = join(reports, run.run)
  const temporary = partialFolder(reports, run.run)
  try {
    if (await exists(final)) throw notWritten(relative, 'a report of this run is there already')
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true, mode: 0o700 })
    const previous = await digestBefore(reports, run.startedAt)
    const past = await pastOf(workspace, evidence)
    await writeFiles(temporary, { ...evidence, past }, previous, await comparedWith(workspace, evidence))
    if (sign !== null) await writeSignature(temporary, sign)
    await rename(temporary, final)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw error instanceof TrespassError ? error : notWritten(relative, reasonOf(error), error)
  }
}

/** Pruned reports are older than existing ones. `trespass verify` reports a list that cannot be read. */
async function digestBefore(reports: string, startedAt: string): Promise<string | null> {
  const pruned = await readPruned(reports).catch(() => [])
  return linkBefore(await chainOf(reports, pruned), startedAt)?.digest ?? null
}

/** A preceding report that cannot be read does not keep this one from being written. */
async function comparedWith(workspace: string, { run, cells, scenarios }: Evidence): Promise<SarifInput> {
  const baseline = await baselineOf(workspace, run).catch((error: unknown) => {
    if (error instanceof TrespassError) return error.message
    throw error
  })
  const tried = new Set([...cells.map(({ id }) => id), ...scenarios.map(({ record }) => record.id)])
  const place = (await placeInRepository(workspace)) ?? ''
  return { run, notHeld: byId(notHeldIn({ cells, scenarios })), tried, baseline, place }
}

async function writeFiles(
  folder: string,
  { run, cells, schema, scenarios, coverage, past }: Evidence & { readonly past: Past },
  previous: string | null,
  compared: SarifInput,
): Promise<void> {
  const whole = coverage === undefined ? {} : { coverage }
  const sorted: Evidence = { run, cells: byId(cells), schema, scenarios: byScenario(scenarios), ...whole }
  const files: FileEntry[] = [
    await writeText(folder, 'cells.jsonl', canonicalLines(sorted.cells)),
    ...(coverage === undefined ? [] : [await writeText(folder, coverageName, [`${canonical(coverage)}\n`])]),
    await writeText(folder, 'junit.xml', junit(sorted)),
    await writeText(folder, 'report.html', htmlReport({ ...sorted, past })),
    await writeText(folder, 'results.sarif', sarif(compared)),
    await writeText(folder, 'run.json', [`${canonical(run)}\n`]),
    ...(schema === null
      ? []
      : [
          await writeText(
            folder,
            schemaName,
            schema.map((fact) => `${canonical(fact)}\n`),
          ),
        ]),
    ...(await writeScenarios(folder, sorted.scenarios)),
    await writeText(folder, 'summary.md', [summary(sorted)]),
  ]
  const manifest: Manifest = {
    schema: 'trespass/manifest@1',
    run: run.run,
    startedAt: run.startedAt,
    files,
    previous,
  }
  await writeText(folder, manifestName, [`${canonical(manifest)}\n`])
}

async function writeSignature(folder: string, sign: Sign): Promise<void> {
  await writeText(folder, signatureName, [await sign(await readFile(join(folder, manifestName)))])
}

async function writeScenarios(folder: string, scenarios: readonly ScenarioResult[]): Promise<FileEntry[]> {
  if (scenarios.length === 0) return []
  await mkdir(join(folder, historiesFolder), { mode: 0o700 })
  const files: FileEntry[] = []
  for (const { record, history } of scenarios) {
    if (record.history === null) continue
    const lines = history.map((event) => `${canonical(event)}\n`)
    files.push(await writeText(folder, historyFile(record.history), lines))
  }
  return [...files, await writeText(folder, scenariosName, canonicalLines(scenarios.map(({ record }) => record)))]
}

function byScenario(scenarios: readonly ScenarioResult[]): readonly ScenarioResult[] {
  return scenarios.toSorted((one, other) => (one.record.id < other.record.id ? -1 : 1))
}

async function writeText(folder: string, name: string, pieces: Iterable<string>): Promise<FileEntry> {
  const hash = createHash('sha256')
  let bytes = 0
  let lines = 0
  const file = await open(join(folder, name), 'wx', 0o600)
  try {
    for (const chunk of chunks(pieces)) {
      const data = Buffer.from(chunk, 'utf8')
      hash.update(data)
      bytes += data.length
      lines += lineEndsIn(data)
      await file.writeFile(data)
    }
    // Syncs the contents before the rename, so that a crash of the machine cannot leave a renamed folder with empty files.
    await file.sync()
  } finally {
    await file.close()
  }
  return { name, sha256: hash.digest('hex'), bytes, lines }
}

function lineEndsIn(data: Buffer): number {
  let count = 0
  for (let at = data.indexOf(lineFeed); at >= 0; at = data.indexOf(lineFeed, at + 1)) count += 1
  return count
}

function* chunks(pieces: Iterable<string>): Generator<string> {
  let gathered = ''
  for (const piece of pieces) {
    gathered += piece
    if (gathered.length < chunkCharacters) continue
    yield gathered
    gathered = ''
  }
  if (gathered !== '') yield gathered
}

function isFolderName(name: string): boolean {
  return /^\w[\w.-]*$/.test(name)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function notWritten(relative: string, reason: string, cause?: unknown): TrespassError {
  return new TrespassError('evidence-not-written', `the report ${relative} was not written: ${reason}`, { cause })
}

/** The system's error message without its absolute path. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message.replace(/,? (?:open|mkdir|rename|scandir|write|fsync|access|rmdir|unlink|lstat)\b.*$/s, '')
}
