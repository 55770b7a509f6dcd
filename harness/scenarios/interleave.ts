import { TrespassError } from '../errors.ts'
import type { OperationEvent } from '../model/scenario.ts'
import type { Waiting } from '../witness/gate.ts'
import type { Participant } from './participant.ts'
import type { Act, Round } from './round.ts'

/**
 * Sends the operations of several sessions concurrently. With a gate, each request is sent as soon as the one before it is seen
 * waiting for a lock, and all of them proceed when the gate opens; so a repeated round has the same order in the queue. Without
 * a gate, all requests are sent at the same time.
 *
 * @param gate the names of the rows to lock meanwhile; null for none.
 */
export async function sendTogether(
  round: Round,
  acts: readonly Act[],
  gate: readonly string[] | null,
): Promise<readonly OperationEvent[]> {
  if (gate !== null && round.target.databaseUrl !== null) {
    const by = acts.map((act) => act.by)
    return sendWhileLocked(round, gate, by, async (send) => {
      for (const act of acts) await send(act)
    })
  }
  const ready = acts.map((act) => round.prepare(act))
  const names = acts.map(({ by }) => by.session)
  const sent = ready.map((one) => one.send())
  round.mark('released', gate === null ? 'at once' : 'at once: without a database URL there is no gate', names)
  return Promise.all(sent)
}

/**
 * Locks rows while `meanwhile` runs. Operations that it sent complete after the gate has been opened.
 *
 * @param rows the names of the rows.
 * @param by the participants that will wait for the rows.
 * @param meanwhile `send` sends an operation and returns as soon as it is seen waiting, or has been answered.
 * @returns the completions of all operations that were sent.
 * @throws TrespassError `no-gate` without a database URL.
 */
export async function sendWhileLocked(
  round: Round,
  rows: readonly string[],
  by: readonly Participant[],
  meanwhile: (send: (act: Act) => Promise<void>) => Promise<void>,
): Promise<readonly OperationEvent[]> {
  const gate = await round.gate(by)
  const sent: Promise<OperationEvent>[] = []
  const acts: Act[] = []
  try {
    await gate.close(rows.map((name) => round.witness.keyOf(name)))
    round.mark('gate closed', `locked: ${rows.join(', ')}`)
    const deadline = performance.now() + gate.holdMs
    const queue = new Queue()
    await meanwhile(async (act) => {
      acts.push(act)
      const one = round.start(act)
      sent.push(one.sent)
      await gate.watch((waiting) => queue.seen(act.by.session, waiting) || one.returned(), deadline)
    })
    const waiting = await gate.waiting()
    const held = queue.sessionsOf(waiting)
    round.mark('waiting', `${held.length} of ${sent.length} wait behind the gate`, held)
    const met = queue.meeting(waiting)
    if (met.length > 0) round.mark('met', 'they wait for one another', met)
    round.mark('released', 'the gate opens', [...new Set(acts.map((act) => act.by.session))])
    await gate.open()
    round.mark('gate opened', '')
    return await Promise.all(sent)
  } finally {
    await gate.end()
    await Promise.allSettled(sent)
  }
}

/**
 * Runs operations one after the other, each in its own transaction. The transactions stay open until every operation has been
 * answered or is seen waiting for an open transaction. Then all of them commit.
 *
 * @returns the completions of the operations, in order.
 * @throws TrespassError `no-gate` without a database URL, `no-transaction` where a path has none.
 */
export async function openTogether(round: Round, acts: readonly Act[]): Promise<readonly OperationEvent[]> {
  const gate = await round.gate(acts.map(({ by }) => by))
  const sent: Promise<OperationEvent>[] = []
  const pids: number[] = []
  try {
    const deadline = performance.now() + gate.holdMs
    for (const act of acts) {
      await round.transact(act, 'begin')
      const pid = round.pathOf(act.operation).backendPid?.(round.sessionOf(act.by)) ?? null
      const one = round.start(act)
      sent.push(one.sent)
      let waits = false
      await gate.watch(
        (waiting) => {
          waits = waiting.some((backend) => backend.pid === pid)
          return waits || one.returned()
        },
        deadline,
        pids,
      )
      if (waits) round.mark('waiting', 'it waits for a transaction that is open', [act.by.session])
      if (pid !== null) pids.push(pid)
    }
    round.mark('note', 'all of them have been answered or wait; those who were answered commit')
    return await Promise.all(
      acts.map(async (act, index) => {
        const event = await sent[index]
        if (event === undefined) throw new TrespassError('not-sent', `${act.by.session} sent nothing`)
        await round.transact(act, 'commit')
        return event
      }),
    )
  } finally {
    await gate.end()
    await Promise.allSettled(sent)
  }
}

/**
 * Assigns waiting backends to sessions: a backend that began to wait after a session sent its request belongs to that session.
 */
class Queue {
  readonly #sessions = new Map<number, string>()

  /** @returns true if a backend waits that did not wait before. */
  seen(session: string, waiting: readonly Waiting[]): boolean {
    const fresh = waiting.find(({ pid }) => !this.#sessions.has(pid))
    if (fresh !== undefined) this.#sessions.set(fresh.pid, session)
    return fresh !== undefined
  }

  sessionsOf(waiting: readonly Waiting[]): readonly string[] {
    return waiting.flatMap(({ pid }) => this.#sessions.get(pid) ?? [])
  }

  /** @returns the sessions that wait for another one of them, or that another one waits for. */
  meeting(waiting: readonly Waiting[]): readonly string[] {
    const edges = waiting.flatMap((one) =>
      one.for.filter((other) => this.#sessions.has(other)).flatMap((other) => [one.pid, other]),
    )
    return [...new Set(edges)].flatMap((pid) => this.#sessions.get(pid) ?? [])
  }
}
