import { accessOf } from '../cuts/access.ts'
import { type Applier, isOneTransaction, refuseInapplicable, type Step, stepsOf } from '../cuts/application.ts'
import { judgeCuts } from '../cuts/judge-cuts.ts'
import type {
  CutJudgement,
  CutRecord,
  CutShort,
  CutWay,
  Forward,
  SecondApplication,
  StatementRecord,
  TriedCell,
  TriedState,
} from '../cuts/model.ts'
import { type Statement, statementInWords } from '../cuts/statements.ts'
import { concurrencyRange } from '../limits/concurrency-limit.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import type { CellRecord } from '../model/record.ts'
import type { Config } from '../workspace/config.ts'
import { type Cut, type CutPoint, cutMigration, isRolledBack } from './cut.ts'
import { type DatabaseCopy, type Disposable, openDisposable } from './disposable.ts'
import { leftoversOf } from './leftovers.ts'
import { type MigrationFile, readMigration } from './migration-file.ts'
import { awaitSchemaCache } from './schema-cache.ts'
import { applySteps, StatementFailed } from './session.ts'
import { type DatabaseState, readState } from './state.ts'
import { type Tried, tryMatrices } from './try-matrices.ts'

/** The migration to interrupt, the ways to do it, and the matrices to try at each cut. */
export interface CutShortOptions {
  /** Absolute path of the workspace. The caller holds its lock. */
  readonly root: string
  readonly config: Config
  /** The migration, as a scenario names it. */
  readonly file: string
  /** With the matrices to try before, after and at each cut. */
  readonly workspace: LoadedWorkspace
  readonly ways: readonly CutWay[]
  readonly applier: Applier
  readonly onProgress: (text: string) => void
  /** Aborts between two cuts. */
  readonly signal?: AbortSignal
}

/** The findings, and the judgement, which follows from them alone. */
export interface CutShortResult extends CutShort {
  readonly judgement: CutJudgement
}

/**
 * Interrupts a migration after each of its statements, in every requested way, on a disposable sandbox of its own; compares the
 * state that each cut left, tries matrices in each such state, and applies the file again.
 *
 * @throws TrespassError of the failing step; `migration-failed` if the uninterrupted migration cannot be applied.
 */
export async function cutShort(options: CutShortOptions): Promise<CutShortResult> {
  const { root, config, applier, onProgress } = options
  const migration = await readMigration(root, options.file)
  const { file, statements } = migration
  refuseInapplicable(statements, applier)
  const shared = statements.some((statement) => statement.shared)
  const disposable = await openDisposable({ root, config, file, shared, onProgress })
  try {
    const found = await new CutSeries(options, migration, disposable).run()
    const record: CutShort = {
      file,
      applier,
      oneTransaction: isOneTransaction(statements, applier),
      leftOut: migration.later,
      statements: statements.map(statementRecord),
      ...found,
    }
    return { ...record, judgement: judgeCuts(record) }
  } finally {
    await disposable.close()
  }
}

/** The cuts of one migration, one after the other. */
class CutSeries {
  readonly #options: CutShortOptions
  readonly #statements: readonly Statement[]
  readonly #steps: readonly Step[]
  readonly #disposable: Disposable
  /** The result of the matrices, by the key of the database's state. */
  readonly #tried = new Map<string, TriedState>()
  /** The result of applying the file again, by the same key. */
  readonly #again = new Map<string, SecondApplication>()
  /** A copy that earlier cuts left as it was. */
  #unchanged: DatabaseCopy | null = null
  /** The result of applying the statements that were left out, by the same key. */
  readonly #forward = new Map<string, Forward>()

  constructor(options: CutShortOptions, { statements }: MigrationFile, disposable: Disposable) {
    this.#options = options
    this.#statements = statements
    this.#steps = stepsOf(statements, options.applier)
    this.#disposable = disposable
  }

