import { isObject, type Json, sameJson } from '../../json.ts'
import type { HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import { operationsIn } from '../history-text.ts'
import { won } from './winners.ts'

/** The operation names of a claim recipe. */
export const claimOperation = 'claim'
export const finishOperation = 'finish'

/** The terms of a scenario's claims. */
export interface ClaimTerms {
  /** The column of a claim's answer that identifies the task. */
  readonly by: string
  /** Milliseconds for which a claim is valid; null if it does not expire. */
  readonly leaseMs: number | null
}

/** A claim that got a task. */
export interface Claim {
  readonly event: OperationEvent
  readonly task: Json
  /** False if the transaction of the claim did not commit: then no session holds the task by it. */
  readonly committed: boolean
  /** Milliseconds of the round until which it is valid for certain. */
  readonly validUntil: number
}

/**
 * @returns the value that identifies the task that a claim got; null if it got none. A function that returns one row returns a
 *   row of nulls if it finds none.
 */
export function taskOf(event: OperationEvent, by: string): Json {
  if (event.operation !== claimOperation || !won(event)) return null
  return rowOf(event)?.[by] ?? null
}

/** @returns the row in the answer to an operation. */
function rowOf({ rows, value }: OperationEvent) {
  return rows?.[0] ?? (isObject(value) ? value : undefined)
}

/** @returns whether the row in the answer to a claim lacks the column that identifies the task. */
export function lacksColumn(event: OperationEvent, by: string): boolean {
  const row = rowOf(event)
  return event.operation === claimOperation && row !== undefined && !Object.hasOwn(row, by)
}

/** @returns the claims that got a task, in the order in which they were invoked. */
export function claimsIn(events: readonly HistoryEvent[], { by, leaseMs }: ClaimTerms): readonly Claim[] {
  const operations = operationsIn(events)
  return operations.flatMap((event): readonly Claim[] => {
    const task = taskOf(event, by)
    if (task === null) return []
    // A lower bound: the server starts the lease after the request was sent.
    const validUntil = leaseMs === null ? Number.POSITIVE_INFINITY : event.invokedAt + leaseMs
    return [{ event, task, committed: isCommitted(event, operations), validUntil }]
  })
}

function isCommitted(claim: OperationEvent, operations: readonly OperationEvent[]): boolean {
  const own = operations.filter(({ session }) => session === claim.session)
  const before = own.filter(({ invokedAt }) => invokedAt < claim.invokedAt)
  const control = before.findLast(({ operation }) => operation === 'begin' || operation === 'commit')
  if (control?.operation !== 'begin') return true
  return own.some(({ operation, fate, invokedAt }) => {
    return operation === 'commit' && fate === 'ok' && invokedAt >= claim.returnedAt
  })
}

/** @returns whether two claims are about one task. */
export function sameTask(one: Claim, other: Claim): boolean {
  return sameJson(one.task, other.task)
}

/** @returns a task in a sentence: `task 7`. */
export function taskInWords(task: Json): string {
  return `task ${typeof task === 'string' ? task : JSON.stringify(task)}`
}

/** @returns the operations that finish a task, in the order in which they were invoked. */
export function finishesIn(events: readonly HistoryEvent[]): readonly OperationEvent[] {
  return operationsIn(events).filter(({ operation }) => operation === finishOperation)
}

/** The crash of a worker, and what became of its task. */
export interface Crash {
  /** Milliseconds of the round. */
  readonly at: number
  readonly session: string
  /** Its last claim before the crash; null if it had got no task. */
  readonly claim: Claim | null
  /** The first later claim by which another session got the same task; null if there is none. */
  readonly successor: Claim | null
}

/** @returns the crash of a round; null if no worker was cut off. */
export function crashIn(events: readonly HistoryEvent[], terms: ClaimTerms): Crash | null {
  const cut = events.find((event) => event.kind === 'mark' && event.what === 'cut')
  if (cut?.kind !== 'mark') return null
  const { at } = cut
  const session = cut.sessions[0] ?? ''
  const claims = claimsIn(events, terms)
  const claim = claims.findLast(({ event }) => event.session === session && event.invokedAt <= at) ?? null
  if (claim === null) return { at, session, claim, successor: null }
  const later = claims.filter(({ event }) => event.session !== session && event.invokedAt > claim.event.invokedAt)
  return { at, session, claim, successor: later.find((other) => sameTask(other, claim)) ?? null }
}
