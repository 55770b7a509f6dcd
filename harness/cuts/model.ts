import type { Verdict } from '../model/verdict.ts'
import type { Access } from './access.ts'
import type { Applier } from './application.ts'
import type { Runs } from './kinds.ts'

/** What cuts a migration short. */
export const cutWays = ['error', 'statement-timeout', 'lost-connection'] as const
export type CutWay = (typeof cutWays)[number]

/** One statement of the migration, as a record keeps it. */
export interface StatementRecord {
  readonly number: number
  readonly line: number
  readonly kind: string
  readonly runs: Runs
  readonly note: string | null
  /** In one line. */
  readonly words: string
}

/** What one cell came to in one state of the database. */
export interface TriedCell {
  readonly id: string
  readonly actor: string
  readonly operation: string
  readonly resource: string
  readonly access: Access
  /** The verdict of the cell, in a sentence. */
  readonly because: string
}

/** The chosen matrices, tried in one state of the database. */
export interface TriedState {
  /** `before`, `after`, or the cut at which it was first met: `after 3 by error`. */
  readonly name: string
  readonly cells: readonly TriedCell[]
  /** Ids of cells that this state has no place for: their table or column is not there. */
  readonly missing: readonly string[]
  readonly durationMs: number
}

/** What becomes of the file when it is run once more after a cut. */
export interface Again {
  /** `completes`, `completes` but leaves another catalog than an application that was never cut, or `refused`. */
  readonly how: 'completes' | 'differs' | 'refused'
  readonly why: string | null
}

/** One cut: where, by what, what it left, and in which state the matrices were tried. */
export interface CutRecord {
  /** How many statements had been carried out. */
  readonly done: number
  readonly way: CutWay
  /** The statement that was cut, in one line; null when all had been carried out and the commit was left. */
  readonly statement: string | null
  readonly place: 'in its middle' | 'in its place'
  readonly said: string | null
  readonly standing: 'before' | 'after' | 'between'
  /** What is not as it was before, in words; of grants those that a client's request can use. */
  readonly remained: readonly string[]
  readonly again: Again
  /** The name of the state that the matrices were tried in. */
  readonly tried: string
  /** Without the matrices. */
  readonly durationMs: number
}

/** Everything that was found out about one migration: enough to judge it again. */
export interface CutShort {
  /** Relative to the workspace. */
  readonly file: string
  readonly applier: Applier
  readonly oneTransaction: boolean
  /** Migrations after it, which were left out. */
  readonly leftOut: readonly string[]
  readonly statements: readonly StatementRecord[]
  readonly cuts: readonly CutRecord[]
  readonly states: readonly TriedState[]
}

/** A door that stands open at a cut and at no other time. */
export interface Opening {
  readonly cut: CutRecord
  readonly cell: TriedCell
}

export interface CutJudgement {
  readonly verdict: Verdict
  /** Two to four sentences. */
  readonly because: string
  readonly openings: readonly Opening[]
}
