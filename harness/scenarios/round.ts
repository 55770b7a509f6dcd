import { randomUUID } from 'node:crypto'
import { callOf, type ReadyAttempt, readyAttempt } from '../cells/attempt.ts'
import { isMarked, readMarked } from '../cells/attempt-changes.ts'
import { leftoverRows } from '../cells/leftover-rows.ts'
import type { PlacedFixtures } from '../cells/placed-fixtures.ts'
import { readingOf } from '../cells/reading.ts'
import { TrespassError } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { AttemptPlan, OperationPlan } from '../matrix/plan/plan.ts'
import { rowValues } from '../matrix/shapes.ts'
import type { HistoryEvent, Mark, OperationEvent } from '../model/scenario.ts'
import type { ActorSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import type { AccessPath, Answer, HeldResource } from '../paths/path.ts'
import { Gate } from '../witness/gate.ts'
import { completionOf } from './completion.ts'
import type { Participant } from './participant.ts'
import { RoundHistory } from './round-history.ts'
import { RoundWitness } from './round-witness.ts'
import { sharedSet } from './shared-set.ts'
import type { StateExpected } from './state.ts'

/** An operation with the stage that its resource has in this round. */
export interface StagedOperation {
  readonly plan: OperationPlan
  readonly stage: PlacedFixtures
}

/** The inputs of a round. */
export interface RoundParts {
  readonly number: number
  readonly operations: ReadonlyMap<string, StagedOperation>
  /** Any of the stages: all of them have the same rows. */
  readonly stage: PlacedFixtures
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

/** An operation that is prepared, so that only the request remains to be sent. */
export interface ReadyToSend {
  send(): Promise<OperationEvent>
}

/** An operation that has been sent. */
export interface Started {
  readonly sent: Promise<OperationEvent>
  /** @returns true once it has been answered or has failed to be sent. */
  returned(): boolean
}

/**
 * A resource that an operation has opened for repeated use, such as a subscription; or an operation that asks anew each time.
 */
export interface Holding extends Omit<HeldResource, 'use'> {
  use(): Promise<OperationEvent>
}

/** One round: fresh fixtures, sessions of their own, one clock, one history. */
export class Round {
  readonly number: number
  readonly witness: RoundWitness
  readonly #history: RoundHistory
  readonly #parts: RoundParts
  readonly #sessions = new Map<string, ActorSession>()
  /** By session and operation: the last row that was returned. */
  readonly #answers = new Map<string, Map<string, JsonObject>>()

  constructor(parts: RoundParts) {
    this.number = parts.number
    this.#parts = parts
    this.#history = new RoundHistory(parts.number)
    this.witness = new RoundWitness(parts.stage, parts.unique, this.#history)
  }

  /** The events of the round so far. */
  get events(): readonly HistoryEvent[] {
    return this.#history.events
  }

  /** @returns milliseconds since the round began, on a clock that never goes back. */
  now(): number {
    return this.#history.now()
  }

  get target(): Target {
    return this.#parts.stage.context.target
  }

  /** All sessions that have sent a request so far. */
  get sessions(): readonly ActorSession[] {
    return [...this.#sessions.values()]
  }

  /** @returns the session that a participant uses. */
  sessionOf(by: Participant): ActorSession {
    return this.#session(by)
  }

  /** Replaces a participant's token for its next requests. Open connections keep the old one. */
  renew(by: Participant, token: string): void {
    this.#sessions.set(by.session, { ...this.#session(by), token })
  }

  /** Records an event that is not an operation of the scenario, such as a request for a token. */
  record(event: OperationEvent): void {
    this.#history.events.push(event)
  }

  /** Records that something was done or observed. */
  mark(what: Mark['what'], text: string, sessions: readonly string[] = []): void {
    this.#history.mark(what, text, sessions)
  }

  /** @returns the list in an order that depends on the number of the round alone. */
  turned<T>(list: readonly T[]): readonly T[] {
    const first = list.length === 0 ? 0 : (this.number - 1) % list.length
    return [...list.slice(first), ...list.slice(0, first)]
  }

  /** Sends one operation and waits for its completion. */
  async perform(act: Act): Promise<OperationEvent> {
    return this.prepare(act).send()
  }

  /** Prepares an operation, so that only the request remains to be sent. */
  prepare(act: Act): ReadyToSend {
    const ready = this.#prepare(act)
    return { send: () => this.#send(ready) }
  }

  /** Sends an operation without waiting for its completion. */
  start(act: Act): Started {
    this.#parts.signal.throwIfAborted()
    let returned = false
    const sent = this.prepare(act)
      .send()
      .finally(() => {
        returned = true
      })
    // A rejection reaches the caller that awaits `sent`. This handler keeps it from being unhandled until then.
    sent.catch(() => undefined)
    return { sent, returned: () => returned }
  }

  /** Opens what an operation asks for, where that outlives the request. */
  async hold(act: Act): Promise<Holding> {
    const one = this.#prepare(act)
    const call = callOf(this.#staged(act.operation).stage, one.ready, one.session)
    const held = await one.path.hold?.(one.session, call)
    if (held === undefined || held === null) return { use: () => this.perform(act), end: async () => {} }
    return { ...held, use: () => this.#send(one, () => held.use()) }
  }

  /** @returns the columns that an operation sets, by fixture. */
  changesOf(act: Act): StateExpected {
    const { writes } = this.#prepare(act).ready
    const changes = writes.flatMap((write) => (write.kind === 'change' ? [write] : []))
    return Object.fromEntries(changes.map(({ row, set }) => [row.name, rowValues.parse(set)]))
  }

  /** Connects a session whose path keeps connections, so that its first operation is not timed with the login. */
  async connect({ by, operation }: Act): Promise<void> {
    const { transaction } = this.pathOf(operation)
    const session = this.#session(by)
    await transaction?.begin(session)
    await transaction?.commit(session)
  }

  /** Begins or ends a transaction of a session. @throws TrespassError `no-transaction` where its path has none. */
  async transact({ by, operation }: Act, word: 'begin' | 'commit'): Promise<OperationEvent> {
    const { path, declaration } = this.#staged(operation).plan
    const { transaction } = path
    if (transaction === undefined) {
      throw new TrespassError('no-transaction', `${path.name} makes every operation a transaction of its own`)
    }
    const session = this.#session(by)
    return this.#answered({ by, operation: word }, path, declaration.verb, () => transaction[word](session))
  }

  /** Destroys a session's connection without a close handshake; its next operation opens a new one. */
  cut(by: Participant, path: string): void {
    const staged = [...this.#parts.operations.values()].find(({ plan }) => plan.path.name === path)
    const session = this.#sessions.get(by.session)
    if (session === undefined || staged?.plan.path.cut === undefined) {
      throw new TrespassError('cannot-cut', `${by.session} has no connection of ${path} that could be cut`)
    }
    staged.plan.path.cut(session)
    this.mark('cut', 'its connection is cut', [by.session])
  }

  /** Waits for a time that the scenario states, such as the length of a lease. */
  async passes(ms: number): Promise<void> {
    await new Promise((resolved) => setTimeout(resolved, ms))
    this.#parts.signal.throwIfAborted()
  }

  /** @returns the access path of an operation. */
  pathOf(operation: string): AccessPath {
    return this.#staged(operation).plan.path
  }

  /**
   * Prepares a gate. It is still open.
   *
   * @param by the participants that will wait behind it.
   * @throws TrespassError `no-gate` without a database URL.
   */
  async gate(by: readonly Participant[]): Promise<Gate> {
    const { target } = this
    if (target.databaseUrl === null) throw new TrespassError('no-gate', 'without a database URL no gate can hold a row')
    return Gate.open(target.databaseUrl, target.databaseCa, this.#rolesOf(by), target.hold)
  }

  /** @returns the database roles whose statement timeouts bound how long the sessions can be held. */
  #rolesOf(by: readonly Participant[]): readonly string[] {
    const { actors } = this.#parts.stage.context.roster
    const roles = by.map(({ actor }) => {
      const declared = actors.find(({ name }) => name === actor)
      return declared?.role ?? (declared?.kind === 'anon' ? 'anon' : 'authenticated')
    })
    return [...new Set(['authenticator', ...roles])]
  }

  #prepare(act: Act): ReadyAct {
    const { plan, stage: placed } = this.#staged(act.operation)
    const earlier = (name: string) => this.#answers.get(act.by.session)?.get(name)
    const ready = readyAttempt(placed, this.#attempt(plan, act.by.actor), this.#parts.unique, earlier)
    const entries = ready.writes.flatMap(leftoverRows)
    if (entries.length > 0) placed.write(entries)
    return { act, ready, path: plan.path, session: this.#session(act.by) }
  }

  /** @param ask sends the request; without it, the request is sent as an attempt of its own. */
  async #send({ act, ready, path, session }: ReadyAct, ask?: () => Promise<Answer>): Promise<OperationEvent> {
    const { stage: placed } = this.#staged(act.operation)
    const { verb } = ready.plan.operation.declaration
    const mark = ask === undefined && canMark(placed, ready) ? randomUUID() : undefined
    const send = ask ?? (() => path.attempt(session, callOf(placed, ready, session, mark)))
    const event = await this.#answered(act, path, verb, send, async (answer) => ({
      ...seenIn(answer, ready),
      ...(await changedBy(placed, ready, answer, mark)),
    }))
    this.#remember(event)
    return event
  }

  async #answered(
    act: Act,
    path: AccessPath,
    verb: string,
    ask: () => Promise<Answer>,
    look: (answer: Answer) => Promise<Pick<OperationEvent, 'seen' | 'changed'>> = async () => ({}),
  ): Promise<OperationEvent> {
    const invokedAt = this.now()
    const answer = await ask()
    const returnedAt = this.now()
    const face = path.responses.find((candidate) => candidate.matches(answer, verb))
    const told = completionOf(
      face?.means ?? { kind: 'unknown', why: 'no known response pattern fits this answer' },
      answer,
    )
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
      ...(await look(answer)),
    }
    this.record(event)
    return event
  }

  /** A later operation of the same session may refer to columns of the answer: `$claim.id`. */
  #remember({ session, operation, fate, rows, value }: OperationEvent): void {
    const row = rows?.[0] ?? (isObject(value) ? value : undefined)
    if (fate !== 'ok' || row === undefined) return
    const answers = this.#answers.get(session) ?? new Map<string, JsonObject>()
    this.#answers.set(session, answers.set(operation, row))
  }

  /** Paths keep connections by the session object, so each session is one object. */
  #session({ session: name, actor }: Participant): ActorSession {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const signedIn = this.#parts.stage.context.sessions[actor]
    if (signedIn === undefined) throw new TrespassError('no-such-actor', `${actor} was never signed in`)
    const session = { ...signedIn }
    this.#sessions.set(name, session)
    return session
  }

  #staged(operation: string): StagedOperation {
    const staged = this.#parts.operations.get(operation)
    if (staged === undefined) throw new TrespassError('no-such-operation', `there is no operation ${operation}`)
    return staged
  }

  #attempt(operation: OperationPlan, identity: string): AttemptPlan {
    return { operation, identity, sets: [sharedSet(identity)] }
  }
}

