/** The quota of a limiter: a number of requests at once, and then this rate. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** How much is left of a rate, at a time. Less than nothing when requests wait for their turn already. */
export interface Quota {
  readonly left: number
  /** Unix time in milliseconds. */
  readonly at: number
}

/** @returns the current remainder; all of it before the first request, or when the clock was set back. Pure. */
export function quotaNow(known: Quota | undefined, { burst, perSecond }: Rate, now: number): Quota {
  if (known === undefined || now < known.at) return { left: burst, at: now }
  return { left: Math.min(burst, known.left + ((now - known.at) / 1000) * perSecond), at: now }
}

/** @returns milliseconds that the last of so many concurrent requests has to wait. Pure. */
export function waitFor(count: number, { left }: Quota, { perSecond }: Rate): number {
  return Math.max(0, Math.ceil(((count - left) / perSecond) * 1000))
}

/** @returns the remainder after so many requests have been sent, or have been given their turn. Pure. */
export function afterCalls(count: number, { left, at }: Quota): Quota {
  return { left: left - count, at }
}
