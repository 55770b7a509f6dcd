import type { Json } from '../../harness/json.ts'
import type { Mark, OperationEvent, StateCheck, StateEvent } from '../../harness/model/scenario.ts'

/** Builders of handwritten histories for tests. */

/** @returns an operation that was answered 204, 100 ms after it was invoked. */
export function done(session: string, invokedAt: number, changes: Partial<OperationEvent> = {}): OperationEvent {
  return {
    kind: 'operation',
    round: 1,
    session,
    actor: session.replace(/ \d+$/, ''),
    path: 'rpc',
    operation: 'claim',
    request: 'POST /rest/v1/rpc/claim',
    body: {},
    invokedAt,
    returnedAt: invokedAt + 100,
    fate: 'ok',
    denial: null,
    face: 'done',
    why: null,
    status: 204,
    code: null,
    message: null,
    rows: null,
    value: null,
    ...changes,
  }
}

/** @returns an operation that the project's own code refused. */
export function refused(session: string, invokedAt: number, changes: Partial<OperationEvent> = {}): OperationEvent {
  const refusal = {
    fate: 'failed',
    denial: 'application',
    face: 'raised-by-project',
    status: 409,
    code: 'PT409',
  } as const
  return done(session, invokedAt, { ...refusal, ...changes })
}

/** @returns an operation of unknown outcome, because no answer came. */
export function unanswered(session: string, invokedAt: number, changes: Partial<OperationEvent> = {}): OperationEvent {
  const silence = { fate: 'unknown', face: 'no-answer', why: 'no answer came', status: 0 } as const
  return done(session, invokedAt, { ...silence, ...changes })
}

/** @param found by name: the expected value, and the value that was read. */
export function read(at: number, moment: string, found: Readonly<Record<string, readonly [Json, Json]>>): StateEvent {
  const checks = Object.entries(found).map(
    ([name, [expected, value]]): StateCheck => ({ name, expected, found: value, holds: expected === value }),
  )
  return { kind: 'state', round: 1, at, moment, checks }
}

export function mark(at: number, what: Mark['what'], sessions: readonly string[] = []): Mark {
  return { kind: 'mark', round: 1, at, what, text: '', sessions }
}
