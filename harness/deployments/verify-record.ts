import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { manifestName, sha256 } from '../evidence/manifest.ts'
import { verifyReport } from '../evidence/verify.ts'
import { bytesAt } from '../workspace/git.ts'
import { fixedFacts, listOf, runBlock } from './entry.ts'
import { claimNames, claimsOf, isCompleted } from './fields.ts'
import { results, type TestedRun } from './model.ts'
import { type DeploymentRecord, type Entry, parseRecord } from './record-text.ts'
import { newestSchema, testedRun } from './runs.ts'

/** The result of verifying a deployment record. */
export interface RecordVerification {
  readonly record: DeploymentRecord
  /** The problems, each in a sentence. */
  readonly problems: readonly string[]
  /** The parts that could not be verified here. */
  readonly notes: readonly string[]
}

/** The fields that are compared with Git and the reports, in their format. */
const statedSchema = z.object({
  'Environment alias': quoted(/[\w-]+/),
  'Migration file': quoted(/supabase\/migrations\/[\w.-]+\.sql/),
  'Migration Git revision': quoted(/[0-9a-f]{40,64}/),
  'Migration SHA-256': quoted(/[0-9a-f]{64}/),
  'Applied at (UTC)': z.iso.datetime(),
  Result: z.enum(results),
})
type Stated = z.infer<typeof statedSchema>

/**
 * Verifies a record against its own digests, the committed migration and the reports in the workspace, without any network.
 *
 * @param root the workspace's folder.
 * @param file the record's path.
 * @param key the thumbprint of the key that must have signed the reports; null if none is required.
 * @throws TrespassError `not-a-record`
 */
export async function verifyRecord(root: string, file: string, key: string | null): Promise<RecordVerification> {
  const { record, problems } = await readRecord(root, file)
  const notes: string[] = []
  for (const entry of record.entries) {
    const found = await entryProblems(root, record, entry, key)
    problems.push(...found.problems.map((problem) => `section of ${entry.recordedAt}: ${problem}`))
    notes.push(...found.notes.map((note) => `section of ${entry.recordedAt}: ${note}`))
  }
  return { record, problems, notes }
}

/**
 * Holds a record against its own digests and its place alone.
 *
 * @throws TrespassError `not-a-record`
 */
export async function readRecord(
  root: string,
  file: string,
): Promise<{ readonly record: DeploymentRecord; readonly problems: string[] }> {
  const name = relative(root, resolve(file)) || file
  const record = parseRecord(await textOf(file, name), name)
  return { record, problems: [...placeProblems(record, file), ...changeProblems(record)] }
}

async function textOf(file: string, name: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TrespassError('not-a-record', `found no deployment record ${name}, expected its file`, { cause })
  })
}

function placeProblems({ migration, alias }: DeploymentRecord, file: string): string[] {
  const path = resolve(file)
  const here = [basename(path, '.md'), basename(dirname(path))]
  return here[0] === migration && here[1] === alias
    ? []
    : [`it is the record of ${migration} on ${alias}, and lies where that of ${here[0]} on ${here[1]} belongs`]
}

/** The digest of a section covers everything above it, so the first section that does not match contains the change. */
function changeProblems({ entries }: DeploymentRecord): string[] {
  const changed = entries.find(({ intact }) => !intact)
  return changed === undefined ? [] : [`the section of ${changed.recordedAt} was changed after it was written`]
}

