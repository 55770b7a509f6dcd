import { randomBytes } from 'node:crypto'
import { type OpenUsersOptions, openUsers } from '../actors/open-users.ts'
import { type Rounds, type RunContext, userNamed } from '../cells/context.ts'
import { whyUnknown } from '../cells/not-run.ts'
import { PlacedFixtures } from '../cells/placed-fixtures.ts'
import type { Tools } from '../cells/runner.ts'
import { TrespassError } from '../errors.ts'
import type { JournalEntry } from '../fixtures/journal.ts'
import { makeSets } from '../fixtures/make.ts'
import { refreshViewsAfter } from '../fixtures/refresh-views.ts'
import { sweepRows } from '../fixtures/sweep.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { componentsOf } from '../matrix/components.ts'
import { type MatrixPlan, planOperation } from '../matrix/plan/plan.ts'
import { writtenValues } from '../matrix/read-operations.ts'
import { scenarioCommand } from '../model/command-line.ts'
import type { Matrix } from '../model/matrix.ts'
import { referencesIn, resolve } from '../model/references.ts'
import type { HistoryEvent, ScenarioRecord, ScenarioResult } from '../model/scenario.ts'
import type { ActorSession } from '../model/session.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { secretsOf } from '../workspace/secrets.ts'
import type { Scenario, ScenarioOperation } from './declaration.ts'
import { historyName } from './history-name.ts'
import { type Judged, judgeHistory } from './judge-again.ts'
import { describeLacking } from './needs.ts'
import type { OwnTargetRound, Recipe } from './recipe.ts'
import { Round, type StagedOperation } from './round.ts'
import { sharedSet, sharedSetName } from './shared-set.ts'

/** Runs the rounds of one scenario, each with new fixtures, and then its judges. A round is not retried. */
export class ScenarioRunner {
  readonly #scenario: Scenario
  readonly #recipe: Recipe
  readonly #context: RunContext
  readonly #tools: Tools
  readonly #roundApart: OwnTargetRound | null
  readonly #nonce = randomBytes(3).toString('hex')
  /** All sessions that sent requests. A recipe may sign a user in again, and the new tokens are secret as well. */
  readonly #sessions: ActorSession[] = []
  /** The journal entries of the current round. */
  #entries: JournalEntry[] = []
  #placed: PlacedFixtures | null = null

  /** @param roundApart runs the rounds of a recipe that needs a target of its own; null for any other recipe. */
  constructor(
    scenario: Scenario,
    recipe: Recipe,
    context: RunContext,
    tools: Tools,
    roundApart: OwnTargetRound | null,
  ) {
    this.#scenario = scenario
    this.#recipe = recipe
    this.#context = context
    this.#tools = tools
    this.#roundApart = roundApart
  }

