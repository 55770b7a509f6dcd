import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readRecord } from '../deployments/verify-record.ts'
import { type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import { readAccepted } from '../evidence/accepted.ts'
import { checkEmails } from '../matrix/check-emails.ts'
import { type LoadedWorkspace, readWorkspace } from '../matrix/load.ts'
import { didYouMean, quote } from '../message-text.ts'
import { paths } from '../paths/registry.ts'
import { readScenarios } from '../scenarios/load.ts'
import { type Config, declaredTarget, loadConfig } from '../workspace/config.ts'
import { loadEnvironment, targetSettings } from '../workspace/environment.ts'
import { schemaProblems, unknownTables } from './check-declared.ts'
import { importModule } from './import-module.ts'
import { keepEditorSchemas, readStoredSchema, type StoredSchema } from './keep-schema.ts'
import { type Declared, everyMatrix } from './load-files.ts'

/** What was found in the files of a workspace, without a target. */
export interface Checked {
  /** The target whose schema they were held against. */
  readonly alias: string
  /** Mistakes with a place in a file, in the order of the files. */
  readonly problems: readonly Problem[]
  /** Mistakes of other kinds: a configuration that cannot be imported, a misspelt variable. */
  readonly errors: readonly TrespassError[]
  readonly counts: {
    readonly actors: number
    readonly matrices: number
    readonly cells: number
    readonly scenarios: number
    readonly records: number
  }
  readonly schema: SchemaCheck
  /** Why the JSON Schemas for editors were not written; null when they were, or where the actors file has a mistake. */
  readonly unwritten: string | null
}

/** How the names of a workspace were held against a schema. */
type SchemaCheck =
  | { readonly state: 'checked'; readonly readAt: string; readonly complete: boolean; readonly buckets: boolean }
  | { readonly state: 'stale'; readonly readAt: string }
  | { readonly state: 'missing' }
  /** The actors file has a mistake: what its names stand for is not known. */
  | { readonly state: 'skipped' }

/**
 * Reads every file of a workspace as a run reads it, and holds their names against the schema of a target as it was read last.
 * Nothing is started and nothing is sent.
 *
 * @param root absolute path of the workspace.
 * @param wanted the alias from the command line.
 * @throws TrespassError `no-such-workspace`
 */
export async function checkWorkspace(root: string, wanted: string | null): Promise<Checked> {
  const found = new Findings()
  const config = await found.of(() => loadConfig(root, importModule))
  if (found.errors.some(({ code }) => code === 'no-such-workspace')) throw found.errors[0]
  const alias = (await found.of(() => targetAlias(root, wanted, config))) ?? wanted ?? 'sandbox'
  const options = { root, paths, importModule }
  const { workspace, problems, complete } = await readWorkspace(options)
  const { roster } = workspace
  const matrices = workspace.matrices.map(({ matrix }) => matrix.name)
  const read = await readScenarios({ ...options, roster, complete, matrices })
  found.problems.push(...problems, ...read.problems)
  if (config !== undefined) {
    found.problems.push(...checkEmails(workspace, [config.email_domain, ...config.email_domains]))
  }
  await found.of(() => readAccepted(root))
  const records = await checkRecords(root, found)
  const declared = { workspace, scenarios: read.scenarios, files: workspace.files }
  const stored = await readStoredSchema(root, alias)
  const current = stored === null || stored.isStale ? null : stored
  if (current !== null && complete) found.problems.push(...namesUnknown(declared, config, current))
  return {
    alias,
    problems: inOrder(found.problems),
    errors: found.errors,
    counts: { ...countsOf(workspace), scenarios: read.scenarios.length, records },
    schema: schemaCheck(stored, complete),
    unwritten: complete ? keepEditorSchemas(root, { workspace, schema: current }) : null,
  }
}

/** Collects mistakes of every form. */
class Findings {
  readonly problems: Problem[] = []
  readonly errors: TrespassError[] = []

  /** @returns the result of a step; undefined after its mistakes have been added. */
  async of<T>(step: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await step()
    } catch (error) {
      if (error instanceof WorkspaceProblems) this.problems.push(...error.problems)
      else if (error instanceof TrespassError) this.errors.push(error)
      else throw error
      return undefined
    }
  }
}

/** @throws TrespassError for a target that nothing declares, and for variables that are misspelt or have another form. */
function targetAlias(root: string, wanted: string | null, config: Config | undefined): string {
  const environment = loadEnvironment(root, wanted, process.env)
  const { alias, values } = environment
  const isKnown = alias === 'sandbox' || alias === 'local' || (config && declaredTarget(config, alias)) !== undefined
  // Keys are often not there where files are checked.
  if (values.TRESPASS_URL !== undefined || !isKnown) targetSettings(environment)
  return alias
}

async function checkRecords(root: string, found: Findings): Promise<number> {
  const folder = 'supabase/deployments'
  const files = recordsIn(join(root, folder)).map((name) => `${folder}/${name}`)
  for (const file of files) {
    const read = await found.of(() => readRecord(root, join(root, file)))
    for (const problem of read?.problems ?? []) {
      const hint = 'Restore the file from Git.'
      found.errors.push(new TrespassError('record-changed', `${file}: ${problem}`, { hint }))
    }
  }
  return files.length
}

function recordsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true })
      .map((name) => String(name).replaceAll('\\', '/'))
      .filter((name) => /^[\w-]+\/[^/]+\.md$/.test(name))
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function namesUnknown(declared: Declared, config: Config | undefined, schema: StoredSchema): readonly Problem[] {
  return [
    ...schemaProblems(declared, schema),
    ...(config === undefined ? [] : unknownTables(config, schema.catalog)),
    ...unknownBuckets(declared, schema.buckets),
  ]
}

/** A run asks Storage instead, which a target without a database has too. */
function unknownBuckets(declared: Declared, buckets: readonly string[] | null): readonly Problem[] {
  if (buckets === null) return []
  return everyMatrix(declared).flatMap(({ matrix: { resource }, locate }): Problem[] => {
    const { kind, name } = resource
    if (kind !== 'bucket' || name === '*' || buckets.includes(name)) return []
    const hint = didYouMean(name, buckets)
    return [
      {
        code: 'unknown-resource',
        at: locate(['resource', kind]),
        found: `no bucket ${quote(name)}`,
        expected: 'a bucket of the target',
        ...(hint === undefined ? {} : { hint }),
      },
    ]
  })
}

function countsOf({ roster, matrices }: LoadedWorkspace): Pick<Checked['counts'], 'actors' | 'matrices' | 'cells'> {
  const cells = matrices.reduce((sum, { matrix }) => sum + matrix.cells.length, 0)
  return { actors: roster.actors.length, matrices: matrices.length, cells }
}

function schemaCheck(stored: StoredSchema | null, complete: boolean): SchemaCheck {
  if (stored === null) return { state: 'missing' }
  if (stored.isStale) return { state: 'stale', readAt: stored.readAt }
  if (!complete) return { state: 'skipped' }
  return { state: 'checked', readAt: stored.readAt, complete: stored.complete, buckets: stored.buckets !== null }
}

/** By file, then by place; a mistake that two checks have found is one. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  return [...seen.values()].sort(
    ({ at: one }, { at: other }) =>
      (one.file < other.file ? -1 : one.file > other.file ? 1 : 0) ||
      one.line - other.line ||
      one.column - other.column,
  )
}
