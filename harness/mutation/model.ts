import type { Verdict } from '../model/verdict.ts'

/** The kinds of mistakes that mutants make, each with the sentence that describes the change. */
export const mutantKinds = {
  'policy-dropped': 'a policy is dropped',
  'policy-true': 'a condition of a policy becomes true',
  'policy-false': 'a condition of a policy becomes false',
  'policy-part': 'a part of a policy’s condition is removed',
  'policy-check': 'the WITH CHECK of a policy is removed',
  'policy-roles': 'the roles of a policy are widened',
  'policy-command': 'the command of a policy is widened to ALL',
  'policy-mode': 'a permissive policy becomes restrictive, or a restrictive one permissive',
  'row-security': 'row security is switched off, or no longer forced',
  'grant-added': 'a privilege is granted to a client role',
  'grant-removed': 'a privilege is revoked from a client role',
  'view-invoker': 'a view reads with the rights of its owner',
  'function-rights': 'a function runs with the rights of its owner instead of the caller’s, or the other way round',
  'function-check': 'a check in the body of a function is removed',
  'function-lock': 'a row lock in the body of a function, or its SKIP LOCKED or NOWAIT, is removed',
  'function-conflict': 'an ON CONFLICT in the body of a function is removed',
  'function-path': 'the search_path of a function is removed',
  constraint: 'a unique, check or foreign key constraint is removed',
  trigger: 'a trigger is disabled',
  bucket: 'a bucket becomes public or private, or loses a limit',
  'realtime-access': 'Realtime allows public channels, or private ones alone',
  publication: 'a table, or columns of it, are added to or removed from the publication of Realtime',
} as const

export type MutantKind = keyof typeof mutantKinds

/** Whether a mutant allows more access or less; `either` where its text does not show that. */
export type Direction = 'wider' | 'narrower' | 'either'

/** One small mistake in the schema: statements that make it, and statements that take it back exactly. Plain data. */
export interface Mutant {
  /** Stable between runs on the same schema: object, kind and change. */
  readonly id: string
  readonly kind: MutantKind
  /** By kind and name: `table public.documents`. */
  readonly object: string
  /** Subject and predicate, after "nothing notices that". */
  readonly change: string
  readonly apply: readonly string[]
  readonly undo: readonly string[]
  /** The statement that describes the object before the change. */
  readonly original: string
  /** Relations, functions and buckets by schema and name whose behaviour changes first. */
  readonly touches: readonly string[]
  readonly direction: Direction
  /** Its commands; empty for all of them. */
  readonly commands: readonly string[]
  /** Its client role; null for all of them. */
  readonly role: string | null
  /** The only bucket whose objects it can be about; left out where its text does not show that. */
  readonly bucket?: string
  /** True when the Data API has to read the schema again. */
  readonly reloads: boolean
  /** Why it changes nothing for any client; left out where that is not known. */
  readonly equivalent?: string
}

/**
 * - `noticed`: a cell that holds without the mutant does not hold with it.
 * - `survived`: every cell that it touches holds.
 * - `untouched`: no cell touches it.
 * - `equivalent`: it changes nothing for a client.
 * - `accepted`: it survived, and `accepted.yaml` gives the reason.
 * - `failed`: it could not be applied, tried or undone.
 */
export type MutantStatus = 'noticed' | 'survived' | 'untouched' | 'equivalent' | 'accepted' | 'failed'

/** The result of one mutant. */
export interface MutantResult {
  readonly mutant: Mutant
  readonly status: MutantStatus
  /** Why it is equivalent, accepted or failed. */
  readonly why?: string
  /** The cell or the scenario that noticed it, with its verdict. */
  readonly noticedBy?: { readonly cell: string; readonly verdict: Verdict; readonly because: string }
  /** Cells that were tried with it. */
  readonly cells: number
  /** Scenarios that were run with it; left out for none. */
  readonly scenarios?: number
  readonly durationMs: number
}

/** How many of some mutants were noticed. */
export interface Score {
  readonly name: string
  readonly noticed: number
  /** Survived or untouched. */
  readonly unnoticed: number
  readonly equivalent: number
  readonly accepted: number
  readonly failed: number
  /** Percent of noticed among noticed and unnoticed; null without any. */
  readonly score: number | null
}

/** A cell that would notice a mutant, ready to be added to a matrix. */
export interface Suggestion {
  readonly sentence: string
  readonly matrix: string
}

/** `mutation.json` */
export interface MutationRecord {
  readonly schema: 'trespass/mutation@1'
  readonly run: string
  readonly startedAt: string
  readonly finishedAt: string
  /** False when mutants were left out by the time budget or because the command was interrupted. */
  readonly complete: boolean
  readonly schemaFingerprint: string
  /** Mutants of the schema, and those that `--object`, `--kind` and `--sample` chose. */
  readonly made: number
  readonly chosen: number
  readonly seed: number | null
  readonly total: Score
  readonly objects: readonly Score[]
  readonly kinds: readonly Score[]
  readonly results: readonly (MutantResult & { readonly suggestion?: Suggestion })[]
  /** Cells that do not hold without any mutant: they notice nothing. */
  readonly unsound: readonly { readonly cell: string; readonly because: string }[]
  /** Sentences about parts of the schema that are not mutated. */
  readonly limits: readonly string[]
}