interface Found {
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

async function entryProblems(root: string, record: DeploymentRecord, entry: Entry, key: string | null): Promise<Found> {
  const parsed = statedSchema.safeParse(Object.fromEntries(entry.fields))
  if (!parsed.success) {
    return { problems: [`"${String(parsed.error.issues[0]?.path[0])}" is not as a record words it`], notes: [] }
  }
  const stated = parsed.data
  const [before, after] = [await sideOf(root, entry, 'before', key), await sideOf(root, entry, 'after', key)]
  const problems = [
    ...identityProblems(record, stated),
    ...(await migrationProblems(root, stated)),
    ...before.problems,
    ...after.problems,
    ...(await claimProblems(root, entry, stated, before.tested, after.tested)),
  ]
  return { problems, notes: [...before.notes, ...after.notes] }
}

function identityProblems(record: DeploymentRecord, stated: Stated): string[] {
  const of = `${basename(stated['Migration file'], '.sql')} on ${stated['Environment alias']}`
  return of === `${record.migration} on ${record.alias}` ? [] : [`it is about ${of}`]
}

async function migrationProblems(root: string, stated: Stated): Promise<string[]> {
  const [file, revision] = [stated['Migration file'], stated['Migration Git revision']]
  const bytes = await bytesAt(root, revision, file)
  if (bytes === null) return [`Git knows no ${file} of the revision ${revision} here`]
  if (sha256(bytes) === stated['Migration SHA-256']) return []
  return [`the SHA-256 of ${file} as it was committed is ${sha256(bytes)}`]
}

/** The facts of the reports about one run of an entry; `unknown` if its report does not exist here. */
interface SideFound extends Found {
  readonly tested: TestedRun | null | 'unknown'
}

async function sideOf(root: string, { body }: Entry, when: 'before' | 'after', key: string | null): Promise<SideFound> {
  const none = runBlock(when, null)
  if (body.includes(none)) return { tested: null, problems: [], notes: [] }
  const block = body.slice(body.indexOf(none.split('\n')[0] ?? ''))
  const { run, digest, alias } =
    /^.*\n\n- Run: `(?<run>\w[\w.-]*)`\n- Manifest SHA-256: `(?<digest>\w+)`\n- Target: `(?<alias>[\w-]+)`/.exec(block)
      ?.groups ?? {}
  if (run === undefined || alias === undefined) {
    return { tested: 'unknown', problems: [`it does not say what was tested ${when} the migration`], notes: [] }
  }
  const folder = join(root, 'reports', alias, run)
  if ((await stat(join(folder, manifestName)).catch(() => null)) === null) {
    const note = `the report of ${run} is not in reports/${alias}: what is said about it was not looked at`
    return { tested: 'unknown', problems: [], notes: [note] }
  }
  const verification = await verifyReport(folder, key)
  const tested = testedRun(verification)
  const problems = verification.problems.map((problem) => `the report of ${run}: ${problem}`)
  if (verification.digest !== digest) problems.push(`the manifest of ${run} has the digest ${verification.digest}`)
  else if (!block.includes(listOf(fixedFacts(tested)))) {
    problems.push(`what is said about ${run} is not what its report says`)
  }
  return { tested, problems, notes: [] }
}

/** Checks that every claim of completion follows from the reports, as it did when the entry was written. */
async function claimProblems(
  root: string,
  { recordedAt, fields }: Entry,
  stated: Stated,
  before: SideFound['tested'],
  after: SideFound['tested'],
): Promise<string[]> {
  const [alias, appliedAt] = [stated['Environment alias'], stated['Applied at (UTC)']]
  const claims = claimsOf({
    ...{ alias, appliedAt, result: stated.Result },
    before: {
      tested: known(before),
      newest: await newestSchema(root, { alias, project: projectOf(before) }, appliedAt),
    },
    after: { tested: known(after), newest: await newestSchema(root, { alias, project: projectOf(after) }, recordedAt) },
  })
  return claimNames.flatMap((name) => {
    const side = name === 'Pre-apply checks completed' ? before : after
    if (side === 'unknown' || !isCompleted(fields.get(name) ?? '') || isCompleted(claims[name])) return []
    return [`"${name}" does not follow: ${claims[name]}`]
  })
}

function known(tested: SideFound['tested']): TestedRun | null {
  return tested === 'unknown' ? null : tested
}

/** The digest of the project that a run tested; null if it is not known. */
function projectOf(side: SideFound['tested']): string | null {
  return known(side)?.run.target.project ?? null
}

/** The text between backticks. */
function quoted(inside: RegExp) {
  return z
    .string()
    .regex(new RegExp(`^\`(?:${inside.source})\`$`))
    .transform((text) => text.slice(1, -1))
}
