import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import type { ActorSession, PrivilegedSession } from '../actors/session.ts'
import type { CellRecord } from '../evidence/record.ts'
import { redactor } from '../evidence/redact.ts'
import type { Journal } from '../fixtures/journal.ts'
import { makeSets } from '../fixtures/make.ts'
import { type AttemptPlan, type CellPlan, type ControlPlan, type MatrixPlan, setsOf } from '../matrix/plan/plan.ts'
import { judge } from '../verdict/judge.ts'
import type { Case } from '../verdict/model.ts'
import type { Witness } from '../witness/witness.ts'
import { type Attempted, makeAttempt, type ReadyAttempt, readyAttempt } from './attempt.ts'
import { differencesBetween } from './comparison.ts'
import type { RunContext } from './context.ts'
import { type Controlled, recordOf } from './record.ts'
import { Stage } from './stage.ts'

/** What the runner works with. */
export interface Tools {
  readonly witness: Witness
  readonly journal: Journal
}

/**
 * Runs the cells of one matrix: fixtures in bulk, then each cell's attempt, effect, control and verdict. Nothing is tried
 * twice.
 */
export class MatrixRunner {
  readonly #plan: MatrixPlan
  readonly #context: RunContext
  readonly #tools: Tools
  readonly #limit: ReturnType<typeof pLimit>
  readonly #controls = new Map<string, Promise<Controlled>>()
  readonly #uniques = new Map<string, string>()
  /** Keeps the rows of a second run in the same watch session apart from those of the first. */
  readonly #nonce = randomBytes(3).toString('hex')
  #stage: Stage | null = null
  #failure: unknown = null

  constructor(plan: MatrixPlan, context: RunContext, tools: Tools) {
    this.#plan = plan
    this.#context = context
    this.#tools = tools
    this.#limit = pLimit(context.concurrency)
  }

  /**
   * Makes the fixtures of these cells and of their controls, and writes down what their attempts may add. A failure is
   * kept and becomes the verdict `error` of every cell.
   */
  async prepare(cells: readonly CellPlan[]): Promise<void> {
    try {
      const specs = setsOf(cells).map((set) => ({
        id: set.key,
        fixtures: this.#plan.components[set.component]?.fixtures ?? [],
        scope: (name: string) => this.#outside(name, set.identity),
        run: this.#context.runId,
        unique: this.#unique(set.key),
      }))
      const { witness, journal } = this.#tools
      const sets = await makeSets({ witness, journal, catalog: this.#context.catalog, sets: specs })
      this.#stage = new Stage(this.#plan, this.#context, witness, sets)
      this.#announceAdditions(cells)
    } catch (error) {
      this.#failure = error
    }
  }

  /** @returns the record of one cell. It never throws: a failure of Trespass is a verdict too. */
  run(cell: CellPlan): Promise<CellRecord> {
    return this.#limit(async () => {
      const startedAt = new Date()
      const start = performance.now()
      const parts = await this.#case(cell).catch((error: unknown) => ({ error }))
      const times = { startedAt: startedAt.toISOString(), durationMs: performance.now() - start }
      const record = recordOf(this.#plan.matrix, cell, this.#context, parts, times)
      return redactor(this.#context.secrets)(record)
    })
  }

  async #case(cell: CellPlan): Promise<CellCase> {
    const session = this.#context.sessions[cell.actor.name]
    const credential = session?.credential ?? 'intact'
    const [first, second] = cell.attempts
    if (first === undefined)
      return this.#judged({ expected: cell.expected, credential, attempt: null, control: null }, null, null)
    if (this.#failure !== null) throw this.#failure
    if (session === undefined) throw new Error(`${cell.actor.name} was never signed in`)
    const attempt = await this.#attempt(first, `${cell.id} #1`, session)
    const base = { expected: cell.expected, credential, attempt }
    if (second === undefined) {
      const control = await this.#control(cell.controls[0])
      return this.#judged({ ...base, control: control?.observation ?? null }, attempt, control)
    }
    const other = await this.#attempt(second, `${cell.id} #2`, session)
    const controls = await Promise.all(cell.controls.map((control) => this.#control(control)))
    const control =
      controls.find((candidate) => candidate !== null && worked(candidate.attempted)) ?? controls[0] ?? null
    const comparison = {
      differences: differencesBetween(attempt, other),
      meanings: [attempt.meaning, other.meaning] as const,
    }
    return this.#judged({ ...base, comparison, control: control?.observation ?? null }, attempt, control)
  }

  #judged(given: Case, attempted: Attempted | null, control: Controlled | null): CellCase {
    return { given, judgement: judge(given), attempted, control }
  }

  #attempt(plan: AttemptPlan, owner: string, caller: ActorSession | PrivilegedSession): Promise<Attempted> {
    const stage = this.#ready()
    return makeAttempt(stage, this.#resolved(stage, plan, owner), caller)
  }

  /** Once per operation and fixture, however many cells lean on it. */
  #control(plan: ControlPlan | undefined): Promise<Controlled | null> {
    if (plan === undefined) return Promise.resolve(null)
    const known = this.#controls.get(plan.key)
    if (known !== undefined) return known
    const by = plan.by === 'privileged' ? 'privileged' : plan.by.actor
    const caller = plan.by === 'privileged' ? this.#context.target.privileged : this.#context.sessions[plan.by.actor]
    if (caller === undefined) throw new Error(`${by} was never signed in`)
    const control = this.#attempt(plan, plan.key, caller).then((attempted) => {
      const { meaning, effect, reading } = attempted
      return { by, attempted, observation: { by, meaning, effect, ...(reading === undefined ? {} : { reading }) } }
    })
    this.#controls.set(plan.key, control)
    return control
  }

