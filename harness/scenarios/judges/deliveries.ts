import type { HistoryEvent, OperationEvent, StateEvent } from '../../model/scenario.ts'

/** The points of the recipe at which the state of a replayed event is read. */
export const moments = {
  before: 'before the first delivery',
  together: 'after the deliveries at once',
  again: 'after one more delivery',
  different: 'after a different event',
} as const

/** The deliveries between two readings of the state, with the later reading. */
export interface Phase {
  readonly moment: string
  readonly deliveries: readonly OperationEvent[]
  readonly state: StateEvent
}

/** @returns the history as phases, each ended by a reading of the state. Deliveries after the last reading belong to none. */
export function phasesOf(events: readonly HistoryEvent[]): readonly Phase[] {
  const phases: Phase[] = []
  let deliveries: OperationEvent[] = []
  for (const event of events) {
    if (event.kind === 'operation') deliveries.push(event)
    if (event.kind !== 'state') continue
    const inOrder = deliveries.toSorted((one, other) => one.invokedAt - other.invokedAt)
    phases.push({ moment: event.moment, deliveries: inOrder, state: event })
    deliveries = []
  }
  return phases
}

/** @returns the deliveries of the event itself, without those of a different one. */
export function replaysIn(phases: readonly Phase[]): readonly Phase[] {
  return phases.filter(({ moment }) => moment === moments.together || moment === moments.again)
}

export function accepted({ fate }: OperationEvent): boolean {
  return fate === 'ok'
}

/** @returns whether a delivery was accepted and, where it was a write with an empty answer, is known to have changed a row. */
export function hadEffect({ fate, changed }: OperationEvent): boolean {
  return fate === 'ok' && changed !== 0 && changed !== null
}
