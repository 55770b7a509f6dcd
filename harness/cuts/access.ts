import type { CellRecord } from '../model/record.ts'

/**
 * The access that an actor really had, whatever the matrix expected. `proven` states whether a control confirms a refusal; in
 * the middle of a migration often no actor is allowed yet, so there is no control.
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
      // A layer refused it, and only the control is missing. For a sound credential refused as unauthenticated, more is in
      // doubt.
      return denial === null || (denial === 'unauthenticated' && credential === 'intact')
        ? { way: 'unproven' }
        : { way: 'closed', proven: false }
    case 'undecided':
    case 'error':
      return { way: 'unproven' }
  }
}