/**
 * A worker's session may be in a transaction that the scenario has opened; PostgreSQL reports the number of rows to it. Storage
 * services report what they changed in their answers.
 */
function canMark(placed: PlacedFixtures, { plan: { operation } }: ReadyAttempt): boolean {
  const { path, writes } = operation
  return writes && path.transaction === undefined && path.stores === undefined && isMarked(placed, operation)
}

/** The number of rows that a successful write with an empty answer changed. */
async function changedBy(
  placed: PlacedFixtures,
  { plan, writes }: ReadyAttempt,
  { affected, ...answer }: Answer,
  mark: string | undefined,
): Promise<Pick<OperationEvent, 'changed'>> {
  const isEmpty = answer.status >= 200 && answer.status < 300 && answer.rows === null && answer.value === null
  if (!plan.operation.writes || !isEmpty) return {}
  if (typeof affected === 'number') return { changed: affected }
  if (mark !== undefined) {
    const { rows, more = 0, unread } = (await readMarked(placed, mark, answer, writes)).changes
    // A write that a refused request may cause as well, such as an audit log, is no evidence of success.
    if (unread === undefined) return { changed: rows.filter(({ permitted }) => permitted === undefined).length + more }
  }
  return affected === null ? { changed: null } : {}
}

/** The fixtures that an operation was to read and that its answer contains. */
function seenIn(answer: Answer, { reach, footprint }: ReadyAttempt): Pick<OperationEvent, 'seen'> {
  if (footprint.reads === null || answer.status === 0 || answer.status >= 300) return {}
  const { seen } = readingOf(answer, reach, footprint)
  return seen === null ? {} : { seen }
}
