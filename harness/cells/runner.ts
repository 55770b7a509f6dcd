import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import type { Journal, JournalEntry } from '../fixtures/journal.ts'
import { type FixtureServices, type MadeSets, makeSets, type SetSpec } from '../fixtures/make.ts'
import { refreshViewsAfter } from '../fixtures/refresh-views.ts'
import { sweepRows } from '../fixtures/sweep.ts'
import { groupBy } from '../group.ts'
import { RequestLimiter } from '../limits/request-limiter.ts'
import {
  type AttemptPlan,
  type CellPlan,
  type ControlPlan,
  type MatrixPlan,
  type SetPlan,
  setsOf,
} from '../matrix/plan/plan.ts'
import type { RowDeclaration } from '../model/matrix.ts'
import type { CellRecord } from '../model/record.ts'
import type { ActorSession, PrivilegedSession } from '../model/session.ts'
import { type Case, isUndecided } from '../model/verdict.ts'
import type { AccessPath } from '../paths/path.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { isPositive, judge } from '../verdict/judge.ts'
import type { Witness } from '../witness/witness.ts'
import { searched, withoutOthersValues } from './answer-search.ts'
import { type Attempted, makeAttempt, type ReadyAttempt, readyAttempt } from './attempt.ts'
import type { ChangeReading } from './change-reading.ts'
import { Collisions } from './collisions.ts'
import { differencesBetween } from './comparison.ts'
import { type RunContext, userNamed } from './context.ts'
import { currentRowOf } from './found-rows.ts'
import { leftoverRows } from './leftover-rows.ts'
import { whyNotRun } from './not-run.ts'
import { attemptAsOwner, forCell, ownerControl } from './owner-control.ts'
import { releasePath, retainPath } from './path-references.ts'
import { PlacedFixtures } from './placed-fixtures.ts'
import { type CellCase, type Controlled, recordOf } from './record.ts'

/** The services that the runner uses. */
export interface Tools {
  readonly witness: Witness
  readonly journal: Journal
  /** By access path: a limit that was found in one matrix applies to the next. */
  readonly requestLimiters: Map<string, RequestLimiter>
  /** Left out where only the fixtures are compared. */
  readonly changes?: ChangeReading
}

/** The limits of the attempts of one access path. */
interface PathLimits {
  /** Attempts that have begun: their fixtures are resolved, and their effects are waited for. */
  readonly limit: ReturnType<typeof pLimit>
  readonly limiter: RequestLimiter
}

/**
 * Attempts that may have begun for each request that is under way: while one waits for its answer, others have theirs and wait
 * for the witness, which takes two more round trips on a remote target.
 */
const attemptsPerRequest = 4

/**
 * Runs the cells of one matrix: fixtures in bulk, then each cell's attempt, effect, control and verdict. Each attempt is made
 * once.
 *
 * Attempts that are expected to change something come last. Reads and denials come first, against unchanged fixtures; then the
 * writes that are allowed, the controls that write, and the pairs that are compared.
 */
export class MatrixRunner {
  readonly #plan: MatrixPlan
  readonly #context: RunContext
  readonly #tools: Tools
  readonly #pathLimits = new Map<AccessPath, PathLimits>()
  readonly #redact: ReturnType<typeof redactor>
  readonly #controls = new Map<string, Promise<Controlled | null>>()
  readonly #uniques = new Map<string, string>()
  /** The attempts of each cell that have ended or are under way. While reads and denials run, no other attempt is among them. */
  readonly #attempts = new Map<string, Promise<readonly Attempted[]>>()
  /** Undecided cells that are tried: one that works is a control for the others. */
  #undecided: readonly CellPlan[] = []
  /** When all of it has been attempted. */
  #readsSettled: Promise<unknown> = Promise.resolve()
  readonly #broken = new AbortController()
  readonly #followed = new WeakSet<AbortSignal>()
  /** Aborted with the matrix, so that a signal of the whole run does not keep this runner in memory. */
  readonly #finished = new AbortController()
  /** The journal entries of this matrix. */
  readonly #entries: JournalEntry[] = []
  /** Keeps the rows of a second run in the same watch session apart from those of the first. */
  readonly #nonce = randomBytes(3).toString('hex')
  /** By set, why fixtures could not be made that only undecided cells need. */
  readonly #unmade = new Map<string, unknown>()
  #placed: PlacedFixtures | null = null
  #collisions: Collisions | null = null
  #failure: unknown = null
  /** Why the resource shows older rows than the fixtures; null when it shows them. */
  #stale: string | null = null

