import { TrespassError } from '../errors.ts'
import { readAcceptedMutants } from '../evidence/accepted.ts'
import { readInventory } from '../inventory/read-inventory.ts'
import { concurrencyRange } from '../limits/concurrency-limit.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import type { OpenTarget } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { type Database, openDatabase } from '../witness/connection.ts'
import type { Config } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openTarget } from '../workspace/open-target.ts'
import { withAccepted } from './accept.ts'
import { AffectedCells } from './affected.ts'
import { chooseMutants, type MutantChoice } from './choose.ts'
import { mutantsOf } from './generate.ts'
import type { Mutant, MutationRecord } from './model.ts'
import { readMutableSchema } from './read-schema.ts'
import type { MutableSchema } from './schema.ts'
import { SchemaWatch } from './schema-watch.ts'
import { scoreOf, scoresBy } from './score.ts'
import { suggestionFor } from './suggest.ts'
import { MutantTrials } from './try-mutants.ts'
import { type AllTried, groupsOf, tryWithWorkers, type Worker } from './workers.ts'
import { PreparedWorld } from './world.ts'

/** The workspace to mutate, and the limits. */
export interface MutateOptions {
  /** Absolute path of the workspace. Its lock is the caller's. */
  readonly root: string
  readonly config: Config
  /** With the matrices whose cells are tried. */
  readonly workspace: LoadedWorkspace
  /** Those that may notice mutants of what keeps callers apart. */
  readonly scenarios: readonly Scenario[]
  readonly choice: MutantChoice
  /** Milliseconds after which no further mutant begins; no limit when left out. */
  readonly budget?: number
  /** How many sandboxes are tried in side by side. */
  readonly workers: number
  /** Aborted when the user interrupts the command: the mutant is undone, and the sandbox thrown away. */
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
  readonly onNote: (text: string) => void
  /** Called with the run's id before anything is made. */
  readonly onNamed: (run: string) => void
}

/** Milliseconds that a statement may last. */
const hold = 30_000

/**
 * Makes mutants of a workspace's schema, and tries in a sandbox of its own whether its cells notice them.
 *
 * @throws TrespassError `no-mutants`, `matrix-misfit`, `mutant-not-undone`, or of the part that found the fault.
 */
export async function mutate(options: MutateOptions): Promise<MutationRecord> {
  const { root } = options
  const startedAt = new Date().toISOString()
  const acceptances = await readAcceptedMutants(root)
  const first = await openSandbox(options)
  const prepared = await prepare(options, first).catch(async (error: unknown) => {
    await first.close()
    throw error
  })
  const { schema, exposed, made, chosen } = prepared
  const { tried, run, redact } = await tryThem(options, { first, schema, chosen })
  const ids = new Set(made.map(({ id }) => id))
  const { results, notes } = withAccepted(tried.results, acceptances, ids, startedAt.slice(0, 10))
  for (const note of notes) options.onNote(note)
  const { roster } = options.workspace
  return redact({
    schema: 'trespass/mutation@1',
    run,
    startedAt,
    finishedAt: new Date().toISOString(),
    complete: results.length === chosen.length,
    schemaFingerprint: first.watch.fingerprint,
    made: made.length,
    chosen: chosen.length,
    seed: options.choice.seed ?? null,
    total: scoreOf('all', results),
    objects: scoresBy(results, ({ mutant }) => mutant.object),
    kinds: scoresBy(results, ({ mutant }) => mutant.kind),
    results: results.map((result) =>
      result.status === 'survived' || result.status === 'untouched'
        ? { ...result, suggestion: suggestionFor(result.mutant, roster, exposed) }
        : result,
    ),
    unsound: tried.unsound,
    limits: limitsOf(schema),
  })
}

/** A sandbox of a worker, before any mutant. */
interface Sandbox {
  readonly opened: OpenTarget
  readonly database: Database
  readonly watch: SchemaWatch
  close(): Promise<void>
}

