import type { Layers } from '../matrix/define-expect.ts'
import type { JsonValues, OneOrMore } from '../matrix/define-scope.ts'
import type { Exclusive } from '../matrix/exclusive.ts'

type Refusal = 'deny' | `deny(${Layers})`

/** A time such as `500ms`, `2s` or `1.5min`. */
type Duration = `${number}${'ms' | 's' | 'min'}`

/** By operation: the actors that carry it out at once, a session for each. */
type Performed = Readonly<Record<string, readonly string[]>>

/** A number of winners, or its limits. */
type Winners = number | { readonly at_least?: number; readonly at_most: number }

type RowBound = number | { readonly at_most: number } | { readonly at_least: number }

interface ExpectedRows {
  readonly table: string
  readonly where: JsonValues
  readonly count?: RowBound
  readonly sum?: Readonly<Record<string, RowBound>>
  readonly each?: JsonValues
}

/** The expected final state: columns of a fixture, or rows of a table. */
type ExpectedState = Readonly<Record<string, ExpectedRows | JsonValues>>

export interface Contended {
  readonly contest: Performed
  readonly gate?: OneOrMore<string>
  readonly expect: {
    readonly winners: Winners
    readonly losers?: Refusal
    readonly final?: ExpectedState
  }
}

export interface Replayed {
  readonly deliver: { readonly together: Performed; readonly again?: Performed; readonly different: Performed }
  readonly gate?: OneOrMore<string>
  readonly expect: {
    readonly answers?: Readonly<Record<string, 'accepted' | Refusal>>
    readonly effect: ExpectedState
    readonly different: ExpectedState
  }
}

export interface InterruptedMigration {
  readonly migration: string
  readonly cut?: readonly ('error' | 'statement-timeout' | 'lost-connection')[]
  readonly applied_by?: 'supabase-cli' | 'sql-editor' | 'psql' | 'psql-single-transaction'
  readonly matrices: readonly string[]
}

type Crash = 'in-claim' | 'after-claim' | 'before-finish' | 'in-finish'

export interface WorkerClaim {
  readonly workers: readonly string[]
  readonly task: OneOrMore<string>
  readonly by?: string
  readonly crash?: OneOrMore<Crash>
  readonly lease?: Duration
  readonly recovered_within?: Duration
  readonly expect?: {
    readonly effects?: ExpectedRows
    readonly zombie?: Refusal
    readonly final?: ExpectedState
  }
}

export interface Revoked {
  readonly member: string
  readonly control: string
  readonly revoke: Exclusive<
    | { readonly remove: string }
    | { readonly change: string; readonly set: JsonValues }
    | { readonly sign_out: 'member' }
    | { readonly ban: 'member' }
    | { readonly delete_user: 'member' }
  >
  readonly ends_within: Readonly<Record<string, Duration>>
  readonly every?: Duration
  readonly token_lasts?: Duration
  readonly renews_after?: Duration
  readonly write?: {
    readonly operation: string
    readonly gate: OneOrMore<string>
    readonly during: 'allow' | 'deny' | 'either'
  }
}