  constructor(plan: MatrixPlan, context: RunContext, tools: Tools) {
    this.#plan = plan
    this.#context = context
    this.#tools = tools
    this.#redact = redactor(context.secrets)
  }

  /**
   * Makes the fixtures of these cells and of their controls, and journals the rows that their attempts may add; nothing for cells
   * that cannot be tried on this target. A failure is kept and becomes the verdict `error` of every cell. Fixtures that only
   * undecided cells need fail for these alone.
   */
  async prepare(chosen: readonly CellPlan[]): Promise<void> {
    const cells = chosen.filter((cell) => this.#whyNotRun(cell) === null)
    try {
      const { witness, changes } = this.#tools
      // Before the fixtures are made, so that the log holds them whole.
      await changes?.log?.restart()
      const journal = { append: (entries: readonly JournalEntry[]) => this.#write(entries) }
      const sets = await this.#makeSetsOf(cells, journal)
      const tables = setsOf(cells).flatMap((set) => this.#fixturesOf(set).map(({ table }) => table))
      this.#stale = await this.#refreshViews(tables)
      this.#placed = new PlacedFixtures(
        this.#plan,
        this.#context,
        witness,
        sets,
        journal.append,
        [this.#nonce],
        this.#tools.changes,
      )
      this.#announceAdditions(cells.filter((cell) => this.#unmadeFor(cell) === undefined))
    } catch (error) {
      this.#failure = error
    }
    // Begun here, so that a caller that limits its concurrent cells does not wait for itself.
    const tried = this.#stale === null ? cells.filter((cell) => this.#unmadeFor(cell) === undefined) : []
    this.#undecided = tried.filter(({ expected }) => isUndecided(expected))
    const early = tried.filter((cell) => cell.attempts.length > 0 && !changesTheWorld(cell))
    for (const cell of early) this.#attempts.set(cell.id, this.#tried(cell))
    this.#readsSettled = Promise.allSettled(this.#attempts.values())
  }

  /** Removes the rows that the cells were given and those that they added, so that the next matrix starts from the same state. */
  async finish(): Promise<void> {
    this.#finished.abort()
    const { witness, journal } = this.#tools
    const paths = [...this.#pathLimits.keys()]
    this.#pathLimits.clear()
    const { url } = this.#context.target.endpoint
    await Promise.all(paths.map((path) => releasePath(path, url)))
    const keep = this.#placed?.rowsToKeep() ?? this.#context.world
    const { catalog } = this.#context
    await sweepRows({ witness, journal, catalog, entries: this.#entries, keep }).catch((error: unknown) => {
      // Callers print it.
      throw redactedError(error, this.#redact)
    })
  }

  /**
   * @param signal aborted when the run is broken off: nothing more is sent then, for any cell.
   * @returns the record of one cell; a failure of Trespass is a verdict too.
   * @throws the signal's reason when the run is broken off before the cell is judged.
   */
  async run(cell: CellPlan, signal: AbortSignal): Promise<CellRecord> {
    this.#follow(signal)
    const parts = await this.#case(cell).catch((error: unknown) => {
      this.#broken.signal.throwIfAborted()
      return { error }
    })
    return this.#redact(recordOf(this.#plan.matrix, cell, this.#context, parts))
  }

  /** Cells share a signal, or have one each. */
  #follow(signal: AbortSignal): void {
    if (this.#followed.has(signal)) return
    this.#followed.add(signal)
    if (signal.aborted) this.#broken.abort(signal.reason)
    else {
      const broken = () => this.#broken.abort(signal.reason)
      signal.addEventListener('abort', broken, { once: true, signal: this.#finished.signal })
    }
  }

  async #case(cell: CellPlan): Promise<CellCase> {
    const credential = this.#context.sessions[cell.actor.name]?.credential ?? 'intact'
    const notRun = this.#whyNotRun(cell)
    if (notRun !== null) {
      return this.#judged({ expected: cell.expected, notRun, credential, attempt: null, control: null }, null, null)
    }
    const unmade = this.#unmadeFor(cell)
    if (unmade !== undefined) throw unmade
    const [attempt = null, other] = await this.#attemptsOf(cell)
    const { others } = cell.operation
    const base = { expected: cell.expected, ...(others === undefined ? {} : { others }), credential, attempt }
    const made = await Promise.all(cell.controls.map((control) => this.#control(control)))
    const controls = made.filter((control) => control !== null).map((control) => forCell(control, attempt))
    if (attempt === null || other === undefined) {
      const control = controls[0] ?? null
      return this.#judged({ ...base, control: control?.observation ?? null }, attempt, control)
    }
    const control = controls.find(({ attempted }) => worked(attempted)) ?? controls[0] ?? null
    const comparison = {
      differences: differencesBetween(attempt, other, this.#ready().recogniser),
      meanings: [attempt.meaning, other.meaning] as const,
    }
    return this.#judged({ ...base, comparison, control: control?.observation ?? null }, attempt, control)
  }

  async #refreshViews(tables: readonly string[]): Promise<string | null> {
    const { resource } = this.#plan.matrix
    const { catalog } = this.#context
    const relations = Object.hasOwn(catalog.relations, resource.name) ? [resource.name] : []
    const stale = await refreshViewsAfter(this.#tools.witness, catalog, { tables, relations })
    // The views that a function reads are unknown, so every stale one counts.
    const read = stale.filter(({ isRead }) => isRead || resource.kind === 'function')
    if (read.length === 0) return null
    const views = read.map(({ view, why }) => `${view} (${why})`).join(', ')
    return `its materialized view was not refreshed after the fixtures were made: ${views}`
  }

  async #makeSetsOf(cells: readonly CellPlan[], journal: FixtureServices['journal']): Promise<MadeSets> {
    const { witness } = this.#tools
    const { catalog } = this.#context
    const shared = new Set<string>()
    const make = (some: readonly SetPlan[]) =>
      makeSets({ witness, journal, catalog, shared, sets: some.map((set) => this.#specOf(set)) })
    const needed = setsOf(cells.filter(({ expected }) => !isUndecided(expected)))
    const keys = new Set(needed.map(({ key }) => key))
    const made = new Map(await make(needed))
    const others = setsOf(cells).filter(({ key }) => !keys.has(key))
    for (const some of groupBy(others, ({ component }) => component).values()) {
      try {
        for (const [key, set] of await make(some)) made.set(key, set)
      } catch (error) {
        for (const { key } of some) this.#unmade.set(key, error)
      }
    }
    return made
  }

  #fixturesOf({ component }: SetPlan): readonly RowDeclaration[] {
    return this.#plan.components[component]?.fixtures ?? []
  }

  #specOf(set: SetPlan): SetSpec {
    return {
      id: set.key,
      fixtures: this.#fixturesOf(set),
      scope: (name) => this.#outside(name, set.identity),
      run: this.#context.runId,
      unique: this.#unique(set.key),
      ...(this.#plan.components[set.component]?.dependsOnActor === true ? { whose: set.identity } : {}),
    }
  }

  /** @returns why fixtures of a cell or of its controls could not be made; undefined where all of them were. */
  #unmadeFor(cell: CellPlan): unknown {
    return setsOf([cell])
      .map(({ key }) => this.#unmade.get(key))
      .find((error) => error !== undefined)
  }

  #whyNotRun(cell: CellPlan): string | null {
    if (this.#stale !== null && cell.attempts.length > 0) return this.#stale
    return whyNotRun(cell, this.#plan.components, this.#context)
  }

  /** The attempts of a cell, one after the other, so that two that are compared meet the same world. */
  async #tried(cell: CellPlan): Promise<readonly Attempted[]> {
    const attempts: Attempted[] = []
    for (const [index, plan] of cell.attempts.entries()) {
      const session = this.#context.sessions[cell.actor.name]
      if (session === undefined) throw new Error(`${cell.actor.name} was never signed in`)
      const owner = `${cell.id} #${index + 1}`
      const { stage: placed, ready, attempted } = await this.#attempt(plan, owner, session)
      attempts.push(searched(placed, cell, ready, attempted, attempted.user ?? session.user))
    }
    return attempts
  }

  /** Made once for each cell, by the cell itself or as a control. */
  #attemptsOf(cell: CellPlan): Promise<readonly Attempted[]> {
    const known = this.#attempts.get(cell.id) ?? this.#readsSettled.then(() => this.#tried(cell))
    this.#attempts.set(cell.id, known)
    return known
  }

  #judged(given: Case, attempted: Attempted | null, control: Controlled | null): CellCase {
    return { given, judgement: judge(given), attempted, control }
  }

  #attempt(plan: AttemptPlan, owner: string, caller: ActorSession | PrivilegedSession) {
    const { limit, limiter } = this.#limitsOf(plan.operation.path)
    return limit(async () => {
      this.#broken.signal.throwIfAborted()
      const placed = this.#ready()
      const sending = { limiter, signal: this.#broken.signal }
      const ready = this.#resolved(placed, plan, owner)
      const make = () =>
        plan.operation.path.isRolledBack === true
          ? attemptAsOwner(placed, ready)
          : makeAttempt(placed, ready, caller, sending)
      const attempted = await (this.#collisions === null ? make() : this.#collisions.apart(ready, make))
      return { stage: placed, ready, attempted }
    })
  }

  #limitsOf(path: AccessPath): PathLimits {
    const known = this.#pathLimits.get(path)
    if (known !== undefined) return known
    const { start, most } = this.#context.concurrency
    const concurrencyFactor = path.concurrencyFactor ?? 1
    const { requestLimiters: limiter } = this.#tools
    // Attempts of a path with a multiplier mostly wait for the service, so their times do not show whether the target is
    // overloaded, and the limit stays fixed.
    const range =
      concurrencyFactor === 1 ? { start, most } : { start: start * concurrencyFactor, most: start * concurrencyFactor }
    const shared = limiter.get(path.name) ?? new RequestLimiter(range)
    limiter.set(path.name, shared)
    const limits = { limit: pLimit(range.most * attemptsPerRequest), limiter: shared }
    this.#pathLimits.set(path, limits)
    retainPath(path, this.#context.target.endpoint.url)
    return limits
  }

  /** Once per operation and fixture, however many cells lean on it. Null where it would need a key that is not there. */
  #control(plan: ControlPlan): Promise<Controlled | null> {
    const known = this.#controls.get(plan.key)
    if (known !== undefined) return known
    const control = this.#makeControl(plan)
    this.#controls.set(plan.key, control)
    return control
  }

  async #makeControl(plan: ControlPlan): Promise<Controlled | null> {
    const made = await this.#declaredControl(plan)
    const isSound = made !== null && (made.observation.rule !== undefined || isPositive(made.observation))
    return isSound ? made : ((await this.#undecidedControl(plan)) ?? made)
  }

  /** An attempt without an expectation that worked also shows that the request can work. */
  async #undecidedControl({ operation }: ControlPlan): Promise<Controlled | null> {
    for (const cell of this.#undecided) {
      const { actor, operation: own } = cell
      if (own.name !== operation.declaration.name || actor.token !== undefined || actor.apiKey !== undefined) continue
      const [attempted] = await this.#attemptsOf(cell).catch(() => [])
      if (attempted !== undefined && isPositive(attempted)) return controlledBy(actor.name, attempted)
    }
    return null
  }

  async #declaredControl(plan: ControlPlan): Promise<Controlled | null> {
    const made = await this.#controlBySession(plan)
    if (plan.by !== 'privileged' || (made !== null && !wasRefused(made.attempted))) return made
    const { limit } = this.#limitsOf(plan.operation.path)
    const placed = this.#ready()
    if (plan.operation.writes) await this.#readsSettled
    const owner = await limit(() => {
      this.#broken.signal.throwIfAborted()
      return ownerControl(placed, this.#resolved(placed, plan, plan.key))
    })
    if (owner === null) return made
    if (!('none' in owner)) return owner
    return made === null ? null : { ...made, observation: { ...made.observation, ownerless: owner.none } }
  }

  async #controlBySession(plan: ControlPlan): Promise<Controlled | null> {
    const by = plan.by === 'privileged' ? 'privileged' : plan.by.actor
    const caller = plan.by === 'privileged' ? this.#context.target.privileged : this.#context.sessions[plan.by.actor]
    if (caller === null) return null
    if (
      caller?.kind === 'privileged' &&
      plan.operation.path.controls?.(caller, plan.operation.declaration.body) === false
    )
      return null
    if (caller === undefined) throw new Error(`${by} was never signed in`)
    if (plan.operation.writes) await this.#readsSettled
    const { stage: placed, ready, attempted } = await this.#attempt(plan, plan.key, caller)
    const user = caller.kind === 'actor' ? (attempted.user ?? caller.user) : null
    return controlledBy(by, withoutOthersValues(placed, ready, attempted, user, null))
  }

  /** Written to the journal before any of it can be made. */
  #announceAdditions(cells: readonly CellPlan[]): void {
    const placed = this.#ready()
    const controls = new Map(cells.flatMap((cell) => cell.controls.map((control) => [control.key, control] as const)))
    const ready = [
      ...cells.flatMap((cell) =>
        cell.attempts.map((plan, index) => this.#resolved(placed, plan, `${cell.id} #${index + 1}`)),
      ),
      ...[...controls.values()].map((plan) => this.#resolved(placed, plan, plan.key)),
    ]
    const { of = null, name } = this.#plan.matrix.resource
    const tableOf = (table: string) => (table === name && of !== null ? of : table)
    this.#collisions = new Collisions(placed.witness, this.#context.catalog, tableOf, ready)
    const entries = ready.flatMap(({ writes }) =>
      // A change to a found row is undone at once, and the row is removed with the row that made it.
      writes
        .filter((write) => write.kind === 'add' || !placed.found.has(currentRowOf(write.row)))
        .flatMap(leftoverRows),
    )
    if (entries.length > 0) this.#write(entries)
  }

  #write(entries: readonly JournalEntry[]): void {
    this.#tools.journal.append(entries)
    this.#entries.push(...entries)
  }

  #resolved(placed: PlacedFixtures, plan: AttemptPlan, owner: string): ReadyAttempt {
    return readyAttempt(placed, plan, this.#unique(owner))
  }

  #unique(owner: string): string {
    const known = this.#uniques.get(owner)
    if (known !== undefined) return known
    const unique = `${this.#nonce}${this.#uniques.size.toString(32)}`
    this.#uniques.set(owner, unique)
    return unique
  }

  #outside(name: string, identity: string) {
    const user = userNamed(this.#context, name === 'actor' ? identity : name)
    if (user !== null) return user
    return this.#context.world.find((row) => row.name === name)?.row
  }

  #ready(): PlacedFixtures {
    if (this.#placed === null) throw this.#failure ?? new Error('the fixtures were never made')
    return this.#placed
  }
}

function controlledBy(by: string, attempted: Attempted): Controlled {
  const { meaning, effect, reading, changes } = attempted
  const seen = { ...(reading === undefined ? {} : { reading }), ...(changes === undefined ? {} : { changes }) }
  return { by, attempted, observation: { by, meaning, effect, ...seen } }
}

/** True when it may change rows, so that it must not run before attempts that expect unchanged rows. */
function changesTheWorld({ expected, attempts }: CellPlan): boolean {
  const mayWork = expected.decision !== 'deny' || attempts.length > 1
  return mayWork && attempts.some(({ operation }) => operation.writes)
}

/** The owner does not repeat a control that changed something, or whose effect is unknown. */
function wasRefused({ meaning, effect, reading }: Attempted): boolean {
  if (effect.kind !== 'nothing' && effect.kind !== 'standing') return false
  // A secret key that is not accepted is a fault of the target's configuration, which no control may hide.
  if (meaning.kind === 'denied') return meaning.layer !== 'unauthenticated'
  return meaning.kind === 'done' && !showedAny(effect, reading)
}

function showedAny(effect: Attempted['effect'], reading: Attempted['reading']): boolean {
  if (effect.kind === 'nothing') return false
  return reading === undefined || reading.reach.length === 0 || (reading.seen?.length ?? 0) + (reading.count ?? 0) > 0
}

function worked({ meaning, effect }: Attempted): boolean {
  return meaning.kind === 'done' && effect.kind !== 'nothing'
}
