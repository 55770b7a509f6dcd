import type { SetPlan } from '../matrix/plan/plan.ts'

/** The name of the one copy of the fixtures that all sessions of a round share. */
export const sharedSetName = 'round'

/** @returns that copy, for an attempt as the given identity. */
export function sharedSet(identity: string): SetPlan {
  return { key: sharedSetName, component: 0, identity }
}
