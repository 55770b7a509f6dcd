import type { PrivilegedSession } from '../../model/session.ts'
import type { AccessPath, MissingResource } from '../path.ts'
import { attempt, closeConnections, hold } from './attempt.ts'
import { join } from './channel.ts'
import { Connection } from './connection.ts'
import { newMark } from './messages.ts'
import { responses } from './responses.ts'
import { topicFixtureStore, topics } from './topics.ts'
import { verbs } from './verbs.ts'

/** Channels and the changes of tables through Realtime's WebSocket at `/realtime/v1`. */
export const realtime: AccessPath = {
  name: 'realtime',
  sendsHeaders: true,
  resources: ['channel', 'table'],
  stores: [topics],
  fixtureStore: ({ kind }) => (kind === 'channel' ? topicFixtureStore : null),
  findMissing: async (_, privileged: PrivilegedSession): Promise<MissingResource | null> => await probe(privileged),
  verbs,
  responses,
  // Most of an attempt is waiting: a refused join is answered five seconds late.
  concurrencyFactor: 7,
  durationFactor: 6,
  attempt,
  hold,
  close: closeConnections,
}

const hint =
  'Switch it on at dashboard › Realtime › Settings, or by `[realtime] enabled = true` in supabase/config.toml.'

/** Asks once whether a target has Realtime. @returns null when it has, or when that is unknown. */
async function probe(privileged: PrivilegedSession): Promise<MissingResource | null> {
  const connection = new Connection(privileged)
  try {
    const joined = await join(connection, { topic: `trespass-${newMark()}`, private: true })
    if (joined.kind !== 'shut' || ![403, 404].includes(joined.handshake.status)) return null
    return { found: 'a target whose Realtime is switched off', expected: 'Realtime', hint }
  } finally {
    await connection.close()
  }
}
