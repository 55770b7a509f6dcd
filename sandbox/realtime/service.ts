import type pg from 'pg'
import type { Changes } from './changes.ts'
import type { Hub } from './hub.ts'
import type { Presence } from './presence.ts'
import type { Stream } from './stream.ts'
import type { Tokens } from './tokens.ts'

/** The parts that all connections of one sandbox's Realtime share. */
export interface Service {
  /** Connected as the superuser, which sets each caller's role to check permissions. */
  pool: pg.Pool
  tokens: Tokens
  hub: Hub
  presence: Presence
  changes: Changes
  stream: Stream
  /** Milliseconds before a refused join is answered. */
  refusalDelay: number
}
