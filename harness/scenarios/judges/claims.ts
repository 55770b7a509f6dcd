import { isObject, type Json, sameJson } from '../../json.ts'
import type { HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import { operationsIn } from '../history-text.ts'
import { won } from './winners.ts'

/** The names that a claim recipe gives to what it does. */
export const claimOperation = 'claim'
export const finishOperation = 'finish'

/** What a scenario says about claims. */
export interface ClaimTerms {
  /** The column of a claim's answer that identifies the task. */
  readonly by: string
  /** Milliseconds for which a claim is valid; null where it does not run out. */
  readonly leaseMs: number | null
}

/** A claim that got a task. */
export interface Claim {
  readonly event: OperationEvent
  readonly task: Json
  /** False when it was made in a transaction that never ended well: then nobody holds the task by it. */
  readonly committed: boolean
  /** Milliseconds of the round until which it is valid for certain. */
  readonly validUntil: number
}

/**
 * @returns what tells apart the task that a claim got; null when it got none. A function that returns one row gives a row
 *   of nulls where it has none.
 */
export function taskOf(event: OperationEvent, by: string): Json {
  if (event.operation !== claimOperation || !won(event)) return null
  return rowOf(event)?.[by] ?? null
}

/** @returns the row that an operation was answered. */
function rowOf({ rows, value }: OperationEvent) {
  return rows?.[0] ?? (isObject(value) ? value : undefined)
}

/** @returns whether a claim was answered a row that does not have the column that identifies the task. */
export function lacksColumn(event: OperationEvent, by: string): boolean {
  const row = rowOf(event)
  return event.operation === claimOperation && row !== undefined && !Object.hasOwn(row, by)
}

/** @returns the claims that got a task, in the order in which they were asked for. */
export function claimsIn(events: readonly HistoryEvent[], { by, leaseMs }: ClaimTerms): readonly Claim[] {
  const operations = operationsIn(events)
  return operations.flatMap((event): readonly Claim[] => {
    const task = taskOf(event, by)
    if (task === null) return []
    // The server has counted from a later moment: it had not even been asked before.
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

/** @returns the operations that were to finish a task, in the order in which they were asked for. */
export function finishesIn(events: readonly HistoryEvent[]): readonly OperationEvent[] {
  return operationsIn(events).filter(({ operation }) => operation === finishOperation)
}

/** What happened when a worker was cut off. */
export interface Crash {
  /** Milliseconds of the round. */
  readonly at: number
  readonly session: string
  /** Its last claim before that; null when it had got no task. */
  readonly claim: Claim | null
  /** The first claim by which somebody else got the same task after that; null when nobody did. */
  readonly successor: Claim | null
}

/** @returns the crash of a round; null when nobody was cut off. */
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
