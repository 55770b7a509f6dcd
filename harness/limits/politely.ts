import { setTimeout as pause } from 'node:timers/promises'
import { nextWait } from './patience.ts'

/** How a request behaves where the rate of requests is limited. */
export interface Politeness<A> {
  /** @returns `Retry-After` when the request was turned away before anything read it; else undefined. */
  turnedAway(answer: A): string | null | undefined
  /** Milliseconds that one request may wait in all. */
  readonly longestMs: number
  /** Told of every wait when it begins. */
  readonly onWait?: (milliseconds: number) => void
  /** Ends a wait. */
  readonly signal?: AbortSignal
}

/**
 * Sends a request, and sends it again after a while as long as it is turned away for the rate of requests. Nothing else
 * is sent twice: what was turned away was certainly not processed.
 *
 * @returns the last answer, which may be one more refusal, and how often the request had to wait.
 * @throws the signal's reason when it is aborted while the request waits.
 */
export async function politely<A>(
  send: () => Promise<A>,
  { turnedAway, longestMs, onWait, signal }: Politeness<A>,
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
