/** A request that was turned away for the rate of requests, before anything read it. */
export interface RateLimitRefusal {
  /** The header `Retry-After`, as it came. */
  readonly retryAfter: string | null
  /** How often the same request has been turned away by now, this time included. */
  readonly times: number
  /** Milliseconds that it has waited already. */
  readonly waitedMs: number
}

/** The inputs of a wait besides the answer. */
export interface WaitInputs {
  /** Milliseconds that one request may wait in all. */
  readonly longestMs: number
  /** Unix time in milliseconds. */
  readonly now: number
  /** From 0 to 1: requests that were turned away together do not come back together. */
  readonly random: number
}

const firstWait = 1000
const longestStep = 30_000

/**
 * Computes the wait before the same request is sent again: `Retry-After` (seconds or a date: RFC 9110, section 10.2.3), else
 * twice as long as the time before, and up to a quarter more. Pure.
 *
 * @returns milliseconds; null when that would exceed the longest wait.
 */
export function nextWait(
  { retryAfter, times, waitedMs }: RateLimitRefusal,
  { longestMs, now, random }: WaitInputs,
): number | null {
  const asked = millisecondsIn(retryAfter, now) ?? Math.min(firstWait * 2 ** (times - 1), longestStep)
  const wait = Math.ceil(asked * (1 + random / 4))
  return waitedMs + wait > longestMs ? null : wait
}

/** @returns null when the header is missing or unreadable, or its time is zero. */
function millisecondsIn(header: string | null, now: number): number | null {
  if (header === null) return null
  const asked = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return asked > 0 ? asked : null
}
