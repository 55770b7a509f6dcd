import { sendWhileLocked } from '../interleave.ts'
import {
  type ClaimTerms,
  claimOperation as claim,
  crashIn,
  finishOperation as finish,
  taskOf,
} from '../judges/claims.ts'
import type { Participant } from '../participant.ts'
import type { Round } from '../round.ts'

/** The points at which a worker can be cut off. */
export const crashes = ['in-claim', 'after-claim', 'before-finish', 'in-finish'] as const
export type CrashMoment = (typeof crashes)[number]

/** The two workers of a crash: the first is cut off, the second takes over. */
export interface Workers {
  readonly first: Participant
  readonly second: Participant
  /** The fixture that is claimed. */
  readonly task: string
  readonly terms: ClaimTerms
  /** Milliseconds after the crash within which the second worker keeps asking. */
  readonly recoverMs: number
}

/** The interval between two requests, as a share of the lease. */
const shareOfLease = 0.1
/** The minimum interval between two requests, in milliseconds. */
const shortestPause = 50

/** Cuts off one worker at the given point and lets the other take over, and records both in the history. */
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

/** The claim is never committed, so there is no lease to wait for, and the first worker does not come back. */
async function inClaim(workers: Workers, round: Round): Promise<void> {
  const { first, second } = workers
  await round.transact({ by: first, operation: claim }, 'begin')
  if (!(await gets(first, workers, round))) return
  cutOff(first, round)
  if (await askUntilTaken(workers, round)) await round.perform({ by: second, operation: finish })
}

/** The first worker comes back while the second one works on the task. */
async function afterClaim(workers: Workers, round: Round): Promise<void> {
  const { first, second } = workers
  if (!(await gets(first, workers, round))) return
  cutOff(first, round)
  if (!(await askUntilTaken(workers, round))) return
  await round.perform({ by: first, operation: finish })
  await round.perform({ by: second, operation: finish })
}

/** The first worker has used half of its lease, and comes back after the second one has finished. */
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

/** The first worker does not know the outcome of its finish, and retries while the server still executes it. */
async function inFinish(workers: Workers, round: Round): Promise<void> {
  const { first, second, task, terms } = workers
  if (!(await gets(first, workers, round))) return
  const until = round.now() + (terms.leaseMs ?? 0)
  await sendWhileLocked(round, [task], [first], async (send) => {
    await send({ by: first, operation: finish })
    cutOff(first, round)
    await send({ by: first, operation: finish })
  })
  await round.perform({ by: second, operation: claim })
  await round.passes(Math.max(0, until - round.now()))
  if (await gets(second, workers, round)) await round.perform({ by: second, operation: finish })
}

/** @returns whether a worker that asks gets a task. */
async function gets(by: Participant, { terms }: Workers, round: Round): Promise<boolean> {
  return taskOf(await round.perform({ by, operation: claim }), terms.by) !== null
}

/** Without a connection to cut, the worker only stops sending requests. */
function cutOff(by: Participant, round: Round): void {
  const path = round.pathOf(claim)
  if (path.cut === undefined) round.mark('cut', 'it does nothing more', [by.session])
  else round.cut(by, path.name)
}

/** @returns whether the second worker got the task of the first before the deadline. */
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
