import type { CellRecord } from '../model/record.ts'

/**
 * What an actor could really do, whatever was expected. `proven` tells whether a control stood behind a refusal; half-way
 * through a migration there is often nobody yet who may.
 */
export type Access =
  | { readonly way: 'open' | 'wide open' }
  | { readonly way: 'closed'; readonly proven: boolean }
  | { readonly way: 'unproven' }

type Judged = Pick<CellRecord, 'verdict' | 'denial' | 'expected' | 'credential'>

/** @returns what a cell's record shows about the access of its actor. */
export function accessOf({ verdict, denial, expected, credential }: Judged): Access {
  switch (verdict) {
    case 'breach':
      return { way: 'wide open' }
    case 'held':
      return expected.decision === 'allow' ? { way: 'open' } : { way: 'closed', proven: true }
    case 'lockout':
    case 'wrong-layer':
      return { way: 'closed', proven: true }
    case 'inconclusive':
      // A layer refused it, and only its control is in doubt; where a sound credential was refused, more is.
      return denial === null || (denial === 'unauthenticated' && credential === 'intact')
        ? { way: 'unproven' }
        : { way: 'closed', proven: false }
    case 'undecided':
    case 'error':
      return { way: 'unproven' }
  }
}
