/** The disturbance of one run. */
export interface Disturbance {
  /** A fault's name, `kill`, or `none`. */
  readonly kind: string
  /** When it happens, as a share of an undisturbed run's duration. */
  readonly moment: number
  /** For how many milliseconds a service is away. */
  readonly away: number
}

/**
 * Plans the runs: so many at random places are killed; the others get the faults in turn, and none in between.
 *
 * @param seed the same seed plans the same disturbances.
 */
export function planRuns(runs: number, kills: number, seed: number, faults: readonly string[]): Disturbance[] {
  const random = generator(seed)
  const kinds = ['none', ...faults]
  const places = Array.from({ length: runs }, (_, place) => ({ place, order: random() }))
  const killed = new Set(
    places
      .toSorted((one, other) => one.order - other.order)
      .slice(0, kills)
      .map(({ place }) => place),
  )
  let turn = 0
  return places.map(({ place }) => {
    const kind = killed.has(place) ? 'kill' : (kinds[turn++ % kinds.length] ?? 'none')
    return { kind, moment: random(), away: Math.round(500 + 3000 * random()) }
  })
}

/** Mulberry32, a public-domain generator of 32 bits by Tommy Ettinger. @returns numbers from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
