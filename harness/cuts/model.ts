import type { Verdict } from '../model/verdict.ts'
import type { Access } from './access.ts'
import type { Applier } from './application.ts'
import type { Runs } from './kinds.ts'

/** The ways to interrupt a migration. */
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

/** The result of one cell in one state of the database. */
export interface TriedCell {
  readonly id: string
  readonly actor: string
  readonly operation: string
  readonly resource: string
  readonly access: Access
  /** The verdict of the cell, in a sentence. */
  readonly because: string
}

/** The result of the chosen matrices in one state of the database. */
export interface TriedState {
  /** `before`, `after`, or the first cut that left this state: `after 3 by error`. */
  readonly name: string
  readonly cells: readonly TriedCell[]
  /** Ids of cells that cannot be tried in this state, because their table or column is missing. */
  readonly missing: readonly string[]
  readonly durationMs: number
}

/** The result of applying the file again after a cut. */
export interface SecondApplication {
  /** `completes`, `differs` if it completes and leaves another catalog than an uninterrupted application, or `refused`. */
  readonly how: 'completes' | 'differs' | 'refused'
  readonly why: string | null
}

/** The result of applying only the statements that a cut left out. */
export interface Forward extends SecondApplication {
  /** The number of the first of them; null if all had completed. */
  readonly from: number | null
}

/** One cut: its position, its way, the changes that it left, and the state in which the matrices were tried. */
export interface CutRecord {
  /** The number of completed statements. */
  readonly done: number
  readonly way: CutWay
  /** The statement that was interrupted, in one line; null if all had completed and only the commit remained. */
  readonly statement: string | null
  readonly place: 'in its middle' | 'in its place'
  readonly said: string | null
  readonly standing: 'before' | 'after' | 'between'
  /** The differences from the state before, in words; of grants only those that a client's request can use. */
  readonly remained: readonly string[]
  readonly again: SecondApplication
  /** Where the file does not complete by itself. Records of older versions do not have it. */
  readonly forward?: Forward
  /** The name of the state in which the matrices were tried. */
  readonly tried: string
  /** Without the time for the matrices. */
  readonly durationMs: number
}

/** The findings about one migration: enough to judge it again. */
export interface CutShort {
  /** Relative to the workspace. */
  readonly file: string
  readonly applier: Applier
  readonly oneTransaction: boolean
  /** Later migrations, which were not applied. */
  readonly leftOut: readonly string[]
  readonly statements: readonly StatementRecord[]
  readonly cuts: readonly CutRecord[]
  readonly states: readonly TriedState[]
}

/** Access that is open at a cut, and neither before nor after the migration. */
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
