/** How often something may be asked: so many times at once, and then at this rate. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** How much is left of a rate, at a time. Less than nothing when requests wait for their turn already. */
export interface Allowance {
  readonly left: number
  /** Unix time in milliseconds. */
  readonly at: number
}

/** @returns what is left now; all of it when nothing was asked yet, or when the clock was put back. Pure. */
export function allowanceNow(known: Allowance | undefined, { burst, perSecond }: Rate, now: number): Allowance {
  if (known === undefined || now < known.at) return { left: burst, at: now }
  return { left: Math.min(burst, known.left + ((now - known.at) / 1000) * perSecond), at: now }
}

/** @returns milliseconds that the last of so many requests has to wait when all want to go now. Pure. */
export function waitFor(count: number, { left }: Allowance, { perSecond }: Rate): number {
  return Math.max(0, Math.ceil(((count - left) / perSecond) * 1000))
}

/** @returns what is left when so many requests have been let go, or have been given their turn. Pure. */
export function without(count: number, { left, at }: Allowance): Allowance {
  return { left: left - count, at }
}
