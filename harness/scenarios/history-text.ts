import type { HistoryEvent, OperationEvent } from '../model/scenario.ts'

/** @returns a moment of a round: `0.412 s`. */
export function formatTime(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}

/** @returns `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}

/** @returns the completion of an operation: `answered 204`, `refused (filtered) with 200`, `of unknown outcome`. */
export function describeCompletion({ fate, denial, status, code, why, changed }: OperationEvent): string {
  const answer = status === 0 ? 'without an answer' : `with ${status}${code === null ? '' : ` ${code}`}`
  switch (fate) {
    case 'ok':
      return status === 0 ? 'done' : `answered ${status}${changeInWords(changed)}`
    case 'failed':
      return `refused ${answer}${denial === null ? '' : ` (${denial})`}`
    case 'unknown':
      return `of unknown outcome, ${answer}${why === null ? '' : `: ${why}`}`
  }
}

function changeInWords(changed: OperationEvent['changed']): string {
  if (changed === null) return ' (without saying whether a row changed)'
  return changed === 0 ? ' (and no row changed)' : ''
}

/** @returns a description of the operation: its session, its times and its completion. */
export function describeCheck(event: OperationEvent): string {
  const { session, operation, invokedAt, returnedAt } = event
  return `${session} began "${operation}" at ${formatTime(invokedAt)}, which was ${describeCompletion(event)} at ${formatTime(returnedAt)}`
}

/** @returns the operations of a history, in the order in which they were invoked. */
export function operationsIn(events: readonly HistoryEvent[]): readonly OperationEvent[] {
  return events.filter((event) => event.kind === 'operation').toSorted((one, other) => one.invokedAt - other.invokedAt)
}
