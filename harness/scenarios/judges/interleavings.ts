import type { Finding, HistoryEvent, Mark, OperationEvent, StateEvent } from '../../model/scenario.ts'
import type { Verdict } from '../../model/verdict.ts'
import { describeCheck, formatTime, operationsIn } from '../history-text.ts'

/** The points at which the state is read, relative to the operation: the revocation commits after it, during it or before it. */
export const moments = {
  first: 'at first',
  after: 'revoked after it',
  meanwhile: 'revoked meanwhile',
  before: 'revoked before it',
} as const

/** An operation that meets the revocation in every order. */
export interface Interleaved {
  readonly session: string
  readonly operation: string
  /** The expected outcome of an operation that waits while the revocation commits. */
  readonly during: 'allow' | 'deny' | 'either'
}

/**
 * Judges one round by the rows that the witness read: an operation before the revocation takes effect, one after it has no
 * effect, and one that was under way ends as declared.
 */
export function judgeInterleavings(
  { session, operation, during }: Interleaved,
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const marks = events.filter((event) => event.kind === 'mark')
  const revoked = marks.find(({ what }) => what === 'happened')
  if (revoked === undefined) return []
  const found = (judge: string, verdict: Verdict, because: string): Finding => ({ judge, round, verdict, because })
  const doubt = (judge: string, because: string) => found(judge, 'inconclusive', because)
  const uses = operationsIn(events).filter((event) => event.session === session && event.operation === operation)
  const [first, after, meanwhile, before] = Object.values(moments).map((when) => stateAt(events, when))
  const early = uses.find(({ returnedAt }) => returnedAt < revoked.at)
  const across = uses.find(({ invokedAt, returnedAt }) => invokedAt < revoked.at && returnedAt > revoked.at)
  const late = uses.find(({ invokedAt }) => invokedAt > revoked.at)

  const undisturbed = () => {
    if (early === undefined || after === undefined) return doubt(moments.after, `"${operation}" was not tried before.`)
    if (wasDone(first)) return doubt(moments.after, `What "${operation}" sets was there already.`)
    if (wasDone(after)) return found(moments.after, 'held', `Done before the revocation, "${operation}" counts.`)
    return doubt(moments.after, `${describeCheck(early)}, and did nothing, so that nothing could be taken away.`)
  }
  const inTheMidst = () => {
    if (across === undefined || !waited(session, across, marks, revoked)) {
      return doubt(moments.meanwhile, `"${operation}" was not seen waiting while ${revoked.text}.`)
    }
    const done = wasDone(meanwhile)
    if (!done && across.fate === 'unknown') return doubt(moments.meanwhile, describeUnknown(across))
    const order = `${describeCheck(across)}. While it waited, at ${formatTime(revoked.at)}, ${revoked.text}`
    if (done && during === 'deny') {
      const why = 'what it may was asked before it waited, and not again'
      return found(moments.meanwhile, 'breach', `${order}, and it was carried out all the same: ${why}.`)
    }
    if (!done && during === 'allow') {
      return found(moments.meanwhile, 'lockout', `${order}, and it did nothing, where it has to be carried out.`)
    }
    const how = done ? 'it was carried out' : 'it did nothing'
    return found(moments.meanwhile, 'held', `Under way while ${revoked.text}, ${how}.`)
  }
  const tooLate = () => {
    if (late === undefined || before === undefined) return doubt(moments.before, `"${operation}" was not tried after.`)
    if (!wasDone(before) && late.fate === 'unknown') return doubt(moments.before, describeUnknown(late))
    if (!wasDone(before)) return found(moments.before, 'held', `Begun after the revocation, it does nothing.`)
    const because = `At ${formatTime(revoked.at)} ${revoked.text}. After that ${describeCheck(late)}, and it was carried out.`
    return found(moments.before, 'breach', because)
  }
  return [undisturbed(), inTheMidst(), tooLate()]
}

/** Describes an operation without effect that may have failed for another reason than the revocation. */
function describeUnknown(event: OperationEvent): string {
  return `${describeCheck(event)}: it is not known what would have come of it.`
}

function stateAt(events: readonly HistoryEvent[], when: string): StateEvent | undefined {
  return events.filter((event) => event.kind === 'state').find((event) => event.moment === when)
}

/** A part of the effect counts as the effect. */
function wasDone(state: StateEvent | undefined): boolean {
  return state?.checks.some(({ holds }) => holds) === true
}

/**
 * The operation was seen waiting after the revocation committed. The gate was still closed, so it waited before the commit as
 * well.
 */
function waited(session: string, across: OperationEvent, marks: readonly Mark[], revoked: Mark): boolean {
  return marks.some(
    ({ what, at, sessions }) =>
      what === 'waiting' && sessions.includes(session) && at > revoked.at && at < across.returnedAt,
  )
}
