import { z } from 'zod'
import { denyForm } from '../../matrix/matrix-schema.ts'
import type { Finding, HistoryEvent } from '../../model/scenario.ts'
import { duration, milliseconds } from '../duration.ts'
import { layersIn } from '../expected-denial.ts'
import { operationsIn } from '../history-text.ts'
import { openTogether, sendTogether } from '../interleave.ts'
import { judgeClaimRespected } from '../judges/claim-respected.ts'
import { type ClaimTerms, claimOperation as claim, finishOperation as finish, finishesIn } from '../judges/claims.ts'
import { effectsRead, judgeDoneOnce } from '../judges/done-once.ts'
import { judgeNobodyWaits } from '../judges/nobody-kept-waiting.ts'
import { judgeRecovery } from '../judges/recovered-within.ts'
import { judgeState } from '../judges/state.ts'
import { judgeUnderWay } from '../judges/under-way.ts'
import { losingLayers, won } from '../judges/winners.ts'
import { judgeZombie } from '../judges/zombie-fenced.ts'
import type { Names } from '../names.ts'
import { participantsOf } from '../participant.ts'
import { defineRecipe } from '../recipe.ts'
import type { Round } from '../round.ts'
import { checkExpected, rowsExpected, stateExpected } from '../state.ts'
import { crashes, crashNow, type Workers } from './worker-crash.ts'

const name = z.string().min(1)
const crash = z.enum(crashes)

const schema = z.strictObject({
  workers: z
    .array(name)
    .min(2)
    .describe('the actors who take tasks, a session for each; the first is cut off and the second takes over'),
  task: z
    .union([name, z.array(name).min(1)])
    .describe('the fixture that is taken first; where no worker is cut off, all that there are to take'),
  by: name.optional().describe('the column of a claim’s answer that identifies the task; default: id'),
  crash: z
    .union([crash, z.array(crash).min(1)])
    .optional()
    .describe('when the first worker is cut off; several moments take turns, a round each'),
  lease: duration.optional().describe('for how long a claim is valid; it does not run out when left out'),
  recovered_within: duration.optional().describe('how long after the crash another worker has the task at the latest'),
  expect: z
    .strictObject({
      effects: rowsExpected.optional().describe('the rows that a finished task leaves, and how many'),
      zombie: z.string().regex(denyForm).optional().describe('how the worker is refused that comes back'),
      final: stateExpected.optional().describe('what is true afterwards'),
    })
    .optional(),
})

type Body = z.output<typeof schema>

/** The recipe's own keys, as its schema takes them. */
export type WorkerClaimKeys = z.input<typeof schema>

/** Workers claim tasks with leases; one of the workers may be cut off. */
export const workerClaim = defineRecipe({
  name: 'worker-claim',
  summary: 'workers claim tasks at once, or one is cut off and another takes over; what is done is done once',
  schema,
  rounds: crashes.length,
  roundMs: 800,
  overlap: () => 0,
  check,
  participants: ({ workers }) => participantsOf(workers),
  // The witness sees waiting workers in the locks, and a lock keeps a finish under way.
  needs: ({ crash: moments = 'in-finish' }) => (moments.includes('in-finish') ? ['database'] : []),
  async round(body, round) {
    const moment = momentOf(body, round.number)
    await (moment === null ? atOnce(body, round) : crashNow(moment, workersOf(body), round))
    const { effects, final } = body.expect ?? {}
    if (effects !== undefined) await round.witness.state(effectsRead, { [effects.table]: effects })
    if (final !== undefined) await round.witness.state('afterwards', final)
  },
  judge: (body, events, round) => [
    ...judgeMoment(body, events, round),
    ...judgeDoneOnce(termsOf(body), events, round),
    ...judgeState(events, 'afterwards', round, isSettled(body, events)),
  ],
})

/** The final state is brought about by a finish or, if no worker is cut off, by the claims. */
function isSettled({ crash: moments }: Body, events: readonly HistoryEvent[]): boolean {
  if (moments !== undefined) return finishesIn(events).some(won)
  const operations = operationsIn(events)
  return operations.some(won) && operations.every(({ fate }) => fate !== 'unknown')
}

