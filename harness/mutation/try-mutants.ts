import { TrespassError } from '../errors.ts'
import { awaitSchemaCache } from '../migrations/schema-cache.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { OpenTarget } from '../model/target.ts'
import { type Verdict, verdicts } from '../model/verdict.ts'
import { type Database, RefusedStatement } from '../witness/connection.ts'
import type { AffectedCells, Batch } from './affected.ts'
import type { Mutant, MutantResult } from './model.ts'
import type { SchemaWatch } from './schema-watch.ts'
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
  onMutant(mutant: Mutant, number: number): void
}

/** The results of the mutants that were tried. */
export interface Tried {
  readonly results: readonly MutantResult[]
  readonly unsound: readonly { readonly cell: string; readonly because: string }[]
}

/** The verdicts by which a cell notices a mutant. An inconclusive cell has not noticed it. */
const noticing: readonly Verdict[] = ['breach', 'lockout', 'wrong-layer']

type Outcome = Omit<MutantResult, 'mutant' | 'durationMs'>

/** A cell that does not hold, with its matrix. */
interface Notice {
  readonly record: CellRecord
  readonly loaded: LoadedMatrix
}

/**
 * Applies one mutant after the other, tries the cells that it touches until one notices it, and undoes it. A cell that notices a
 * mutant has to hold again without it.
 */
export class MutantTrials {
  readonly #trial: MutationTrial
  readonly #unsound = new Map<string, string>()
  #world: PreparedWorld

  private constructor(trial: MutationTrial, world: PreparedWorld) {
    this.#trial = trial
    this.#world = world
  }

  /**
   * @param isOver called before each mutant: true when no further one may begin.
   * @throws TrespassError `mutant-not-undone` when the schema is not as it was at the end.
   */
  static async tryAll(trial: MutationTrial, mutants: readonly Mutant[], isOver: () => boolean): Promise<Tried> {
    const trials = new MutantTrials(trial, await trial.openWorld())
    const results: MutantResult[] = []
    try {
      for (const [index, mutant] of mutants.entries()) {
        if (trial.signal.aborted || isOver()) break
        trial.onMutant(mutant, index + 1)
        const begun = performance.now()
        const outcome = await trials.#try(mutant)
        if (trial.signal.aborted) break
        results.push({ mutant, ...outcome, durationMs: Math.round(performance.now() - begun) })
      }
    } finally {
      await trials.#world.close()
    }
    if (!(await trial.watch.isUnchanged())) {
      throw new TrespassError(
        'mutant-not-undone',
        'found another schema than before the mutants, expected the same one',
        {
          hint: 'The sandbox is thrown away; its results are not used. Please report this as a fault of Trespass.',
        },
      )
    }
    const unsound = [...trials.#unsound].map(([cell, because]) => ({ cell, because }))
    return { results, unsound }
  }

  async #try(mutant: Mutant): Promise<Outcome> {
    if (mutant.equivalent !== undefined) return { status: 'equivalent', why: mutant.equivalent, cells: 0 }
    const batches = this.#trial.affected.batchesFor(mutant)
    if (batches.length === 0) return { status: 'untouched', cells: 0 }
    const first = await this.#tryOnce(mutant, batches)
    // An earlier mutant let a request change rows that the cells need.
    return first === 'again' ? await this.#tryAgain(mutant, batches) : first
  }

  async #tryAgain(mutant: Mutant, batches: readonly Batch[]): Promise<Outcome> {
    const second = await this.#tryOnce(mutant, batches)
    return second === 'again' ? { status: 'failed', why: 'its cells hold by chance', cells: 0 } : second
  }

  async #tryOnce(mutant: Mutant, batches: readonly Batch[]): Promise<Outcome | 'again'> {
    const applied = await this.#apply(mutant)
    if (applied !== null) return applied
    let seen: Seen
    let isChanged = true
    try {
      seen = await this.#observe(batches)
      if (seen.notices.length === 0) isChanged = !(await this.#trial.watch.isUnchanged())
    } catch (error) {
      seen = { cells: 0, notices: [], failure: error instanceof Error ? error.message : String(error), unclear: 0 }
    } finally {
      await this.#undo(mutant)
    }
    if (this.#trial.signal.aborted) return { status: 'failed', why: 'interrupted', cells: seen.cells }
    if (!isChanged) return { status: 'equivalent', why: 'the catalog is unchanged', cells: seen.cells }
    const outcome = await this.#outcomeOf(seen)
    if (outcome !== 'again' && !(await this.#world.isIntact())) await this.#renewWorld()
    return outcome
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

  async #observe(batches: readonly Batch[]): Promise<Seen> {
    let cells = 0
    let unclear = 0
    let failure: string | null = null
    for (const { loaded, cells: chosen } of batches) {
      const name = (cell: { readonly actor: string; readonly operation: string }) =>
        `${loaded.matrix.name} › ${cell.actor} › ${cell.operation}`
      const sound = chosen.filter((cell) => !this.#unsound.has(name(cell)))
      const records = await this.#world.try(loaded, sound)
      if (this.#trial.signal.aborted) break
      cells += records.length
      unclear += records.filter(({ verdict }) => verdict === 'inconclusive').length
      failure ??= records.find(({ verdict }) => verdict === 'error')?.because ?? null
      const notices = records.filter(({ verdict }) => noticing.includes(verdict)).map((record) => ({ record, loaded }))
      if (notices.length > 0) return { cells, notices: notices.sort(byVerdict), failure, unclear }
    }
    return { cells, notices: [], failure, unclear }
  }

  async #outcomeOf({ notices, cells, failure, unclear }: Seen): Promise<Outcome | 'again'> {
    for (const notice of notices) {
      const { id, verdict, because } = notice.record
      if (await this.#holds(notice)) return { status: 'noticed', noticedBy: { cell: id, verdict, because }, cells }
      await this.#rebuild()
      if (await this.#holds(notice)) return 'again'
      this.#unsound.set(id, because)
    }
    if (failure !== null) return { status: 'failed', why: failure, cells }
    const why = unclear === 0 ? {} : { why: `${unclear} of its cells are inconclusive with it` }
    return { status: 'survived', ...why, cells }
  }

  /** @returns true when the cell that noticed a mutant holds without it. */
  async #holds({ record, loaded }: Notice): Promise<boolean> {
    const chosen = loaded.matrix.cells.filter(
      ({ actor, operation }) => actor === record.actor && operation === record.operation,
    )
    const records = await this.#world.try(loaded, chosen)
    return records.length > 0 && records.every(({ verdict }) => verdict === 'held')
  }

  async #renewWorld(): Promise<void> {
    await this.#world.close()
    this.#world = await this.#trial.openWorld()
  }

  /** Builds the sandbox anew: the mutant's statements, or changes that it allowed, could not be undone. */
  async #rebuild(): Promise<void> {
    await this.#world.close()
    await this.#trial.opened.reset?.()
    this.#world = await this.#trial.openWorld()
  }
}

interface Seen {
  readonly cells: number
  readonly notices: readonly Notice[]
  readonly failure: string | null
  readonly unclear: number
}

/** The worst verdict first, then by name, so that the same run names the same cell. */
function byVerdict({ record: one }: Notice, { record: other }: Notice): number {
  return verdicts.indexOf(one.verdict) - verdicts.indexOf(other.verdict) || (one.id < other.id ? -1 : 1)
}
