import type { Finding, HistoryEvent, Mark, OperationEvent } from '../../model/scenario.ts'
import type { Verdict } from '../../model/verdict.ts'
import { describeCheck, formatTime, listed, operationsIn } from '../history-text.ts'
import { isUnknownWrite, won, writeHint } from './winners.ts'

/** The terms of a revocation: its sessions, and its time limits. */
export interface Revocation {
  /** The session whose access ends. */
  readonly member: string
  /** The session of the same member with a token that was issued after the revocation. */
  readonly anew: string
  /** The session that keeps access. */
  readonly control: string
  /** By operation: milliseconds after the revocation within which it may still work. */
  readonly within: ReadonlyMap<string, number>
}

/** @returns whether an operation gave access. An operation that is to see fixtures gave access only if it returned one. */
export function gotAccess(event: OperationEvent): boolean {
  return event.seen === undefined ? won(event) : event.fate === 'ok' && event.seen.length > 0
}

/** A failure without a layer, such as that of a policy that recurses, is no refusal. */
function wasRefused(event: OperationEvent): boolean {
  return (
    !gotAccess(event) &&
    !isUnknownWrite(event) &&
    (event.fate === 'ok' || (event.fate === 'failed' && event.denial !== null))
  )
}

/** Judges one round: access ended in time and for good, and the control never lost it. */
export function judgeAccess(
  revocation: Revocation,
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const revoked = revocationIn(events)
  if (revoked === undefined) return [withoutAccess(revocation, operationsIn(events), round)]
  const operations = operationsIn(events)
  return [
    ...judgeEnd(revocation, operations, revoked, round),
    ...judgeFinality(revocation, operations, revoked, round),
    judgeControl(revocation, operations, revoked, round),
  ]
}

/** @returns by operation: seconds from the revocation to the start of the last attempt that worked. */
export function lastedIn(revocation: Revocation, events: readonly HistoryEvent[]): Readonly<Record<string, number>> {
  const revoked = revocationIn(events)
  if (revoked === undefined) return {}
  const operations = operationsIn(events)
  return Object.fromEntries(
    [...revocation.within.keys()].map((name) => [
      name,
      seconds(lastedMs(usesOf(revocation.member, name, operations), revoked)),
    ]),
  )
}

/** The earliest mark of the revocation: an attempt that begins later began after the revocation. */
function revocationIn(events: readonly HistoryEvent[]): Mark | undefined {
  return events.filter((event) => event.kind === 'mark').find(({ what }) => what === 'happened')
}

function usesOf(session: string, name: string, operations: readonly OperationEvent[]): readonly OperationEvent[] {
  return operations.filter((event) => event.session === session && event.operation === name)
}

function lastedMs(uses: readonly OperationEvent[], revoked: Mark): number {
  const last = uses.filter((event) => event.invokedAt > revoked.at && gotAccess(event)).at(-1)
  return last === undefined ? 0 : last.invokedAt - revoked.at
}

/** Rounds to a tenth of a second. Access that was observed at all lasted at least 0.1 s. */
function seconds(ms: number): number {
  return ms === 0 ? 0 : Math.max(0.1, Math.round(ms / 100) / 10)
}

const finding = (judge: string, round: number, verdict: Verdict, because: string): Finding => ({
  judge,
  round,
  verdict,
  because,
})

function withoutAccess({ within }: Revocation, operations: readonly OperationEvent[], round: number): Finding {
  const first = [...within.keys()].flatMap((name) => operations.filter(({ operation }) => operation === name))
  const without = first.find((event) => !gotAccess(event))
  const why =
    without === undefined ? 'Nothing was taken away' : `${describeCheck(without)}, and had to work before it could end`
  const hint = without?.changed === undefined ? '' : ` ${writeHint}`
  return finding('access ended within', round, 'inconclusive', `${why}.${hint}`)
}

