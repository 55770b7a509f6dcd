import type {
  ControlObservation,
  Effect,
  Expectation,
  Layer,
  Meaning,
  Observation,
  Reading,
} from '../../harness/model/verdict.ts'

/** Small parts from which the tests of the judge put cases together. */

export const done: Meaning = { kind: 'done' }
export const unknown: Meaning = { kind: 'unknown', why: 'a 500' }
export const broken: Meaning = { kind: 'broken', why: 'a policy refers to itself' }
export const unusable: Meaning = { kind: 'unusable', why: 'a misspelt column' }

export function refusedBy(layer: Layer): Meaning {
  return { kind: 'denied', layer }
}

export const standing: Effect = { kind: 'standing' }
export const nothing: Effect = { kind: 'nothing' }
export const happened: Effect = { kind: 'happened', what: 'own.title changed' }
export const otherwise: Effect = { kind: 'otherwise', what: 'own is gone' }
export const missing: Effect = { kind: 'missing', what: 'own' }
export const unread: Effect = { kind: 'unread', why: 'connection lost' }

export const empty: Reading = { reach: ['own'], seen: [], columns: [], others: 0 }
export const full: Reading = { reach: ['own'], seen: ['own'], columns: ['id', 'title'], others: 0 }

export function deny(...layers: readonly Layer[]): Expectation {
  return { decision: 'deny', layers: layers.length > 0 ? layers : ['unauthenticated', 'grant', 'rls', 'filtered'] }
}

export function allow(
  more: { exactly?: string[]; columns?: string[]; returns?: number | null; endsWithin?: number } = {},
): Expectation {
  return { decision: 'allow', ...more }
}

export function saw(meaning: Meaning, effect: Effect, reading?: Reading): Observation {
  return { meaning, effect, ...(reading === undefined ? {} : { reading }) }
}

export function control(meaning: Meaning, effect: Effect, reading?: Reading): ControlObservation {
  return { by: 'alice', ...saw(meaning, effect, reading) }
}

/** A read and a write by a caller that is allowed. */
export const readWorked = control(done, standing, full)
export const writeWorked = control(done, happened)
