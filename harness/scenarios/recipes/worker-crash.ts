import { holding } from '../interleave.ts'
import {
  type ClaimTerms,
  claimOperation as claim,
  crashIn,
  finishOperation as finish,
  taskOf,
} from '../judges/claims.ts'
import type { Participant } from '../participant.ts'
import type { Round } from '../round.ts'

/** The moments at which a worker can be cut off. */
export const crashes = ['in-claim', 'after-claim', 'before-finish', 'in-finish'] as const
export type CrashMoment = (typeof crashes)[number]

/** Who is cut off, who takes over, and on what terms. */
export interface Workers {
  readonly first: Participant
  readonly second: Participant
  /** The fixture that is claimed. */
  readonly task: string
  readonly terms: ClaimTerms
  /** Milliseconds after the crash for which the second worker asks. */
  readonly recoverMs: number
}

/** Of the lease: the time between two asks. */
const shareOfLease = 0.1
/** Milliseconds between two asks at least. */
const shortestPause = 50

/** Cuts a worker off at a moment, and lets another one take over. What happens is in the history. */
export async function crashNow(moment: CrashMoment, workers: Workers, round: Round): Promise<void> {
  for (const by of [workers.first, workers.second]) await round.connect({ by, operation: claim })
  switch (moment) {
    case 'in-claim':
      return inClaim(workers, round)
    case 'after-claim':
      return afterClaim(workers, round)
    case 'before-finish':
      return beforeFinish(workers, round)
    case 'in-finish':
      return inFinish(workers, round)
  }
}

/** The claim is never committed, so there is nothing to wait for, and nobody who could believe in it. */
async function inClaim(workers: Workers, round: Round): Promise<void> {
  const { first, second } = workers
  await round.transact({ by: first, operation: claim }, 'begin')
  if (!(await gets(first, workers, round))) return
  cutOff(first, round)
  if (await askUntilTaken(workers, round)) await round.perform({ by: second, operation: finish })
}

/** The worker comes back while the other one is at work. */
async function afterClaim(workers: Workers, round: Round): Promise<void> {
  const { first, second } = workers
  if (!(await gets(first, workers, round))) return
  cutOff(first, round)
  if (!(await askUntilTaken(workers, round))) return
  await round.perform({ by: first, operation: finish })
  await round.perform({ by: second, operation: finish })
}

/** The worker has used half of its time, and comes back when the other one is done. */
async function beforeFinish(workers: Workers, round: Round): Promise<void> {
  const { first, second, terms } = workers
  if (!(await gets(first, workers, round))) return
  await round.perform({ by: second, operation: claim })
  await round.passes((terms.leaseMs ?? 0) / 2)
  cutOff(first, round)
  if (!(await askUntilTaken(workers, round))) return
  await round.perform({ by: second, operation: finish })
  await round.perform({ by: first, operation: finish })
}

/** The worker does not know what became of its finish, and tries again while the server is still at it. */
async function inFinish(workers: Workers, round: Round): Promise<void> {
  const { first, second, task, terms } = workers
  if (!(await gets(first, workers, round))) return
  const until = round.now() + (terms.leaseMs ?? 0)
  await holding(round, [task], [first], async (send) => {
    await send({ by: first, operation: finish })
    cutOff(first, round)
    await send({ by: first, operation: finish })
  })
  await round.perform({ by: second, operation: claim })
  await round.passes(Math.max(0, until - round.now()))
  if (await gets(second, workers, round)) await round.perform({ by: second, operation: finish })
}

/** @returns whether somebody who asks is given a task. */
async function gets(by: Participant, { terms }: Workers, round: Round): Promise<boolean> {
  return taskOf(await round.perform({ by, operation: claim }), terms.by) !== null
}

/** A caller whose path has no connection to cut simply does nothing more. */
function cutOff(by: Participant, round: Round): void {
  const path = round.pathOf(claim)
  if (path.cut === undefined) round.mark('cut', 'it does nothing more', [by.session])
  else round.cut(by, path.name)
}

/** @returns whether the second worker got the task of the first, which it asks for until the stated time is over. */
async function askUntilTaken({ second, terms, recoverMs }: Workers, round: Round): Promise<boolean> {
  const deadline = round.now() + recoverMs
  const pause = Math.max(shortestPause, (terms.leaseMs ?? 0) * shareOfLease)
  const taken = () => (crashIn(round.events, terms)?.successor ?? null) !== null
  while (!taken()) {
    if (round.now() >= deadline) return false
    await round.perform({ by: second, operation: claim })
    if (!taken()) await round.passes(pause)
  }
  return true
}