  /**
   * @param signal aborted when the run is cancelled.
   * @param rounds the rounds to run; null for the scenario's own number.
   * @throws the signal's reason if the run is cancelled.
   */
  async run(signal: AbortSignal, rounds: Rounds | null): Promise<ScenarioResult> {
    const startedAt = new Date().toISOString()
    const start = performance.now()
    const redact = (result: ScenarioResult) => this.#redacted(result)
    const notRun = this.#whyNotRun()
    if (notRun !== null)
      return redact({ record: this.#record(startedAt, start, untried(notRun), 0, null), history: [] })
    const numbers = this.#numbers(rounds)
    const history: HistoryEvent[] = []
    const judged = await this.#rounds(numbers, history, signal).then(
      (): Judged => {
        const { body: declared, overlap: asked } = this.#scenario
        return judgeHistory(this.#recipe, { declared, asked }, history, numbers)
      },
      (error: unknown): Judged => {
        signal.throwIfAborted()
        return this.#failed(error)
      },
    )
    return redact({
      record: this.#record(startedAt, start, judged, numbers.length, historyName(this.#scenario.name)),
      history,
    })
  }

  #numbers(rounds: Rounds | null): readonly number[] {
    if (rounds !== null && 'only' in rounds) return [rounds.only]
    return Array.from({ length: rounds?.count ?? this.#scenario.rounds }, (_, n) => n + 1)
  }

  async #rounds(numbers: readonly number[], history: HistoryEvent[], signal: AbortSignal): Promise<void> {
    const roundApart = this.#roundApart
    for (const number of numbers) {
      signal.throwIfAborted()
      // It makes nothing on the run's own target, whose connections belong to the matrices that are tried beside it.
      if (roundApart !== null) {
        history.push(...(await roundApart(this.#scenario.body, { root: this.#context.root, number, signal })))
        continue
      }
      this.#entries = []
      this.#placed = null
      try {
        const round = await this.#begin(number, signal)
        try {
          await this.#recipe.round(this.#scenario.body, round)
          if (this.#scenario.snapshots !== undefined) await round.witness.compareSnapshots(this.#scenario.snapshots)
        } finally {
          history.push(...round.events)
          this.#sessions.push(...round.sessions)
        }
      } finally {
        await this.#finish()
      }
    }
  }

  async #begin(number: number, signal: AbortSignal): Promise<Round> {
    const { witness, journal, changes } = this.#tools
    // Before the fixtures are made, so that the log holds them whole.
    await changes?.log?.restart()
    const doubles = await openExtraSessions(this.#recipe.doubles(this.#scenario.body), this.#context, journal)
    const context = { ...this.#context, sessions: { ...this.#context.sessions, ...doubles } }
    const unique = `${this.#nonce}${number}`
    const fixtures = componentsOf(this.#scenario.fixtures).flatMap((component) => component.fixtures)
    const set = {
      id: sharedSetName,
      fixtures,
      scope: (name: string) => rowOutside(name, context),
      run: this.#context.runId,
      unique,
    }
    const write = (entries: readonly JournalEntry[]) => this.#write(entries)
    const { catalog } = this.#context
    const sets = await makeSets({ witness, journal: { append: write }, catalog, sets: [set] })
    // A round that would act on rows older than the run does not start.
    const tables = fixtures.map(({ table }) => table)
    const relations = this.#parts().map(({ matrix }) => matrix.resource.name)
    const stale = await refreshViewsAfter(witness, catalog, { tables, relations })
    const [unread] = stale.filter(({ isRead }) => isRead)
    if (unread !== undefined) {
      throw new TrespassError(
        'view-not-refreshed',
        `the materialized view ${unread.view} was not refreshed: ${unread.why}`,
      )
    }
    const stages = this.#parts().map((part) => {
      const plan: MatrixPlan = { matrix: part.matrix, components: [{ fixtures, dependsOnActor: false }], cells: [] }
      return { ...part, stage: new PlacedFixtures(plan, context, witness, sets, write, [], changes) }
    })
    const operations = new Map(
      stages.flatMap(({ matrix, stage: placed }) =>
        matrix.operations.map((declaration): [string, StagedOperation] => {
          const path = paths.find(({ name }) => name === declaration.path)
          if (path === undefined) throw new TrespassError('no-such-path', `there is no access path ${declaration.path}`)
          return [declaration.name, { plan: planOperation(declaration, path, matrix, [], catalog), stage: placed }]
        }),
      ),
    )
    const [any] = stages
    if (any === undefined) throw new TrespassError('no-operation', 'the scenario declares no operation')
    this.#placed = any.stage
    this.#announce(any.stage, unique)
    return new Round({ number, operations, stage: any.stage, unique, signal })
  }

  /**
   * Operations may make rows that the expected state identifies by a value of this round, even if no row refers to a fixture.
   * The journal records them before.
   */
  #announce(placed: PlacedFixtures, unique: string): void {
    const own = new Set(['unique', ...this.#scenario.fixtures.map(({ name }) => name)])
    const plan = { identity: 'nobody', sets: [sharedSet('nobody')] }
    const scope = { run: this.#context.runId, unique, row: (name: string) => placed.row(name, plan) }
    const entries = rowsIn(this.#scenario.body)
      .filter(({ where }) => referencesIn(where).some(({ name }) => own.has(name)))
      .map(({ table, where }): JournalEntry => ({ may: 'rows', table, values: resolve(where, scope) }))
    if (entries.length > 0) this.#write(entries)
  }

  /** Removes the fixtures and the rows that the round added, so that the next round finds the world unchanged. */
  async #finish(): Promise<void> {
    const { witness, journal } = this.#tools
    const { url } = this.#context.target.endpoint
    await Promise.all(paths.map((path) => path.close?.(url)))
    const { catalog } = this.#context
    const keep = this.#placed?.rowsToKeep() ?? this.#context.world
    await sweepRows({ witness, journal, catalog, entries: this.#entries, keep })
  }

  /** One matrix for each resource; stages, footprints and checks are made from it. */
  #parts(): readonly { readonly matrix: Matrix }[] {
    return matricesOf(this.#scenario).map((matrix) => ({ matrix }))
  }

  #write(entries: readonly JournalEntry[]): void {
    this.#tools.journal.append(entries)
    this.#entries.push(...entries)
  }

  #redacted(result: ScenarioResult): ScenarioResult {
    const { target, secrets } = this.#context
    return redactor([...secrets, ...secretsOf(target, this.#sessions)])(result)
  }

  #whyNotRun(): string | null {
    const { absent, sees } = this.#context
    const apart = this.#recipe.apart?.whyNot(this.#context) ?? null
    if (apart !== null) return apart
    if (sees === 'nothing') return 'what it acts on cannot be made or read back without a secret key or a database URL'
    for (const { actor } of this.#recipe.participants(this.#scenario.body)) {
      const absentee = absent[actor]
      if (absentee !== undefined) return absentee.why
    }
    const lacking = describeLacking(this.#recipe.needs(this.#scenario.body), this.#context.target)
    if (lacking !== null) return lacking
    const { fixtures, operations, body } = this.#scenario
    for (const { declaration } of operations) {
      const path = paths.find(({ name }) => name === declaration.path)
      const unavailable = path?.unavailable?.(this.#context.target, declaration.body) ?? null
      if (unavailable !== null) return unavailable
    }
    const values = [
      body,
      ...fixtures.map((row) => row.values),
      ...operations.map(({ declaration }) => writtenValues(declaration)),
    ]
    const names = values.flatMap((value) => referencesIn(value).map(({ name }) => name))
    const missing = names.find((name) => whyUnknown(name, this.#context) !== null)
    return missing === undefined ? null : `it needs ${missing}: ${whyUnknown(missing, this.#context)}`
  }

  #failed(error: unknown): Judged {
    const told = error instanceof TrespassError ? error.message : `Trespass itself failed: ${String(error)}`
    const hint = error instanceof TrespassError && error.hint !== undefined ? ` ${error.hint}` : ''
    const { overlap: asked } = this.#scenario
    return {
      verdict: 'error',
      because: `${told}${hint}`,
      telling: null,
      findings: [],
      overlap: { asked, reached: 0, rounds: [] },
    }
  }

  #record(
    startedAt: string,
    start: number,
    judged: Judged & { readonly notRun?: string },
    rounds: number,
    history: string | null,
  ): ScenarioRecord {
    const { name, recipe, operations, body, proves, at } = this.#scenario
    const sessions = this.#recipe.participants(body).map(({ session, actor }) => ({
      name: session,
      actor,
      actorKind: this.#context.roster.actors.find((declared) => declared.name === actor)?.kind ?? 'anon',
    }))
    return {
      id: name,
      recipe,
      ...judged,
      paths: [...new Set(operations.flatMap(({ declaration }) => declaration.path ?? []))].sort(),
      sessions,
      declared: body,
      rounds,
      again: scenarioCommand(name, judged.telling, this.#context.repeat),
      invariants: proves,
      at,
      startedAt,
      durationMs: performance.now() - start,
      history,
    }
  }
}

/** @returns the row that a name outside the fixtures refers to: a user, or a row of the world. */
function rowOutside(name: string, context: RunContext): JsonObject | undefined {
  return userNamed(context, name) ?? context.world.find((row) => row.name === name)?.row
}

/** @returns a matrix without cells for each resource of a scenario's operations. */
export function matricesOf({ name, file, invariants, fixtures, operations }: Scenario): readonly Matrix[] {
  const byResource = new Map<string, ScenarioOperation[]>()
  for (const operation of operations) {
    const key = JSON.stringify(operation.resource)
    byResource.set(key, [...(byResource.get(key) ?? []), operation])
  }
  return [...byResource.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const declarations = group.map(({ declaration }) => declaration)
    return [{ name, file, resource: first.resource, invariants, fixtures, operations: declarations, cells: [] }]
  })
}

/** @returns the references to rows of tables in a recipe's keys. */
function rowsIn(value: Json): readonly { readonly table: string; readonly where: JsonObject }[] {
  if (isList(value)) return value.flatMap(rowsIn)
  if (!isObject(value)) return []
  const { table, where } = value
  const own = typeof table === 'string' && isObject(where) ? [{ table, where }] : []
  return [...own, ...Object.values(value).flatMap(rowsIn)]
}

function untried(notRun: string): Judged & { readonly notRun: string } {
  return {
    verdict: 'inconclusive',
    because: `It was not run: ${notRun}`,
    telling: null,
    findings: [],
    overlap: { asked: 0, reached: 0, rounds: [] },
    notRun,
  }
}

/**
 * Makes users that stand in for those of actors, so that the run's own users stay as they are. They are journaled
 * before, and swept when the run ends.
 *
 * @param names of the actors.
 * @returns a session of each double, by the name of the actor.
 * @throws TrespassError when one cannot be made or signed in
 */
async function openExtraSessions(
  names: readonly string[],
  { target, roster, runId, emailDomain, sessions }: RunContext,
  journal: OpenUsersOptions['journal'],
): Promise<Readonly<Record<string, ActorSession>>> {
  const plans = names.map((name) => {
    const owner = roster.actors.find((actor) => actor.name === name)
    if (owner === undefined) throw new TrespassError('no-such-actor', `there is no actor ${name}`)
    return { owner, sessions: ['aal1'] as const }
  })
  const users = await openUsers(plans, { target, runId, emailDomain, journal, concurrency: plans.length || 1 })
  const doubles: Record<string, ActorSession> = {}
  for (const [name, { id, email, phone, sessions: opened }] of users) {
    const original = sessions[name]
    const token = opened.get('aal1')?.accessToken
    if (original === undefined || token === undefined) throw new Error(`The actor ${name} has no session`)
    doubles[name] = { ...original, user: { id, email, ...(phone === undefined ? {} : { phone }) }, token }
  }
  return doubles
}
