import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Rounds } from '../cells/context.ts'
import { messageOf, type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import { readInventory } from '../inventory/read-inventory.ts'
import { concurrencyRange } from '../limits/concurrency-limit.ts'
import { checkEmails } from '../matrix/check-emails.ts'
import { didYouMeanOneOf, oneOfMany } from '../message-text.ts'
import type { Requirement } from '../model/coverage.ts'
import type { OpenTarget } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { loadConfig } from '../workspace/config.ts'
import { leftOutNote, loadEnvironment } from '../workspace/environment.ts'
import { lockWorkspace, type Shard } from '../workspace/lock.ts'
import { namedSecrets } from '../workspace/named-secrets.ts'
import { openTarget } from '../workspace/open-target.ts'
import { schemaDigest } from '../workspace/schema-sources.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { schemaProblems, unknownTables } from './check-declared.ts'
import { importModule } from './import-module.ts'
import { bucketsOf, keepSchema } from './keep-schema.ts'
import { type Declared, everyMatrix, loadFiles } from './load-files.ts'
import { requireMarker } from './marker.ts'
import { namedCells } from './named-cells.ts'
import { openWitness } from './open-witness.ts'
import { populated } from './populate.ts'
import { withProvenWorkers, withTiedConnections } from './prove-database.ts'
import { refuseAbsent } from './refuse-absent.ts'
import type { Run, RunParts } from './run.ts'

export interface RunOptions {
  /** Absolute path of the workspace. */
  readonly root: string
  /** The target's alias; without it TRESPASS_TARGET, else the sandbox. */
  readonly alias?: string
  /** Globs of matrix files. */
  readonly only?: readonly string[]
  /** Patterns of scenarios. Without any they run when no pattern of matrices is given, and the other way round. */
  readonly onlyScenarios?: readonly string[]
  /** The cells that are going to be tried, as they were given; each has to be there. */
  readonly cells?: readonly string[]
  /** True to leave matrices and scenarios out: only the actors and their world are loaded. */
  readonly actorsOnly?: boolean
  /** The rounds of each scenario that are run; without it the number that it declares. */
  readonly rounds?: Rounds
  /** Names of the workspace's holes to open, in a sandbox. */
  readonly holes?: readonly string[]
  /** Grants new tables of a sandbox to the API roles, as projects made before 2026 do. */
  readonly oldDefaultGrants?: boolean
  readonly shard?: Shard
  /**
   * How many requests are under way at once; without it TRESPASS_CONCURRENCY, the configuration's, or as many as the target
   * supports.
   */
  readonly concurrency?: number
  /** Called with a short text about the current step. */
  readonly onProgress: (text: string) => void
  /** Called with a sentence that is of interest after the run too. */
  readonly onNote?: (text: string) => void
  /** Called with the run's id and its target before anything is made. */
  readonly onNamed?: (run: string, alias: string) => void
  /** True to list the objects that requests can reach on the target, before anything is made. */
  readonly inventory?: boolean
  /** Ends waits for the rate limit; the run is then swept and not opened. */
  readonly signal?: AbortSignal
}

/** A run with its inventory and its required coverage. */
export interface OpenedRun extends Run {
  /** The objects that requests can reach on the target; why they could not be read; null where they were not listed. */
  readonly inventory: Inventory | { readonly failure: string } | null
  /** The coverage that the configuration requires. */
  readonly required: readonly Requirement[]
  /** The ids of the cells that were named; null where none was. */
  readonly named: ReadonlySet<string> | null
}

/**
 * Opens a run: reads the workspace, takes its lock, opens the target, checks the matrices against its catalog, signs the actors
 * in and makes the world. Nothing is sent before every file has been read without a problem, and nothing is made before the check
 * has passed.
 *
 * @throws WorkspaceProblems, or a TrespassError of the room that found the fault.
 */
export async function openRun(options: RunOptions): Promise<OpenedRun> {
  const { root, holes = [], onProgress, onNote = () => undefined, onNamed = () => undefined, signal } = options
  const config = await loadConfig(root, importModule)
  const environment = loadEnvironment(root, options.alias ?? null, process.env)
  if (holes.length > 0 && environment.alias !== 'sandbox') {
    throw new TrespassError(
      'hole-outside-sandbox',
      `found a hole to open on ${environment.alias}, expected the sandbox`,
      {
        hint: 'Holes are opened on purpose, and only where nothing can be lost: leave out --target.',
      },
    )
  }
  const { oldDefaultGrants = false } = options
  if (oldDefaultGrants && environment.alias !== 'sandbox') {
    const message = `found --old-default-grants for ${environment.alias}, expected the sandbox`
    const hint = 'The grants of another target are its own: leave the flag out.'
    throw new TrespassError('grants-outside-sandbox', message, { hint })
  }
  const note = leftOutNote(environment)
  if (note !== null) onNote(note)
  const files = holes.map((name) => holeFile(root, name))
  const { only = null, onlyScenarios = null, actorsOnly = false, cells } = options
  const declared = await loadFiles({ root, only, onlyScenarios, actorsOnly })
  const named = cells === undefined ? null : namedCells(cells, declared.workspace.matrices)
  refuseEmptyShards(options.shard, declared)
  const emails = checkEmails(declared.workspace, [config.email_domain, ...config.email_domains])
  if (emails.length > 0) throw new WorkspaceProblems(emails)
  const lock = await lockWorkspace(root, options.shard ?? null)
  try {
    // Before the target is opened: a file that changes meanwhile makes the stored schema stale.
    const keeping = holes.length === 0 ? { digest: await schemaDigest(root) } : null
    const started = await openTarget({
      root,
      config,
      environment,
      sandbox: { holes: files, oldDefaultGrants },
      onProgress,
    })
    const secrets = namedSecrets(root, environment.alias, variablesIn(declared), process.env)
    const opened = { ...started, target: { ...started.target, secrets } }
    // The requests of the run will fail, and the message says why.
    void opened.lost.then(({ message }) => onProgress(message))
    const fixed = options.concurrency ?? environment.concurrency ?? config.concurrency
    const concurrency = concurrencyRange(fixed, opened.target.kind)
    const { rounds = null } = options
    const given = { root, config, declared, rounds, holes, oldDefaultGrants }
    const parts = { ...given, opened, concurrency, onProgress, onNote, onNamed, signal }
    const inventory = options.inventory === true ? await inventoryOf(root, withTiedConnections(opened.target)) : null
    const run = await withTarget(parts, keeping).catch(async (error: unknown) => {
      await opened.close()
      throw redactedError(error, redactor(secretsOf(opened.target, [])))
    })
    const required = config.coverage?.require ?? []
    return {
      ...run,
      inventory,
      required,
      named,
      oldDefaultGrants,
      close: (ending) => run.close(ending).finally(() => lock.release()),
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @returns the environment variables that operations name. */
function variablesIn(declared: Declared): readonly string[] {
  return everyMatrix(declared).flatMap(({ matrix }) =>
    matrix.operations.flatMap(({ path, body }) => paths.find(({ name }) => name === path)?.variables?.(body) ?? []),
  )
}

/** The run goes on without the inventory, and its report names the reason. */
async function inventoryOf(root: string, target: OpenTarget['target']): Promise<NonNullable<OpenedRun['inventory']>> {
  try {
    return await readInventory(root, target)
  } catch (error) {
    const redact = redactor(secretsOf(target, []))
    return { failure: redact(messageOf(error)) }
  }
}

/** @param keeping the state of the project's files, to store the schema under; null where it is not the project's own. */
async function withTarget({ opened, ...others }: RunParts, keeping: { readonly digest: string } | null): Promise<Run> {
  const { onProgress, config, declared } = others
  const tied = withTiedConnections(opened.target)
  const witness = await openWitness(tied)
  try {
    await requireMarker(tied.alias, config, witness)
    const roles = declared.workspace.roster.actors.flatMap(({ role }) => role ?? [])
    // A sandbox that this run has started has made the logins itself.
    const target = tied.kind === 'sandbox' ? tied : await withProvenWorkers(tied, [...new Set(roles)])
    const parts = { ...others, opened: { ...opened, target } }
    onProgress('reading the catalog')
    const [catalog, schema] = await Promise.all([witness.catalog(), witness.schema()])
    // Without a witness there is nothing to hold the files against.
    if (witness.sees !== 'nothing') {
      const known = { catalog, complete: witness.sees === 'database', buckets: bucketsOf(schema) }
      if (keeping !== null) {
        const kept = keepSchema({
          ...keeping,
          root: parts.root,
          alias: tied.alias,
          known,
          workspace: declared.workspace,
        })
        if (kept !== null) parts.onNote(kept)
      }
      refuse(schemaProblems(parts.declared, known))
      refuse(unknownTables(parts.config, catalog))
    }
    await refuseAbsent(everyMatrix(parts.declared), target)
    return await populated(parts, witness, catalog, schema)
  } catch (error) {
    await witness.close()
    throw error
  }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new WorkspaceProblems(problems)
}

/** A shard without a matrix would try nothing. */
function refuseEmptyShards(shard: Shard | undefined, { workspace, scenarios }: Declared): void {
  const files = workspace.matrices.length + scenarios.length
  if (shard === undefined || shard.count <= files) return
  const message = `found ${shard.count} shards, expected no more than there are matrices and scenarios: ${files}`
  throw new TrespassError('too-many-shards', message, { hint: 'A shard is made of whole files.' })
}

/** The folder of a workspace's holes: one small SQL file each, opened on purpose in a sandbox. */
const folder = 'holes'

/** @returns the names of a workspace's holes, sorted. */
function holesOf(root: string): readonly string[] {
  try {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.sql'))
      .map((name) => name.slice(0, -'.sql'.length))
      .sort()
  } catch {
    return []
  }
}

/**
 * @returns the absolute path of a hole's SQL file.
 * @throws TrespassError `no-such-hole` with the nearest names.
 */
function holeFile(root: string, name: string): string {
  const known = holesOf(root)
  if (known.includes(name)) return join(root, folder, `${name}.sql`)
  const listed = known.length === 0 ? `a workspace with ${folder}/*.sql` : `${oneOfMany(known)} in ${folder}/`
  throw new TrespassError('no-such-hole', `found the hole ${name}, expected ${listed}`, {
    hint: didYouMeanOneOf(name, known) ?? `A hole is a file ${folder}/<name>.sql that is applied after the migrations.`,
  })
}
