import type { Footprint, Meanwhile } from '../paths/path.ts'

/** What the witness does to a fixture during an attempt. */
export type FixtureEvent = Exclude<Meanwhile, { readonly kind: 'add' }>

/** @returns what third parties do to fixtures during an attempt, in order. */
export function fixtureEvents({ meanwhile = [], afterwards = [] }: Footprint): readonly FixtureEvent[] {
  return [...meanwhile, ...afterwards].filter((event) => event.kind !== 'add')
}
