import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { type CoverageRecord, coverageName, coverageSchema } from '../model/coverage.ts'
import type { CellRecord, RunRecord, SchemaFact } from '../model/record.ts'
import { cellSchema, runSchema, schemaFact } from '../model/record-schema.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { historySchema, scenarioSchema } from '../model/scenario-schema.ts'
import type { Evidence } from './evidence.ts'
import {
  historyFile,
  liesInside,
  type Manifest,
  manifestName,
  manifestSchema,
  scenariosName,
  schemaName,
  sha256,
} from './manifest.ts'

/**
 * Reads a report folder. Compares every file that the manifest names with its digest.
 *
 * @throws TrespassError `not-a-report`, `report-schema-unknown`, `report-damaged` or `report-changed`; each names the report by
 *   its folder's own name.
 */
export async function readEvidence(folder: string): Promise<Evidence> {
  const { manifest } = await readManifest(folder)
  const evidence = await readRecords(folder, manifest)
  await compareWithManifest(folder, basename(folder), manifest.files)
  return evidence
}

/** In canonical form the verdict is the last field of a cell, and no text inside the cell can contain this sequence. */
const heldLine = '"verdict":"held"}'

/**
 * Reads only the cells that did not hold, which are few in a large report, and the scenarios, and compares the files that it
 * reads with the manifest.
 *
 * @returns the cells that did not hold, and the scenarios; no schema.
 * @throws TrespassError as {@link readEvidence}
 */
export async function readNotHeld(folder: string): Promise<Pick<Evidence, 'cells' | 'scenarios'>> {
  const report = basename(folder)
  const { manifest } = await readManifest(folder)
  const needed = manifest.files.filter(({ name }) => name.endsWith('.jsonl') && name !== schemaName)
  await compareWithManifest(folder, report, needed)
  const cells = await readLines(folder, report, 'cells.jsonl', cellSchema, (line) => line.endsWith(heldLine))
  return { cells, scenarios: await readScenarios(folder, report, manifest) }
}

/**
 * Reads the manifest of a report, and computes its digest.
 *
 * @throws TrespassError `not-a-report`, `report-schema-unknown` or `report-damaged`
 */
export async function readManifest(folder: string): Promise<{ readonly manifest: Manifest; readonly digest: string }> {
  const report = basename(folder)
  const bytes = await fileOf(folder, report, manifestName)
  const value = parse(bytes, `${report}/${manifestName}`)
  const manifest = checked(manifestSchema, value, 'trespass/manifest@1', `${report}/${manifestName}`)
  return { manifest, digest: sha256(bytes) }
}

/**
 * Reads the records of a report without checking them against the manifest's digests.
 *
 * @throws TrespassError `not-a-report`, `report-schema-unknown` or `report-damaged`
 */
export async function readRecords(folder: string, manifest: Manifest): Promise<Evidence> {
  const report = basename(folder)
  const schema = manifest.files.some(({ name }) => name === schemaName) ? await readSchema(folder, report) : null
  const scenarios = await readScenarios(folder, report, manifest)
  const coverage = await readCoverage(folder, report, manifest)
  const run = await readRun(folder, report)
  return { run, cells: await readCells(folder, report), schema, scenarios, ...(coverage === null ? {} : { coverage }) }
}

/** @returns null for a report of an older version, which has none. */
async function readCoverage(folder: string, report: string, manifest: Manifest): Promise<CoverageRecord | null> {
  if (!manifest.files.some(({ name }) => name === coverageName)) return null
  const where = `${report}/${coverageName}`
  const value = parse(await fileOf(folder, report, coverageName), where)
  return checked(coverageSchema, value, 'trespass/coverage@1', where)
}

/**
 * Reads only the record of the run.
 *
 * @throws TrespassError `not-a-report`, `report-schema-unknown` or `report-damaged`
 */
export async function readRun(folder: string, report = basename(folder)): Promise<RunRecord> {
  const value = parse(await fileOf(folder, report, 'run.json'), `${report}/run.json`)
  return checked(runSchema, value, 'trespass/run@1', `${report}/run.json`)
}

function readCells(folder: string, report: string): Promise<CellRecord[]> {
  return readLines(folder, report, 'cells.jsonl', cellSchema)
}

function readSchema(folder: string, report: string): Promise<SchemaFact[]> {
  return readLines(folder, report, schemaName, schemaFact)
}

async function readScenarios(folder: string, report: string, manifest: Manifest): Promise<ScenarioResult[]> {
  if (!manifest.files.some(({ name }) => name === scenariosName)) return []
  const records = await readLines(folder, report, scenariosName, scenarioSchema)
  return Promise.all(
    records.map(async (record) => {
      const name = record.history === null ? null : historyFile(record.history)
      return { record, history: name === null ? [] : await readLines(folder, report, name, historySchema) }
    }),
  )
}

async function readLines<T>(
  folder: string,
  report: string,
  name: string,
  schema: z.ZodType<T>,
  isPassedOver: (line: string) => boolean = () => false,
): Promise<T[]> {
  const records: T[] = []
  let number = 0
  for await (const { text, ended } of linesOf(join(folder, name), report)) {
    number += 1
    const where = `${report}/${name} line ${number}`
    if (!ended) throw damaged(where, 'it is cut off')
    if (!isPassedOver(text)) records.push(checked(schema, parse(text, where), null, where))
  }
  return records
}

async function compareWithManifest(folder: string, report: string, files: Manifest['files']): Promise<void> {
  for (const { name, sha256: expected } of files) {
    if (!liesInside(name)) throw damaged(`${report}/${manifestName}`, 'it names a file outside of the report')
    if (sha256(await fileOf(folder, report, name)) === expected) continue
    throw new TrespassError('report-changed', `${report}/${name} is not what ${manifestName} says it was`, {
      hint: 'The file was changed after the run. Fetch the report again from where it was kept.',
    })
  }
}

async function fileOf(folder: string, report: string, name: string): Promise<Buffer> {
  return readFile(join(folder, name)).catch((cause: unknown) => {
    throw notAReport(report, name, cause)
  })
}

/** Only line feeds end a line: JSON text may contain other characters that some readers treat as line ends. */
async function* linesOf(path: string, report: string): AsyncGenerator<{ text: string; ended: boolean }> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) yield { text, ended: true }
    }
  } catch (cause) {
    if (cause instanceof TrespassError) throw cause
    throw notAReport(report, basename(path), cause)
  }
  if (rest !== '') yield { text: rest, ended: false }
}

function parse(text: string | Buffer, where: string): unknown {
  try {
    return JSON.parse(text.toString())
  } catch (cause) {
    throw damaged(where, 'it is no JSON', cause)
  }
}

/** @param version the required name of the schema; null for a line of a file without one. */
function checked<T>(schema: z.ZodType<T>, value: unknown, version: string | null, where: string): T {
  if (version !== null) {
    const found = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
    if (found !== version) {
      throw new TrespassError('report-schema-unknown', `${where}: found schema ${show(found)}, expected ${version}`, {
        hint: 'The report was written by another version of Trespass: read it with that one.',
      })
    }
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw damaged(where, `${issue?.path.join('.') || 'the record'}: ${issue?.message ?? 'not as expected'}`)
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing')
}

function notAReport(report: string, file: string, cause: unknown): TrespassError {
  return new TrespassError('not-a-report', `${report} is not a report: ${file} cannot be read`, {
    hint: 'Name the folder of one run: reports/<alias>/<run id>.',
    cause,
  })
}

function damaged(where: string, reason: string, cause?: unknown): TrespassError {
  return new TrespassError('report-damaged', `${where}: ${reason}`, { cause })
}
