import type { ActorSession } from '../actors/session.ts'
import { callOf, type ReadyAttempt, readyAttempt } from '../cells/attempt.ts'
import { happen } from '../cells/events.ts'
import { rowsThatMayBeLeft } from '../cells/left-behind.ts'
import type { Stage } from '../cells/stage.ts'
import { TrespassError } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { AttemptPlan, OperationPlan } from '../matrix/plan/plan.ts'
import { resolve } from '../matrix/references.ts'
import type { AccessPath, Meanwhile } from '../paths/path.ts'
import { Gate, type Waiting } from '../witness/gate.ts'
import { fateOf } from './fate.ts'
import type { HistoryEvent, Mark, OperationEvent, StateCheck } from './model.ts'
import type { Participant } from './recipe.ts'
import { checkRow, checkRows, isRows, type StateExpected } from './state.ts'

/** The name of the one copy of the fixtures that all sessions of a round share. */
export const sharedSet = 'round'

/** An operation with the stage that its resource has in this round. */
export interface StagedOperation {
  readonly plan: OperationPlan
  readonly stage: Stage
}

/** What a round works with. */
export interface RoundParts {
  readonly number: number
  readonly operations: ReadonlyMap<string, StagedOperation>
  /** Any of the stages: rows are the same for all of them. */
  readonly stage: Stage
  /** The text that `$unique` stands for: the same for all sessions, so that they can contend for it. */
  readonly unique: string
  readonly signal: AbortSignal
}

/** One operation by one session. */
export interface Act {
  readonly by: Participant
  readonly operation: string
}

/** An operation that is ready to be sent. */
interface ReadyAct {
  readonly act: Act
  readonly ready: ReadyAttempt
  readonly path: AccessPath
  readonly session: ActorSession
}

/** One round: fresh fixtures, sessions of their own, one clock, one history. */
export class Round {
  readonly number: number
  readonly events: HistoryEvent[] = []
  readonly #parts: RoundParts
  readonly #startedAt = performance.now()
  readonly #sessions = new Map<string, ActorSession>()
  /** By session and operation: the row that came back last. */
  readonly #answers = new Map<string, Map<string, JsonObject>>()

  constructor(parts: RoundParts) {
    this.number = parts.number
    this.#parts = parts
  }

