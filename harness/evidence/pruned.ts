import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { canonical } from '../canonical.ts'
import { TrespassError } from '../errors.ts'

/** The list of pruned reports, beside the reports of a target. With it, the chain of the others stays verifiable. */
export const prunedName = 'pruned.json'

const prunedReport = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  digest: z.string(),
  previous: z.string().nullable(),
  prunedAt: z.string(),
})

const prunedSchema = z.strictObject({ schema: z.literal('trespass/pruned@1'), reports: z.array(prunedReport) })

/** The place of a pruned report in the chain. */
export interface PrunedReport {
  readonly run: string
  readonly startedAt: string
  /** SHA-256 of its manifest. */
  readonly digest: string
  /** The digest of the preceding report's manifest, as its manifest named it. */
  readonly previous: string | null
  /** ISO 8601, UTC. */
  readonly prunedAt: string
}

/**
 * @param reports the folder of all reports of one target.
 * @returns the pruned reports; empty if there is no list.
 * @throws TrespassError `report-schema-unknown` or `report-damaged`
 */
export async function readPruned(reports: string): Promise<readonly PrunedReport[]> {
  const text = await textOf(reports)
  return text === null ? [] : parsed(text)
}

/**
 * Replaces the list atomically.
 *
 * @returns its text, for a digest that is kept elsewhere.
 */
export async function writePruned(reports: string, pruned: readonly PrunedReport[]): Promise<string> {
  const sorted = pruned.toSorted((a, b) =>
    a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.run < b.run) ? -1 : 1,
  )
  const text = `${canonical({ schema: 'trespass/pruned@1', reports: sorted })}\n`
  await replace(reports, text)
  return text
}

/** @returns a function that restores the current list. */
export async function rememberPruned(reports: string): Promise<() => Promise<void>> {
  const text = await textOf(reports)
  return () => (text === null ? rm(join(reports, prunedName), { force: true }) : replace(reports, text))
}

async function replace(reports: string, text: string): Promise<void> {
  const temporary = join(reports, `.${prunedName}.partial`)
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, join(reports, prunedName))
}

async function textOf(reports: string): Promise<string | null> {
  return readFile(join(reports, prunedName), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
}

function parsed(text: string): readonly PrunedReport[] {
  const value = jsonIn(text)
  const found = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  if (found !== 'trespass/pruned@1') {
    const shown = JSON.stringify(found) ?? 'nothing'
    throw new TrespassError(
      'report-schema-unknown',
      `${prunedName}: found schema ${shown}, expected trespass/pruned@1`,
      {
        hint: 'It was written by another version of Trespass, or is not what Trespass wrote.',
      },
    )
  }
  const result = prunedSchema.safeParse(value)
  if (result.success) return result.data.reports
  const [issue] = result.error.issues
  throw damaged(`${issue?.path.join('.') || 'the list'}: ${issue?.message ?? 'not as expected'}`)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged('it is no JSON')
  }
}

function damaged(why: string): TrespassError {
  return new TrespassError('report-damaged', `${prunedName}: ${why}`, {
    hint: 'Fetch it again from where the reports are kept.',
  })
}
