import type { Expectation } from '../model/verdict.ts'

/** An expectation that decides. */
export type Decided = Extract<Expectation, { readonly decision: 'allow' | 'deny' }>

/** The decision to write for one cell. */
export interface Decision {
  readonly actor: string
  readonly operation: string
  readonly expected: Decided
}
