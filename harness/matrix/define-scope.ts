import type { Json } from '../json.ts'

/** The names that the operations and expectations of one matrix may use. */
export interface Scope {
  readonly database: unknown
  /** The name of the table, view, function, channel or bucket. */
  readonly resource: string
  readonly fixture: string
  /** A fixture, or a row of the world. */
  readonly row: string
  readonly operation: string
  readonly invariant: string
  /** Actors and groups. */
  readonly asker: string
}

export interface Proving<Names extends Scope> {
  readonly proves?: readonly Names['invariant'][]
}

/** An operation whose request may have headers of the matrix. */
export interface Sending<Names extends Scope> extends Proving<Names> {
  readonly headers?: Readonly<Record<string, string>>
}

/** Rows of others come along by design. */
export interface Listing<Names extends Scope> extends Proving<Names> {
  readonly others?: 'allow'
}

export type OneOrMore<Type> = Type | readonly Type[]

export type JsonValues = Readonly<Record<string, Json>>
