import type { PrivilegedSession } from '../../model/session.ts'
import type { Absence, AccessPath } from '../path.ts'
import { attempt, closeConnections, hold } from './attempt.ts'
import { faces } from './faces.ts'
import { probe } from './probe.ts'
import { topicShelf, topics } from './topics.ts'
import { verbs } from './verbs.ts'

/** Channels and the changes of tables through Realtime's WebSocket at `/realtime/v1`. */
export const realtime: AccessPath = {
  name: 'realtime',
  sendsHeaders: true,
  resources: ['channel', 'table'],
  stores: [topics],
  shelf: ({ kind }) => (kind === 'channel' ? topicShelf : null),
  absence: async (_, privileged: PrivilegedSession): Promise<Absence | null> => await probe(privileged),
  verbs,
  faces,
  // Most of an attempt is waiting: a refused join is answered five seconds late.
  abreast: 7,
  slowness: 6,
  attempt,
  hold,
  close: closeConnections,
}
