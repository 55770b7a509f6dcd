import { TrespassError } from '../errors.ts'
import { groupBy } from '../group.ts'
import { cellId } from '../matrix/plan/plan.ts'
import { awaitSchemaCache } from '../migrations/schema-cache.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { ScenarioRecord } from '../model/scenario.ts'
import type { OpenTarget } from '../model/target.ts'
import { type Verdict, verdicts } from '../model/verdict.ts'
import type { Scenario } from '../scenarios/declaration.ts'
import { type Database, RefusedStatement } from '../witness/connection.ts'
import type { AffectedCells, Batch } from './affected.ts'
import type { Mutant, MutantResult } from './model.ts'
import type { SchemaWatch } from './schema-watch.ts'
import { untilAborted } from './until-aborted.ts'
import type { PreparedWorld } from './world.ts'

/** The services with which mutants are tried. */
export interface MutationTrial {
  readonly opened: OpenTarget
  readonly database: Database
  readonly watch: SchemaWatch
  readonly affected: AffectedCells
  readonly signal: AbortSignal
  openWorld(): Promise<PreparedWorld>
  /** Called before each mutant. */
  onMutant(mutant: Mutant): void
}

/** A cell that does not hold without any mutant. */
export interface UnsoundCell {
  readonly cell: string
  readonly because: string
}

/** The verdicts by which a cell notices a mutant. An inconclusive cell has not noticed it. */
const detections: readonly Verdict[] = ['breach', 'lockout', 'wrong-layer']

/** Cells that noticed mutants of one sort, and are tried first with the next of it. */
const keptLikely = 2

type Outcome = Omit<MutantResult, 'mutant' | 'durationMs'>

/** A cell that does not hold, with the matrix that it stands in, or a scenario that does not. */
type Detection =
  | { readonly record: CellRecord; readonly loaded: LoadedMatrix }
  | { readonly record: ScenarioRecord; readonly scenario: Scenario }

/** An outcome that counts when the cells of its notices hold without the mutant. */
interface Trying {
  readonly mutant: Mutant
  readonly outcome: Outcome
  readonly notices: readonly Detection[]
  readonly durationMs: number
}

/**
 * Applies one mutant after the other in one sandbox, tries the cells that it touches until one notices it, and takes it
 * back. A cell that notices mutants has to hold again without any.
 */
export class MutantTrials {
  readonly #trial: MutationTrial
  readonly #unsound = new Map<string, string>()
  #world: PreparedWorld
  /** True when the command was interrupted while the sandbox was built anew. */
  #isAbandoned = false

  private constructor(trial: MutationTrial, world: PreparedWorld) {
    this.#trial = trial
    this.#world = world
  }

  static async open(trial: MutationTrial): Promise<MutantTrials> {
    return new MutantTrials(trial, await trial.openWorld())
  }

