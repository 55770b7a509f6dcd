import type { Observed } from '../model/verdict.ts'

/** @returns the observation of an undecided cell, as a sentence without its end: `refused: rls`. */
export function describeObserved(observed: Observed): string {
  switch (observed.kind) {
    case 'access':
      return observed.what
    case 'refused':
      return observed.layer === null ? 'the two answers look the same' : `refused: ${observed.layer}`
    case 'unknown':
      return `not known: ${observed.why}`
  }
}
