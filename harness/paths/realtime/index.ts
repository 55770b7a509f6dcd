import type { PrivilegedSession } from '../../model/session.ts'
import type { AccessPath, MissingResource } from '../path.ts'
import { attempt, closeConnections, hold } from './attempt.ts'
import { probe } from './probe.ts'
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