async function openSandbox({ root, config, onProgress }: MutateOptions): Promise<Sandbox> {
  const environment = loadEnvironment(root, 'sandbox', process.env)
  const opened = await openTarget({ root, config, environment, sandbox: { holes: [] }, onProgress })
  void opened.lost.then(({ message }) => onProgress(message))
  const database = databaseOf(opened)
  const close = () => database.close().finally(() => opened.close())
  try {
    return { opened, database, watch: await SchemaWatch.begin(database), close }
  } catch (error) {
    await close()
    throw error
  }
}

function databaseOf({ target }: OpenTarget): Database {
  if (target.databaseUrl === null) throw new Error('the sandbox has no database')
  return openDatabase(target.databaseUrl, { connections: 1, ca: null, hold })
}

/** Makes the mutants of a sandbox's schema, and chooses among them. */
async function prepare({ root, choice }: MutateOptions, { opened, database }: Sandbox) {
  const [schema, { schemas }] = await Promise.all([readMutableSchema(database), readInventory(root, opened.target)])
  const exposed = schemas.map(({ name }) => name)
  const made = await mutantsOf(schema, exposed)
  return { schema, exposed, made, chosen: chooseMutants(made, choice) }
}

async function tryThem(
  options: MutateOptions,
  {
    first,
    schema,
    chosen,
  }: { readonly first: Sandbox; readonly schema: MutableSchema; readonly chosen: readonly Mutant[] },
): Promise<{ readonly tried: AllTried; readonly run: string; readonly redact: ReturnType<typeof redactor> }> {
  const { root, config, workspace, scenarios, signal, budget, workers, onProgress, onNamed } = options
  const worlds: PreparedWorld[] = []
  const concurrency = concurrencyRange(config.concurrency, 'sandbox')
  const affected = new AffectedCells({ schema, scenarios, ...workspace, paths })
  let number = 0
  const onMutant = ({ id }: Mutant) => {
    number += 1
    onProgress(`${number} of ${chosen.length}: ${id}`)
  }
  const openWorker = async (sandbox: Sandbox): Promise<Worker> => {
    const openWorld = async () => {
      const world = await PreparedWorld.open({
        root,
        config,
        workspace,
        opened: sandbox.opened,
        concurrency,
        signal,
        onProgress,
      })
      worlds.push(world)
      refuseMisfits(world)
      if (worlds.length === 1) onNamed(world.runId)
      return world
    }
    try {
      const trials = await MutantTrials.open({ ...sandbox, affected, signal, openWorld, onMutant })
      return { trials, close: () => trials.close().finally(() => sandbox.close()) }
    } catch (error) {
      await sandbox.close()
      throw error
    }
  }
  const groups = groupsOf(chosen, budget !== undefined)
  const further = Array.from({ length: Math.min(workers, groups.length) - 1 }, () => async () => {
    return await openWorker(await openSandbox(options))
  })
  const end = budget === undefined ? Number.POSITIVE_INFINITY : performance.now() + budget
  const tried = await tryWithWorkers([() => openWorker(first), ...further], groups, () => performance.now() > end)
  return {
    tried,
    run: worlds[0]?.runId ?? '',
    redact: redactor(worlds.flatMap(({ secrets }) => secrets)),
  }
}

function refuseMisfits({ missing }: PreparedWorld): void {
  const [first] = missing
  if (first === undefined) return
  throw new TrespassError('matrix-misfit', `found the cell ${first.id} that cannot be tried: ${first.why}`, {
    hint: 'Run `trespass run` first: mutants are made of a schema that the matrices fit.',
  })
}

/** @returns sentences about parts of the schema that no mutant changes. */
function limitsOf({ functions }: MutableSchema): readonly string[] {
  const parsed = functions.filter(({ body }) => body.trim() === '')
  return [
    'privileges of service_role are not mutated',
    ...(parsed.length === 0
      ? []
      : [`bodies of functions that were parsed when they were made: ${parsed.map(({ name }) => name).join(', ')}`]),
  ]
}
