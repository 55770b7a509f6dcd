import type { HistoryEvent, Mark, OperationEvent, OverlapLevel, RoundOverlap } from '../model/scenario.ts'

/**
 * Works out how far one round was shown to overlap, from its history alone, and never rounds up. A history without a
 * release claims nothing.
 *
 * @param events the events of one round.
 */
export function overlapOf(events: readonly HistoryEvent[], round: number): RoundOverlap {
  const marks = events.filter((event) => event.kind === 'mark')
  const released = marks.find(({ what }) => what === 'released')
  if (released === undefined) return { round, level: 0, skewMs: null }
  const contestants = contendersOf(events, released)
  const invoked = contestants.map(({ invokedAt }) => invokedAt)
  const gated = marks.some(({ what }) => what === 'gate closed')
  const skewMs = gated ? null : Math.max(...invoked) - Math.min(...invoked)
  return { round, level: levelOf(contestants, released, marks), skewMs }
}

function contendersOf(events: readonly HistoryEvent[], released: Mark): readonly OperationEvent[] {
  return released.sessions.flatMap((session) => {
    const operations = events.filter((event) => event.kind === 'operation' && event.session === session)
    const own = operations.filter(
      (event) => event.kind === 'operation' && event.returnedAt >= released.at && event.invokedAt <= released.at,
    )
    const [contested] = own
    return contested?.kind === 'operation' ? [contested] : []
  })
}

function levelOf(contestants: readonly OperationEvent[], released: Mark, marks: readonly Mark[]): OverlapLevel {
  if (released.sessions.length < 2 || contestants.length < released.sessions.length) return 0
  const everyone = (what: Mark['what']) => {
    const seen = new Set(marks.filter((mark) => mark.what === what).flatMap(({ sessions }) => sessions))
    return released.sessions.every((session) => seen.has(session))
  }
  if (everyone('snapshot')) return 4
  if (everyone('waiting')) return everyone('met') ? 4 : 3
  const last = Math.max(...contestants.map(({ invokedAt }) => invokedAt))
  const first = Math.min(...contestants.map(({ returnedAt }) => returnedAt))
  if (last >= first) return 0
  // Not all of them waited behind the gate, so they were not released together.
  return marks.some(({ what }) => what === 'gate closed') ? 1 : 2
}