  /** @returns milliseconds since the round began, on a clock that never goes back. */
  now(): number {
    return Math.round((performance.now() - this.#startedAt) * 1000) / 1000
  }

  /** Writes down that something was done or seen. */
  mark(what: Mark['what'], text: string, sessions: readonly string[] = []): void {
    this.events.push({ kind: 'mark', round: this.number, at: this.now(), what, text, sessions })
  }

  /** @returns the list in another order in every round, the same one whenever the round is run again. */
  turned<T>(list: readonly T[]): readonly T[] {
    const first = list.length === 0 ? 0 : (this.number - 1) % list.length
    return [...list.slice(first), ...list.slice(0, first)]
  }

  /** Sends one operation and waits for what becomes of it. */
  async perform(act: Act): Promise<OperationEvent> {
    return this.#send(this.#prepare(act))
  }

  /**
   * Has several sessions do something at once. With a gate, their requests are sent one after the other, each as soon as
   * the one before it is seen waiting, and all of them go on when the gate opens; so the order in which they queue is the
   * same whenever the round is run again. Without one they are sent in the same moment.
   *
   * @param gate the names of the rows that are locked meanwhile; null for none.
   */
  async together(acts: readonly Act[], gate: readonly string[] | null): Promise<readonly OperationEvent[]> {
    const ready = acts.map((act) => this.#prepare(act))
    const { databaseUrl } = this.#parts.stage.context.target
    if (gate !== null && databaseUrl !== null) return this.#behindGate(ready, gate, databaseUrl)
    const names = acts.map(({ by }) => by.session)
    const sent = ready.map((one) => this.#send(one))
    this.mark('released', gate === null ? 'at once' : 'at once: without a database URL there is no gate', names)
    return Promise.all(sent)
  }

  async #behindGate(ready: readonly ReadyAct[], names: readonly string[], url: string): Promise<OperationEvent[]> {
    const { target } = this.#parts.stage.context
    const gate = await Gate.open(url, target.databaseCa, this.#rolesOf(ready), target.hold)
    const sent: Promise<OperationEvent>[] = []
    try {
      await gate.close(names.map((name) => this.#keyOf(name)))
      this.mark('gate closed', `locked: ${names.join(', ')}`)
      const deadline = performance.now() + gate.holdMs
      const queue = new Queue()
      for (const one of ready) {
        this.#parts.signal.throwIfAborted()
        let returned = false
        sent.push(
          this.#send(one).finally(() => {
            returned = true
          }),
        )
        await gate.watch((waiting) => queue.seen(one.act.by.session, waiting) || returned, deadline)
      }
      const waiting = await gate.waiting()
      const held = queue.sessionsOf(waiting)
      this.mark('waiting', `${held.length} of ${ready.length} wait behind the gate`, held)
      const met = queue.meeting(waiting)
      if (met.length > 0) this.mark('met', 'they wait for one another', met)
      this.mark(
        'released',
        'the gate opens',
        ready.map(({ act }) => act.by.session),
      )
      await gate.open()
      this.mark('gate opened', '')
      return await Promise.all(sent)
    } finally {
      await gate.end()
      await Promise.allSettled(sent)
    }
  }

  /** Cuts a session's connection without goodbye; its next operation opens a new one. */
  cut(by: Participant, path: string): void {
    const staged = [...this.#parts.operations.values()].find(({ plan }) => plan.path.name === path)
    const session = this.#sessions.get(by.session)
    if (session === undefined || staged?.plan.path.cut === undefined) {
      throw new TrespassError('cannot-cut', `${by.session} has no connection of ${path} that could be cut`)
    }
    staged.plan.path.cut(session)
    this.mark('cut', 'its connection is cut', [by.session])
  }

  /** Has the witness do something that is no act of a session, such as end a membership. */
  async happen(events: readonly Meanwhile[], text: string): Promise<void> {
    await happen(this.#parts.stage, this.#attempt(null, 'nobody'), events)
    this.mark('happened', text)
  }

  /**
   * Reads what is true now, as the witness.
   *
   * @param moment when in the recipe: `afterwards`.
   */
  async state(moment: string, expected: StateExpected): Promise<readonly StateCheck[]> {
    const { stage } = this.#parts
    const checks: StateCheck[] = []
    for (const [name, wanted] of Object.entries(expected)) {
      if (isRows(wanted)) {
        const rows = await stage.witness.matching(wanted.table, this.#resolved(wanted.where))
        checks.push(...checkRows(name, wanted, this.#resolved(wanted.each ?? {}), rows))
      } else {
        const columns: JsonObject = { ...wanted }
        checks.push(...checkRow(name, this.#resolved(columns), await stage.witness.read(this.#keyOf(name))))
      }
    }
    this.events.push({ kind: 'state', round: this.number, at: this.now(), moment, checks })
    return checks
  }

  /** Waits for a time that the scenario itself states, such as the length of a lease. */
  async passes(ms: number): Promise<void> {
    await new Promise((resolved) => setTimeout(resolved, ms))
    this.#parts.signal.throwIfAborted()
  }

  /** @returns the path of an operation, and whether its connections can be cut. */
  pathOf(operation: string): AccessPath {
    return this.#staged(operation).plan.path
  }

  #prepare(act: Act): ReadyAct {
    const { plan, stage } = this.#staged(act.operation)
    const earlier = (name: string) => this.#answers.get(act.by.session)?.get(name)
    const ready = readyAttempt(stage, this.#attempt(plan, act.by.actor), this.#parts.unique, earlier)
    const entries = ready.writes.flatMap(rowsThatMayBeLeft)
    if (entries.length > 0) stage.write(entries)
    return { act, ready, path: plan.path, session: this.#session(act.by) }
  }

  async #send({ act, ready, path, session }: ReadyAct): Promise<OperationEvent> {
    const { stage } = this.#staged(act.operation)
    const { verb } = ready.plan.operation.declaration
    const call = callOf(stage, ready, session)
    const invokedAt = this.now()
    const answer = await path.attempt(session, call)
    const returnedAt = this.now()
    const face = path.faces.find((candidate) => candidate.matches(answer, verb))
    const told = fateOf(face?.means ?? { kind: 'unknown', why: 'no face describes this answer' }, answer)
    const event: OperationEvent = {
      kind: 'operation',
      round: this.number,
      session: act.by.session,
      actor: act.by.actor,
      path: path.name,
      operation: act.operation,
      request: `${answer.request.method} ${answer.request.path}`.trim(),
      body: answer.request.body,
      invokedAt,
      returnedAt,
      ...told,
      face: face?.name ?? null,
      status: answer.status,
      code: answer.code,
      message: answer.message,
      rows: answer.rows,
      value: answer.value,
    }
    this.events.push(event)
    this.#remember(event)
    return event
  }

  /** An operation may name columns of what an earlier one of the same session was answered: `$claim.id`. */
  #remember({ session, operation, fate, rows, value }: OperationEvent): void {
    const row = rows?.[0] ?? (isObject(value) ? value : undefined)
    if (fate !== 'ok' || row === undefined) return
    const answers = this.#answers.get(session) ?? new Map<string, JsonObject>()
    this.#answers.set(session, answers.set(operation, row))
  }

  /** A session is an object of its own: paths keep connections by it. */
  #session({ session: name, actor }: Participant): ActorSession {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const signedIn = this.#parts.stage.context.sessions[actor]
    if (signedIn === undefined) throw new TrespassError('no-such-actor', `${actor} was never signed in`)
    const session = { ...signedIn }
    this.#sessions.set(name, session)
    return session
  }

  /** @returns the database roles whose statement timeouts bound how long the sessions can be held. */
  #rolesOf(ready: readonly ReadyAct[]): readonly string[] {
    const { actors } = this.#parts.stage.context.roster
    const roles = ready.map(({ act, session: { actorKind } }) => {
      if (actorKind === 'anon') return 'anon'
      return actors.find(({ name }) => name === act.by.actor)?.role ?? 'authenticated'
    })
    return [...new Set(['authenticator', ...roles])]
  }

  #staged(operation: string): StagedOperation {
    const staged = this.#parts.operations.get(operation)
    if (staged === undefined) throw new TrespassError('no-such-operation', `there is no operation ${operation}`)
    return staged
  }

  #attempt(operation: OperationPlan | null, identity: string): AttemptPlan {
    const [any] = this.#parts.operations.values()
    const plan = operation ?? any?.plan
    if (plan === undefined) throw new TrespassError('no-such-operation', 'the scenario has no operation')
    return { operation: plan, identity, sets: [{ key: sharedSet, component: 0, identity }] }
  }

  #keyOf(name: string): { readonly table: string; readonly key: JsonObject } {
    const { table, baseKey } = this.#parts.stage.reachRow(name, this.#attempt(null, 'nobody'), false)
    return { table, key: baseKey }
  }

  #resolved(value: JsonObject): JsonObject {
    const { stage, unique } = this.#parts
    const row = (name: string) => stage.row(name, this.#attempt(null, 'nobody'))
    return resolve(value, { run: stage.context.runId, unique, row })
  }
}

/** Who stands behind a gate: a backend that began to wait when a session had sent its request is that session's. */
class Queue {
  readonly #sessions = new Map<number, string>()

  /** @returns true when somebody waits who did not before. */
  seen(session: string, waiting: readonly Waiting[]): boolean {
    const fresh = waiting.find(({ pid }) => !this.#sessions.has(pid))
    if (fresh !== undefined) this.#sessions.set(fresh.pid, session)
    return fresh !== undefined
  }

  sessionsOf(waiting: readonly Waiting[]): readonly string[] {
    return waiting.flatMap(({ pid }) => this.#sessions.get(pid) ?? [])
  }

  /** @returns the sessions that wait for another one of them, or that another one waits for. */
  meeting(waiting: readonly Waiting[]): readonly string[] {
    const edges = waiting.flatMap((one) =>
      one.for.filter((other) => this.#sessions.has(other)).flatMap((other) => [one.pid, other]),
    )
    return [...new Set(edges)].flatMap((pid) => this.#sessions.get(pid) ?? [])
  }
}
