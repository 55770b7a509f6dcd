import type { Footprint, ThirdPartyEvent } from '../paths/path.ts'

/** @returns the events that third parties cause on fixtures during an attempt, in order. */
export function fixtureEvents({ meanwhile = [], afterwards = [] }: Footprint): readonly ThirdPartyEvent[] {
  return [...meanwhile, ...afterwards]
}
