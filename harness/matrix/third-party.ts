import type { Footprint, Meanwhile } from '../paths/path.ts'

/** @returns what third parties do to fixtures during an attempt, in order. */
export function fixtureEvents({ meanwhile = [], afterwards = [] }: Footprint): readonly Meanwhile[] {
  return [...meanwhile, ...afterwards]
}
