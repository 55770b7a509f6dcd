import { setTimeout as pause } from 'node:timers/promises'

/**
 * A rate limiter: every call waits for its turn.
 *
 * @param perSecond turns a second.
 */
function rateLimiter(perSecond: number): () => Promise<void> {
  const apart = 1000 / perSecond
  let next = 0
  return async () => {
    const now = performance.now()
    const turn = Math.max(now, next)
    next = turn + apart
    if (turn > now) await pause(turn - now)
  }
}

/**
 * Calls a second, below the quotas of a project on the smallest plan: 100 joins, 100 messages and 20 presence messages a second
 * (supabase.com/docs/guides/realtime/limits). Other processes may use the same quotas.
 */
export const rateLimiters = { join: rateLimiter(60), message: rateLimiter(40), presence: rateLimiter(16) } as const

/** Milliseconds to wait for an answer of each kind. A passed deadline proves nothing: the outcome is unknown. */
export const timeouts = {
  /** A refused join is answered five seconds late (Realtime, CHANNEL_ERROR_BACKOFF_MS). */
  join: 12_000,
  message: 10_000,
  /** The first subscriber of a project has to wait for a replication slot. */
  subscription: 30_000,
  change: 20_000,
  close: 2_000,
} as const
