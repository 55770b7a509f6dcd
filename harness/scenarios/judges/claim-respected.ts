import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { describeCheck, formatTime, operationsIn } from '../history-text.ts'
import {
  type Claim,
  type ClaimTerms,
  claimOperation,
  claimsIn,
  crashIn,
  finishesIn,
  lacksColumn,
  sameTask,
  taskInWords,
} from './claims.ts'
import { won } from './winners.ts'

const judge = 'claims are respected'

/** Judges that no session gets a task that another session holds by a valid claim, or that is finished. */
export function judgeClaimRespected(
  terms: ClaimTerms,
  events: readonly HistoryEvent[],
  round: number,
): readonly Finding[] {
  const finding = (verdict: Finding['verdict'], because: string): readonly Finding[] => [
    { judge, round, verdict, because },
  ]
  const claims = claimsIn(events, terms).filter(({ committed }) => committed)
  for (const claim of claims) {
    const before = claims.filter(({ event }) => event.invokedAt < claim.event.invokedAt)
    const holder = before.find((other) => isBroken(other, claim))
    if (holder !== undefined) return finding('breach', inWords(holder, claim))
    const finish = finishesIn(events).find((event) => won(event) && event.returnedAt < claim.event.invokedAt)
    const finisher = before.find((other) => other.event.session === finish?.session && sameTask(other, claim))
    if (finish !== undefined && finisher !== undefined) {
      const { session, invokedAt } = claim.event
      const because = `${session} claimed ${taskInWords(claim.task)} at ${formatTime(invokedAt)} although it was done: ${describeCheck(finish)}.`
      return finding('breach', because)
    }
  }
  return finding(...tried(terms, claims, events))
}

/** A claim is certainly valid until `validUntil`. Another session that was answered the same task earlier broke it. */
function isBroken(holder: Claim, claim: Claim): boolean {
  const isOther = holder.event.session !== claim.event.session
  return isOther && sameTask(holder, claim) && claim.event.returnedAt < holder.validUntil
}

function inWords({ event: first, validUntil, task }: Claim, { event: second }: Claim): string {
  const until = Number.isFinite(validUntil) ? ` was valid until ${formatTime(validUntil)}` : ' had not been given back'
  const claimed = `${second.session} claimed ${taskInWords(task)} at ${formatTime(second.returnedAt)}`
  const although = `although ${first.session}'s claim from ${formatTime(first.invokedAt)}${until}`
  return `${claimed} ${although}. ${describeCheck(first)}; ${describeCheck(second)}.`
}

/** The round proves respect for claims only if a session asked for a task while another session held a claim. */
function tried(
  terms: ClaimTerms,
  claims: readonly Claim[],
  events: readonly HistoryEvent[],
): readonly [Finding['verdict'], string] {
  const asks = operationsIn(events).filter(({ operation }) => operation === claimOperation)
  const [first] = claims
  if (asks.some((ask) => lacksColumn(ask, terms.by))) {
    return [
      'inconclusive',
      `A claim is answered without the column "${terms.by}": name one in \`by\` that identifies the task.`,
    ]
  }
  if (first === undefined) {
    const why = asks.slice(0, 2).map(describeCheck).join('; ')
    return ['inconclusive', `No worker got a task by a claim that was committed, so there was none to respect. ${why}.`]
  }
  const holder = crashIn(events, terms)?.claim ?? first
  if (!holder.committed) return ['held', 'A claim that was never committed holds nothing.']
  const turnedAway = asks.filter(({ session, invokedAt, returnedAt, fate }) => {
    const meanwhile = invokedAt >= holder.event.invokedAt && returnedAt < holder.validUntil
    return session !== holder.event.session && meanwhile && fate !== 'unknown'
  })
  const [one] = turnedAway
  if (one === undefined) {
    const until = `${formatTime(holder.event.invokedAt)} to ${formatTime(holder.validUntil)}`
    const because = `No worker asked for a task while ${holder.event.session}'s claim was valid, from ${until}, and was answered.`
    return ['inconclusive', because]
  }
  const times = turnedAway.length === 1 ? 'once' : `${turnedAway.length} times`
  return [
    'held',
    `Others asked ${times} while ${holder.event.session} held ${taskInWords(holder.task)}, and did not get it.`,
  ]
}
