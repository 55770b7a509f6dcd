import type { Expectation } from '../model/verdict.ts'

/** An expectation that decides. */
export type Decided = Extract<Expectation, { readonly decision: 'allow' | 'deny' }>

/** What is to be written about one cell. */
export interface Decision {
  readonly actor: string
  readonly operation: string
  readonly expected: Decided
}