function judgeMoment(body: Body, events: readonly HistoryEvent[], round: number): readonly Finding[] {
  const moment = momentOf(body, round)
  const terms = termsOf(body)
  const respected = judgeClaimRespected(terms, events, round)
  if (moment === null) return [...respected, ...judgeNobodyWaits(events, round)]
  if (moment === 'in-finish') {
    // This round tests the finish: another worker may ask too late to meet the claim.
    return [...respected.filter(({ verdict }) => verdict !== 'inconclusive'), ...judgeUnderWay(events, round)]
  }
  const { zombie } = body.expect ?? {}
  const layers = zombie === undefined ? losingLayers : layersIn(zombie)
  const withinMs = milliseconds(body.recovered_within ?? '')
  return [
    ...respected,
    ...judgeRecovery({ ...terms, withinMs }, events, round),
    ...judgeZombie({ ...terms, layers }, events, round),
  ]
}

/**
 * Every claim is made while the claims before it are open. If every operation is a transaction of its own, the witness locks
 * the first task, as an uncommitted claim does.
 */
async function atOnce(body: Body, round: Round): Promise<void> {
  const acts = round.turned(participantsOf(body.workers)).map((by) => ({ by, operation: claim }))
  if (round.pathOf(claim).transaction !== undefined) await openTogether(round, acts)
  else await sendTogether(round, acts, tasksOf(body).slice(0, 1))
}

function tasksOf({ task }: Body): readonly string[] {
  return typeof task === 'string' ? [task] : task
}

/** @returns when the first worker of a round is cut off; null for never. */
function momentOf({ crash: moments }: Body, round: number) {
  const list = typeof moments === 'string' ? [moments] : (moments ?? [])
  return list[(round - 1) % Math.max(1, list.length)] ?? null
}

function workersOf(body: Body): Workers {
  const [first, second] = participantsOf(body.workers)
  if (first === undefined || second === undefined) throw new Error('a scenario with fewer than two workers was let in')
  const [task = ''] = tasksOf(body)
  const recoverMs = milliseconds(body.recovered_within ?? '')
  return { first, second, task, terms: termsOf(body), recoverMs }
}

function termsOf({ by = 'id', lease }: Body): ClaimTerms {
  return { by, leaseMs: lease === undefined ? null : milliseconds(lease) }
}

function check(body: Body, names: Names): void {
  names.operation(claim, ['workers'])
  for (const [index, actor] of body.workers.entries()) names.actor(actor, ['workers', index], claim)
  for (const fixture of tasksOf(body)) names.fixture(fixture, ['task'])
  const { effects, final = {} } = body.expect ?? {}
  checkExpected(final, ['expect', 'final'], names)
  if (effects !== undefined) checkExpected({ effects }, ['expect'], names)
  if (body.crash === undefined) checkAtOnce(body, names)
  else checkCrash(body, names)
}

function checkAtOnce(body: Body, names: Names): void {
  const open = names.path(claim)?.transaction === undefined ? 1 : 0
  const wanted = body.workers.length + open
  const count = tasksOf(body).length
  if (count >= wanted) return
  const why = open === 0 ? 'one for each worker' : 'one for each worker, and one that is held'
  names.refuse(['task'], 'too-few-tasks', `${count} of them`, `at least ${wanted}: ${why}`)
}

function checkCrash(body: Body, names: Names): void {
  names.operation(finish, ['crash'])
  if (body.workers.length > 2) {
    names.refuse(
      ['workers'],
      'too-many-workers',
      `${body.workers.length} of them`,
      'two: one is cut off, one takes over',
    )
  }
  for (const key of ['lease', 'recovered_within'] as const) {
    if (body[key] !== undefined) continue
    names.refuse(['crash'], 'missing-key', `no \`${key}\``, `\`${key}\`, a time such as \`2s\``)
  }
  if (milliseconds(body.recovered_within ?? '') <= milliseconds(body.lease ?? '')) {
    names.refuse(
      ['recovered_within'],
      'too-short',
      'no more than the lease',
      'a longer time: a claim is valid until then',
    )
  }
  if (body.expect?.effects === undefined) {
    names.refuse(['crash'], 'missing-key', 'no `effects` under `expect`', 'the rows that a finished task leaves')
  }
  const path = names.path(claim)
  const moments = typeof body.crash === 'string' ? [body.crash] : (body.crash ?? [])
  if (!moments.includes('in-claim') || path === undefined || path.transaction !== undefined) return
  const found = `\`in-claim\`, though every operation of ${path.name} is a transaction of its own`
  names.refuse(['crash'], 'no-transaction', found, 'another moment, or workers who log in to the database')
}