  get unsound(): readonly UnsoundCell[] {
    return [...this.#unsound].map(([cell, because]) => ({ cell, because }))
  }

  /**
   * Tries some mutants. Their cells are tried without any of them at the end: where one does not hold then, something that
   * a mutant let through has changed what cells rest on, and each is tried again on its own.
   *
   * @param isOver called before each mutant: true when no further one may begin.
   * @returns a result for each mutant that was tried to the end: for none once the command is interrupted.
   */
  async tryGroup(mutants: readonly Mutant[], isOver: () => boolean): Promise<readonly MutantResult[]> {
    const { signal, onMutant } = this.#trial
    const tried: Trying[] = []
    const likely = new Map<string, readonly string[]>()
    for (const mutant of mutants) {
      if (signal.aborted || isOver()) break
      onMutant(mutant)
      const sort = `${mutant.object} ${mutant.direction} ${mutant.commands.join(' ')}`
      const trying = await timed(mutant, () => this.#try(mutant, likely.get(sort)))
      tried.push(trying)
      const noticed = trying.notices.map(({ record }) => record.id).slice(0, 1)
      likely.set(sort, [...new Set([...noticed, ...(likely.get(sort) ?? [])])].slice(0, keptLikely))
    }
    if (signal.aborted) return []
    const isSound = await this.#hold(tried.flatMap(({ notices }) => notices.slice(0, 1)))
    if (signal.aborted) return []
    if (isSound) return tried.map(resultOf)
    await this.#rebuild()
    if (signal.aborted) return []
    const again: MutantResult[] = []
    for (const { mutant, durationMs } of tried) {
      const alone = await timed(mutant, () => this.#tryAlone(mutant))
      if (signal.aborted) return []
      again.push({ ...resultOf(alone), durationMs: durationMs + alone.durationMs })
    }
    return again
  }

  /** @throws TrespassError `mutant-not-undone` when the schema is not as it was. */
  async close(): Promise<void> {
    await this.#world.close()
    if (this.#isAbandoned || (await this.#trial.watch.isUnchanged())) return
    throw new TrespassError(
      'mutant-not-undone',
      'found another schema than before the mutants, expected the same one',
      {
        hint: 'The sandbox is thrown away; its results are not used. Please report this as a fault of Trespass.',
      },
    )
  }

  async #try(mutant: Mutant, likely?: readonly string[]): Promise<Tried> {
    if (mutant.equivalent !== undefined) return settled({ status: 'equivalent', why: mutant.equivalent, cells: 0 })
    const { affected } = this.#trial
    const [batches, scenarios] = [affected.batchesFor(mutant, likely), affected.scenariosFor(mutant)]
    if (batches.length + scenarios.length === 0) return settled({ status: 'untouched', cells: 0 })
    return await this.#tryWith(mutant, batches, scenarios)
  }

  /** Tries one mutant, and the cell that notices it at once without it. */
  async #tryAlone(mutant: Mutant): Promise<Tried> {
    for (const attempt of ['first', 'second']) {
      const tried = await this.#try(mutant)
      if (this.#trial.signal.aborted || tried.notices.length === 0) return tried
      const proven = await this.#proven(tried.notices)
      if (proven === 'again' && attempt === 'first') continue
      if (proven === 'again') break
      return settled(proven === null ? survivorOf(tried) : noticedBy(proven, tried))
    }
    return settled({ status: 'failed', why: 'its cells hold by chance', cells: 0 })
  }

  /** @returns the first of some notices whose cell holds without the mutant; null when none does. */
  async #proven(notices: readonly Detection[]): Promise<Detection | 'again' | null> {
    for (const notice of notices) {
      if (await this.#hold([notice])) return notice
      await this.#rebuild()
      if (this.#trial.signal.aborted) return null
      // What an earlier mutant let through had changed what the cell rests on.
      if (await this.#hold([notice])) return 'again'
      this.#unsound.set(notice.record.id, notice.record.because)
    }
    return null
  }

  async #tryWith(mutant: Mutant, batches: readonly Batch[], scenarios: readonly Scenario[]): Promise<Tried> {
    const applied = await this.#apply(mutant)
    if (applied !== null) return settled(applied)
    let seen: ObservedCells
    let isChanged = true
    try {
      seen = await this.#observe(batches)
      if (seen.notices.length === 0) seen = await this.#observeScenarios(scenarios, seen)
      if (seen.notices.length === 0) isChanged = !(await this.#trial.watch.isUnchanged())
    } catch (error) {
      seen = {
        cells: 0,
        notices: [],
        failure: error instanceof Error ? error.message : String(error),
        unclear: 0,
        scenarios: 0,
      }
    } finally {
      await this.#undo(mutant)
    }
    if (this.#trial.signal.aborted) return settled({ status: 'failed', why: 'interrupted', cells: seen.cells })
    if (!isChanged) return settled({ status: 'equivalent', why: 'the catalog is unchanged', cells: seen.cells })
    if (!(await this.#world.isIntact())) await this.#renewWorld()
    const [first] = seen.notices
    return { ...seen, outcome: first === undefined ? survivorOf(seen) : noticedBy(first, seen) }
  }

  /** @returns null when the mutant is in place. */
  async #apply(mutant: Mutant): Promise<Outcome | null> {
    try {
      await this.#execute(mutant.apply)
    } catch (error) {
      if (!(error instanceof RefusedStatement)) throw error
      return { status: 'failed', why: `PostgreSQL refuses it: ${error.message}`, cells: 0 }
    }
    await this.#reload(mutant)
    return null
  }

  async #undo(mutant: Mutant): Promise<void> {
    const isUndone = await this.#execute(mutant.undo).then(
      () => this.#trial.watch.isUnchanged(),
      () => false,
    )
    if (isUndone) await this.#reload(mutant)
    else await this.#rebuild()
  }

  /** All of the statements, or none of them. */
  async #execute(statements: readonly string[]): Promise<void> {
    await this.#trial.database.transaction(async (query) => {
      for (const statement of statements) await query(statement)
    })
  }

  async #reload({ reloads }: Mutant): Promise<void> {
    const { databaseUrl, privileged } = this.#trial.opened.target
    if (reloads && databaseUrl !== null && privileged !== null) await awaitSchemaCache(databaseUrl, privileged)
  }

  async #observe(batches: readonly Batch[]): Promise<ObservedCells> {
    let cells = 0
    let unclear = 0
    let failure: string | null = null
    for (const { loaded, cells: chosen } of batches) {
      const { name } = loaded.matrix
      const sound = chosen.filter(({ actor, operation }) => !this.#unsound.has(cellId(name, actor, operation)))
      const records = await this.#world.try(loaded, sound)
      if (this.#trial.signal.aborted) break
      cells += records.length
      unclear += records.filter(({ verdict }) => verdict === 'inconclusive').length
      failure ??= records.find(({ verdict }) => verdict === 'error')?.because ?? null
      const notices = records
        .filter(({ verdict }) => detections.includes(verdict))
        .map((record) => ({ record, loaded }))
      if (notices.length > 0) return { cells, notices: notices.sort(byVerdict), failure, unclear, scenarios: 0 }
    }
    return { cells, notices: [], failure, unclear, scenarios: 0 }
  }

  /** Runs scenarios one after the other, until one notices the mutant that no cell has noticed. */
  async #observeScenarios(scenarios: readonly Scenario[], seen: ObservedCells): Promise<ObservedCells> {
    let { unclear, failure } = seen
    let count = 0
    for (const scenario of scenarios) {
      if (this.#trial.signal.aborted) break
      if (this.#unsound.has(scenario.name)) continue
      const record = await this.#world.runScenario(scenario)
      count += 1
      if (detections.includes(record.verdict)) return { ...seen, scenarios: count, notices: [{ record, scenario }] }
      if (record.verdict === 'inconclusive') unclear += 1
      if (record.verdict === 'error') failure ??= record.because
    }
    return { ...seen, scenarios: count, unclear, failure }
  }

  /** @returns whether the cells and scenarios that noticed mutants hold without any. */
  async #hold(notices: readonly Detection[]): Promise<boolean> {
    const scenarios = new Set(notices.flatMap((notice) => ('scenario' in notice ? [notice.scenario] : [])))
    for (const scenario of scenarios) {
      if ((await this.#world.runScenario(scenario)).verdict !== 'held') return false
    }
    const ofCells = notices.flatMap((notice) => ('loaded' in notice ? [notice] : []))
    for (const [loaded, some] of groupBy(ofCells, (notice) => notice.loaded)) {
      const ids = new Set(some.map(({ record }) => record.id))
      const { name, cells } = loaded.matrix
      const chosen = cells.filter(({ actor, operation }) => ids.has(cellId(name, actor, operation)))
      const records = await this.#world.try(loaded, chosen)
      if (records.length < chosen.length || records.some(({ verdict }) => verdict !== 'held')) return false
    }
    return true
  }

  async #renewWorld(): Promise<void> {
    await this.#world.close()
    this.#world = await this.#trial.openWorld()
  }

  /** Builds the sandbox anew: the mutant's statements, or changes that it allowed, could not be undone. */
  async #rebuild(): Promise<void> {
    const { opened, signal } = this.#trial
    await this.#world.close()
    await untilAborted(opened.reset?.() ?? Promise.resolve(), signal)
    // The caller throws the sandbox away then, and nothing may be made in it.
    this.#isAbandoned = signal.aborted
    if (this.#isAbandoned) return
    this.#world = await this.#trial.openWorld()
  }
}

interface ObservedCells {
  readonly cells: number
  readonly notices: readonly Detection[]
  readonly failure: string | null
  /** Cells and scenarios that are inconclusive. */
  readonly unclear: number
  /** Scenarios that were run. */
  readonly scenarios: number
}

/** What was seen with a mutant, and what that comes to. */
interface Tried extends ObservedCells {
  readonly outcome: Outcome
}

function settled(outcome: Outcome): Tried {
  return { outcome, cells: outcome.cells, notices: [], failure: null, unclear: 0, scenarios: 0 }
}

function noticedBy(
  { record: { id, verdict, because } }: Detection,
  seen: Pick<ObservedCells, 'cells' | 'scenarios'>,
): Outcome {
  return { status: 'noticed', noticedBy: { cell: id, verdict, because }, ...countsOf(seen) }
}

function countsOf({
  cells,
  scenarios,
}: Pick<ObservedCells, 'cells' | 'scenarios'>): Pick<Outcome, 'cells' | 'scenarios'> {
  return { cells, ...(scenarios === 0 ? {} : { scenarios }) }
}

function survivorOf(seen: ObservedCells): Outcome {
  const { failure, unclear } = seen
  if (failure !== null) return { status: 'failed', why: failure, ...countsOf(seen) }
  const why = unclear === 0 ? {} : { why: `${unclear} of what it touches is inconclusive with it` }
  return { status: 'survived', ...why, ...countsOf(seen) }
}

async function timed(mutant: Mutant, action: () => Promise<Tried>): Promise<Trying> {
  const begun = performance.now()
  const { outcome, notices } = await action()
  return { mutant, outcome, notices, durationMs: Math.round(performance.now() - begun) }
}

function resultOf({ mutant, outcome, durationMs }: Trying): MutantResult {
  return { mutant, ...outcome, durationMs }
}

/** The worst verdict first, then by name, so that the same run names the same cell. */
function byVerdict({ record: one }: Detection, { record: other }: Detection): number {
  return verdicts.indexOf(one.verdict) - verdicts.indexOf(other.verdict) || (one.id < other.id ? -1 : 1)
}