  async run(): Promise<{ readonly cuts: readonly CutRecord[]; readonly states: readonly TriedState[] }> {
    const { onProgress, signal, ways } = this.#options
    const before = await this.#disposable.withFresh((databaseUrl) => this.#read(databaseUrl))
    onProgress('trying the matrices before the migration')
    this.#tried.set(before.key, await this.#try('before'))
    const after = await this.#disposable.withFresh(async (databaseUrl) => {
      await applySteps(databaseUrl, this.#steps)
      return this.#read(databaseUrl)
    })
    onProgress('trying the matrices after the migration')
    await this.#tryIn(after.key, 'after', (databaseUrl) => applySteps(databaseUrl, this.#steps))
    const cuts: CutRecord[] = []
    for (let done = 0; done <= this.#statements.length; done += 1) {
      for (const way of ways) {
        signal?.throwIfAborted()
        onProgress(`cutting the migration after ${done} of ${this.#statements.length} statements: ${way}`)
        cuts.push(await this.#cut({ done, way }, before, after))
      }
    }
    return { cuts, states: [...this.#tried.values()] }
  }

  async #cut(point: CutPoint, before: DatabaseState, after: DatabaseState): Promise<CutRecord> {
    const began = performance.now()
    const { cut, state, again } = await this.#cutCopy(point, before, after)
    const standing = state.key === before.key ? 'before' : state.key === after.key ? 'after' : 'between'
    const forward =
      standing === 'between' && again.how !== 'completes' ? await this.#bringForward(point, state, after) : null
    const durationMs = Math.round(performance.now() - began)
    const name = `after ${point.done} by ${point.way}`
    const tried = await this.#tryIn(state.key, name, (databaseUrl) =>
      cutMigration(databaseUrl, this.#steps, point).then(() => undefined),
    )
    return {
      ...point,
      statement: cut.statement === null ? null : statementInWords(cut.statement),
      place: cut.place,
      said: cut.said,
      standing,
      remained: leftoversOf(before.facts, state.facts),
      again,
      ...(forward === null ? {} : { forward }),
      tried: tried.name,
      durationMs,
    }
  }

  /**
   * Cuts the migration in a copy of the database. Copying takes far longer than a cut, so cuts that are rolled back share a copy
   * for as long as it reads as before. Sequences that they have advanced make no difference to one another: none of them commits.
   */
  async #cutCopy(
    point: CutPoint,
    before: DatabaseState,
    after: DatabaseState,
  ): Promise<{ readonly cut: Cut; readonly state: DatabaseState; readonly again: SecondApplication }> {
    const isKept = !this.#statements.some((statement) => statement.shared) && isRolledBack(this.#steps, point)
    const kept = isKept ? this.#unchanged : null
    if (kept !== null) this.#unchanged = null
    const copy = kept ?? (await this.#disposable.copy())
    let isUnchanged = false
    try {
      const cut = await cutMigration(copy.databaseUrl, this.#steps, point)
      const state = await this.#read(copy.databaseUrl)
      const known = this.#again.get(state.key)
      const again = known ?? (await this.#runAgain(copy.databaseUrl, after))
      this.#again.set(state.key, again)
      isUnchanged = isKept && known !== undefined && state.key === before.key
      return { cut, state, again }
    } finally {
      if (isUnchanged) this.#unchanged = copy
      else await copy.drop()
    }
  }

  /** Tries the matrices in a state, or returns the known result. */
  async #tryIn(key: string, name: string, reach: (databaseUrl: string) => Promise<void>): Promise<TriedState> {
    const known = this.#tried.get(key)
    if (known !== undefined) return known
    await this.#disposable.reset()
    await reach(this.#disposable.databaseUrl)
    const state = await this.#try(name)
    this.#tried.set(key, state)
    return state
  }

  async #try(name: string): Promise<TriedState> {
    const { root, config, workspace, onProgress, signal } = this.#options
    const began = performance.now()
    const { opened, databaseUrl } = this.#disposable
    const { privileged } = opened.target
    if (privileged !== null) await awaitSchemaCache(databaseUrl, privileged)
    const concurrency = concurrencyRange(config.concurrency, 'sandbox')
    const tried = await tryMatrices({ root, config, workspace, opened, concurrency, onProgress, signal })
    return triedState(name, tried, Math.round(performance.now() - began))
  }

  /** Applies the statements that a cut left out, on the state that it left. */
  async #bringForward(point: CutPoint, { key }: DatabaseState, after: DatabaseState): Promise<Forward> {
    const known = this.#forward.get(key)
    if (known !== undefined) return known
    const rest = this.#statements.slice(point.done)
    const found = await this.#disposable.withFresh(async (databaseUrl): Promise<Forward> => {
      await cutMigration(databaseUrl, this.#steps, point)
      return {
        from: rest[0]?.number ?? null,
        ...(await this.#apply(databaseUrl, stepsOf(rest, this.#options.applier), after)),
      }
    })
    this.#forward.set(key, found)
    return found
  }

  #runAgain(databaseUrl: string, after: DatabaseState): Promise<SecondApplication> {
    return this.#apply(databaseUrl, this.#steps, after)
  }

  async #apply(databaseUrl: string, steps: readonly Step[], after: DatabaseState): Promise<SecondApplication> {
    try {
      await applySteps(databaseUrl, steps)
    } catch (error) {
      if (error instanceof StatementFailed) return { how: 'refused', why: error.message }
      throw error
    }
    const state = await this.#read(databaseUrl)
    if (state.key === after.key) return { how: 'completes', why: null }
    const differences = leftoversOf(after.facts, state.facts).filter((text) => !text.startsWith('the rows of '))
    return differences.length === 0
      ? { how: 'completes', why: null }
      : { how: 'differs', why: `against an application that was never cut, ${differences.join('; ')}` }
  }

  #read(databaseUrl: string): Promise<DatabaseState> {
    return readState(databaseUrl, this.#disposable.alike)
  }
}

function triedState(name: string, { cells, missing }: Tried, durationMs: number): TriedState {
  return { name, cells: cells.map(triedCell), missing: missing.map(({ id }) => id), durationMs }
}

function triedCell(record: CellRecord): TriedCell {
  const { id, actor, operation, resource, because } = record
  return { id, actor, operation, resource, access: accessOf(record), because }
}

function statementRecord(statement: Statement): StatementRecord {
  const { number, at, kind, runs, note } = statement
  return { number, line: at.line, kind, runs, note, words: statementInWords(statement) }
}
