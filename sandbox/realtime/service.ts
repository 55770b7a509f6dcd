import type pg from 'pg'
import type { Changes } from './changes.ts'
import type { Hub } from './hub.ts'
import type { Presence } from './presence.ts'
import type { Stream } from './stream.ts'
import type { Tokens } from './tokens.ts'

/** What every connection of one sandbox's Realtime shares. */
export interface Service {
  /** Connected as the superuser, who becomes each caller's role to ask what it may. */
  pool: pg.Pool
  tokens: Tokens
  hub: Hub
  presence: Presence
  changes: Changes
  stream: Stream
  /** Milliseconds before a refused join is answered. */
  refusalDelay: number
}
