import { setTimeout as pause } from 'node:timers/promises'
import { nextWait } from './retry-wait.ts'

/** How a request waits and is sent again under a rate limit. */
export interface BackoffOptions<A> {
  /** @returns `Retry-After` when the request was turned away before anything read it; else undefined. */
  retryAfterOf(answer: A): string | null | undefined
  /** Milliseconds that one request may wait in all. */
  readonly longestMs: number
  /** Called with the length of every wait when the wait begins. */
  readonly onWait?: (milliseconds: number) => void
  /** Ends a wait. */
  readonly signal?: AbortSignal
}

/**
 * Sends a request, and sends it again after a wait as long as a rate limit refuses it. Nothing else is sent twice: a request that
 * was refused for its rate was certainly not processed.
 *
 * @returns the last answer, which may be one more refusal, and how often the request had to wait.
 * @throws the signal's reason when it is aborted while the request waits.
 */
export async function withBackoff<A>(
  send: () => Promise<A>,
  { retryAfterOf: turnedAway, longestMs, onWait, signal }: BackoffOptions<A>,
): Promise<{ readonly answer: A; readonly waits: number }> {
  let waitedMs = 0
  for (let waits = 0; ; waits += 1) {
    const answer = await send()
    const retryAfter = turnedAway(answer)
    if (retryAfter === undefined) return { answer, waits }
    const refusal = { retryAfter, times: waits + 1, waitedMs }
    const wait = nextWait(refusal, { longestMs, now: Date.now(), random: Math.random() })
    if (wait === null) return { answer, waits }
    onWait?.(wait)
    await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
    waitedMs += wait
  }
}