  /** Written to the journal before any of it can be made. */
  #announceAdditions(cells: readonly CellPlan[]): void {
    const stage = this.#ready()
    const controls = new Map(cells.flatMap((cell) => cell.controls.map((control) => [control.key, control] as const)))
    const ready = [
      ...cells.flatMap((cell) =>
        cell.attempts.map((plan, index) => this.#resolved(stage, plan, `${cell.id} #${index + 1}`)),
      ),
      ...[...controls.values()].map((plan) => this.#resolved(stage, plan, plan.key)),
    ]
    const entries = ready.flatMap(({ writes }) =>
      writes.flatMap((write) =>
        write.kind === 'add' ? write.rows.map((values) => ({ may: 'rows' as const, table: write.table, values })) : [],
      ),
    )
    if (entries.length > 0) this.#tools.journal.append(entries)
  }

  #resolved(stage: Stage, plan: AttemptPlan, owner: string): ReadyAttempt {
    return readyAttempt(stage, plan, this.#unique(owner))
  }

  #unique(owner: string): string {
    const known = this.#uniques.get(owner)
    if (known !== undefined) return known
    const unique = `${this.#nonce}${this.#uniques.size.toString(36)}`
    this.#uniques.set(owner, unique)
    return unique
  }

  #outside(name: string, identity: string) {
    const user = this.#context.sessions[name === 'actor' ? identity : name]?.user
    if (user !== undefined && user !== null) return { id: user.id, email: user.email }
    return this.#context.world.find((row) => row.name === name)?.row
  }

  #ready(): Stage {
    if (this.#stage === null) throw this.#failure ?? new Error('the fixtures were never made')
    return this.#stage
  }
}

/** A cell with everything that its record needs. */
export interface CellCase {
  readonly given: Case
  readonly judgement: ReturnType<typeof judge>
  readonly attempted: Attempted | null
  readonly control: Controlled | null
}

function worked({ meaning, effect }: Attempted): boolean {
  return meaning.kind === 'done' && effect.kind !== 'nothing'
}