function judgeEnd(
  revocation: Revocation,
  operations: readonly OperationEvent[],
  revoked: Mark,
  round: number,
): readonly Finding[] {
  const judge = 'access ended within'
  const worse = [...revocation.within].flatMap(([name, withinMs]): readonly Finding[] => {
    const uses = usesOf(revocation.member, name, operations)
    const after = uses.filter(({ invokedAt }) => invokedAt > revoked.at)
    const late = after.filter(({ invokedAt }) => invokedAt > revoked.at + withinMs)
    const tooLate = late.find(gotAccess)
    if (tooLate !== undefined) {
      const anew = usesOf(revocation.anew, name, operations).at(-1)
      return [finding(judge, round, 'breach', lastedTooLong(name, withinMs, revoked, uses, tooLate, anew))]
    }
    const doubt = late.find((event) => event.fate === 'unknown' || isUnknownWrite(event))
    if (doubt !== undefined)
      return [
        finding(judge, round, 'inconclusive', `It is not known whether access had ended: ${describeCheck(doubt)}.`),
      ]
    const last = after.at(-1)
    if (last !== undefined && wasRefused(last)) return []
    const because = `Access by "${name}" was not watched until it ended.`
    return [finding(judge, round, 'inconclusive', because)]
  })
  if (worse.length > 0) return worse
  const ends = [...revocation.within.keys()].map((name) => {
    const lasted = seconds(lastedMs(usesOf(revocation.member, name, operations), revoked))
    return { name, when: lasted === 0 ? 'at once' : `after ${lasted} s` }
  })
  const times = [...new Set(ends.map(({ when }) => when))]
  const words = times.map(
    (when) => `${listed(ends.filter((end) => end.when === when).map(({ name }) => name))} ${when}`,
  )
  return [finding(judge, round, 'held', `Access ended: ${words.join('; ')}.`)]
}

function lastedTooLong(
  name: string,
  withinMs: number,
  revoked: Mark,
  uses: readonly OperationEvent[],
  tooLate: OperationEvent,
  anew: OperationEvent | undefined,
): string {
  const bound = withinMs === 0 ? 'at once' : `within ${withinMs / 1000} s`
  const last = uses.at(-1)
  const lasted = seconds(lastedMs(uses, revoked))
  const end =
    last !== undefined && wasRefused(last)
      ? `It ended after ${lasted} s.`
      : `It did not end while it was watched, for ${lasted} s.`
  return [
    `At ${formatTime(revoked.at)} ${revoked.text}, and access by "${name}" has to end ${bound}.`,
    `${describeCheck(tooLate)}.`,
    end,
    ...(anew === undefined ? [] : [whatKeepsIt(anew)]),
  ].join(' ')
}

/** An operation with a token issued after the revocation shows whether the access comes from the token or from the service. */
function whatKeepsIt(anew: OperationEvent): string {
  if (anew.fate === 'unknown' || isUnknownWrite(anew)) return `${describeCheck(anew)}.`
  return gotAccess(anew)
    ? 'With a token that was issued afterwards it works as well: what decides has not learnt of the revocation.'
    : 'With a token that was issued afterwards it is refused: what was given before carries the access.'
}

function judgeFinality(
  { member, within }: Revocation,
  operations: readonly OperationEvent[],
  revoked: Mark,
  round: number,
): readonly Finding[] {
  const judge = 'refusal is final'
  const back = [...within.keys()].flatMap((name) => {
    const after = usesOf(member, name, operations).filter(({ invokedAt }) => invokedAt > revoked.at)
    const refusal = after.find(wasRefused)
    const again = refusal && after.find((event) => event.invokedAt >= refusal.returnedAt && gotAccess(event))
    return refusal === undefined || again === undefined ? [] : [{ refusal, again }]
  })
  if (back.length === 0) return [finding(judge, round, 'held', 'No refusal was taken back.')]
  return back.map(({ refusal, again }) =>
    finding(
      judge,
      round,
      'breach',
      `${describeCheck(refusal)}. After that ${describeCheck(again)}: access that had ended came back.`,
    ),
  )
}

/** A control that loses access along with the member shows that something other than the revocation failed. */
function judgeControl(
  { control, within }: Revocation,
  operations: readonly OperationEvent[],
  revoked: Mark,
  round: number,
): Finding {
  const judge = 'the control kept access'
  const uses = [...within.keys()].map((name) => ({ name, uses: usesOf(control, name, operations) }))
  const lost = uses.flatMap((one) => one.uses).find((event) => !gotAccess(event))
  if (lost !== undefined) {
    const because = `${control} had to keep access, and ${describeCheck(lost)}: what ended for others as well proves nothing.`
    return finding(judge, round, 'inconclusive', because)
  }
  const unseen = uses.find((one) => !one.uses.some(({ invokedAt }) => invokedAt > revoked.at))
  if (unseen !== undefined) {
    return finding(judge, round, 'inconclusive', `${control} never did "${unseen.name}" after the revocation.`)
  }
  return finding(judge, round, 'held', `${control} kept access throughout.`)
}
