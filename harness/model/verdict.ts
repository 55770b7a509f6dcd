import type { Json } from '../json.ts'

/** The layers that can refuse a request. The first four authorize; the others have to be named by an expectation. */
export const layers = [
  'unauthenticated',
  'grant',
  'rls',
  'filtered',
  'hidden',
  'constraint',
  'limit',
  'application',
] as const
export type Layer = (typeof layers)[number]

/** The layers that a bare `deny` accepts. */
export const authorizingLayers: readonly Layer[] = ['unauthenticated', 'grant', 'rls', 'filtered']

/** Worst first: the order in which a summary merges verdicts. */
export const verdicts = ['breach', 'lockout', 'wrong-layer', 'undecided', 'error', 'inconclusive', 'held'] as const
export type Verdict = (typeof verdicts)[number]

/** The expectation of a cell. */
export type Expectation =
  | {
      readonly decision: 'allow'
      /** The fixtures that must come back, no fewer and no more; without it, every fixture in reach. */
      readonly exactly?: readonly string[]
      /** The columns that must come back, no fewer and no more. */
      readonly columns?: readonly string[]
      /** The value that a function must return. */
      readonly returns?: Json
      /** Seconds after which access must be gone, counted from the event during the attempt. */
      readonly endsWithin?: number
    }
  | { readonly decision: 'deny'; readonly layers: readonly Layer[] }
  | { readonly decision: 'define' }
  | { readonly decision: 'missing' }

/** Neither an allowance nor a denial is written: `define`, or nothing at all. */
export type Undecided = Extract<Expectation, { readonly decision: 'define' | 'missing' }>

export function isUndecided(expected: Expectation): expected is Undecided {
  return expected.decision === 'define' || expected.decision === 'missing'
}

/**
 * @returns true when an answer without rows may be the proof: of a denial, of an allowance to see none of the fixtures, or of a
 *   refusal that an undecided cell reports. It proves nothing where the request works for no actor.
 */
export function isProvenBySilence(expected: Expectation): boolean {
  return expected.decision === 'allow' ? expected.exactly?.length === 0 : true
}

/** The meaning of one answer of a service, by the response patterns of its access path. */
export type Meaning =
  | { readonly kind: 'done' }
  | { readonly kind: 'denied'; readonly layer: Layer }
  /** The request itself is wrong: a misspelt column, an invalid payload. It says nothing about permission. */
  | { readonly kind: 'unusable'; readonly why: string }
  /**
   * The project itself is defective and fails at every moment in the same way: a policy that recurses, an ambiguous
   * function, a column that does not exist. A lockout of an actor that is allowed, and never a denial.
   */
  | { readonly kind: 'broken'; readonly why: string }
  /** The outcome depends on the moment: a 5xx, a timeout, a lost connection, a rate limit. Never a denial. */
  | { readonly kind: 'unknown'; readonly why: string }

/** The duration of access after the event during the attempt. The answer beside it is the last one of the watch. */
export interface Lasting {
  /** The last time at which access was seen, in seconds; 0 when it was gone at the first try. */
  readonly seconds: number
  /** False when it was still there at the end of the watch. */
  readonly ended: boolean
}

/** The content of an answer to a read, as fixtures. */
export interface Reading {
  /** The fixtures that the request reads, sorted; none for a request without rows, as a plain write. */
  readonly reach: readonly string[]
  /** Those in reach that are rows of the world, sorted; left out for none. */
  readonly world?: readonly string[]
  /** Those that came back, sorted; null when the answer carries no rows (HEAD). */
  readonly seen: readonly string[] | null
  /** The names of the columns of the rows that came back, sorted. */
  readonly columns: readonly string[]
  /** The total that the service counted, where the request asked for one. */
  readonly count?: number
  /** Rows that came back and are no fixture of this cell. */
  readonly others: number
  /** Those of the others that do not name the actor's own user; left out for a request that is bounded to its fixtures. */
  readonly strangers?: number
  /**
   * Rows that share no column with the table and look neither like the caller's own nor like a refusal; left out for none, and
   * where nothing was denied.
   */
  readonly unexplained?: number
  /** Those of the others that the run made for other actors: `own of bob`. */
  readonly ofRun?: readonly string[]
  /** Fixtures that came along without being requested, and fixtures of which another cell's copy came. */
  readonly along?: readonly string[]
  /** Fixtures that may be among rows which look alike: whether they came back is unknown. */
  readonly alike?: readonly string[]
  /** True when the answer may have been cut off: a row that is missing from it proves nothing. */
  readonly cut?: true
  /** The value that a function returned instead of rows. */
  readonly value?: Json
  /** How long access went on, where the attempt watched it. */
  readonly lasted?: Lasting
}

/** A value of a fixture that the actor may not see, found somewhere in an answer. */
export interface Sighting {
  /** The fixture; for a row made for another actor `own of bob`. */
  readonly fixture: string
  readonly column: string
  /** The place of the value: `message`, `header x-owner`, `rows[3].t`, `value.items[0].t`. */
  readonly at: string
  /** True for a value that may be there by chance, such as a short word. */
  readonly weak?: true
}

/** The actual change, read out of band. */
export type Effect =
  /** The request was to change nothing, and the fixtures that it could have shown exist. */
  | { readonly kind: 'standing' }
  /** A fixture of the cell was not there: nothing can be concluded. */
  | { readonly kind: 'missing'; readonly what: string }
  /** All that was asked for happened. */
  | { readonly kind: 'happened'; readonly what: string }
  /** Nothing of what was asked for happened. */
  | { readonly kind: 'nothing' }
  /** Some of it happened, or something else did. */
  | { readonly kind: 'otherwise'; readonly what: string }
  /** The witness could not read. */
  | { readonly kind: 'unread'; readonly why: string }

/** One row, or one table, that an attempt changed. */
export interface ChangedRow {
  /** Schema and name; of a partition, the partitioned table that it belongs to. */
  readonly table: string
  /** The partition that holds the row. */
  readonly partition?: string
  readonly action: 'insert' | 'update' | 'delete' | 'truncate'
  /** The name of the fixture that the row is. */
  readonly fixture?: string
  /** The primary key, where it is made of uuids and whole numbers: other keys may be an address or a name. */
  readonly key?: Readonly<Record<string, string>>
  /** The columns of an update; left out where the row is not known as it was before. */
  readonly columns?: readonly string[]
  /** Why this may change although the attempt is refused; left out for a change that may not. */
  readonly permitted?: string
}

/** The changes of an attempt, and where they were read. */
export interface Changes {
  /**
   * `transaction`: all that the attempt's transactions have written, read from the write-ahead log; `fixtures`: the rows
   * of the cell's own fixtures, compared before and after.
   */
  readonly look: 'transaction' | 'fixtures'
  /** Changes that are not permitted come first. */
  readonly rows: readonly ChangedRow[]
  /** How many rows changed besides those that are listed. */
  readonly more?: number
  /** Why it could not be read; there are no rows then. */
  readonly unread?: string
}

/** One attempt, as the actor and the witness saw it. */
export interface Observation {
  readonly meaning: Meaning
  readonly reading?: Reading
  readonly effect: Effect
  /** Values that came back and belong to fixtures that the actor may not see here; left out for none. */
  readonly sightings?: readonly Sighting[]
  /** Left out where only the effect of the operation was read. */
  readonly changes?: Changes
}

/** A trigger, a rule or forced row security that applies to every role, the owner of the table included. */
export interface OwnerRule {
  /** `trigger keep_signed on records` */
  readonly object: string
  /** True when the owner was refused with the same code and the same message as the actor. */
  readonly alike: boolean
}

/** The same request by a caller that is allowed. */
export interface ControlObservation extends Observation {
  /** An actor's name, `privileged`, or `owner`: the owner of the object, in a transaction that was rolled back. */
  readonly by: string
  /** The rule that keeps the owner from it too: without the rule, the owner's statement works. */
  readonly rule?: OwnerRule
  /** Why the owner of the object made no control where the secret key was refused. */
  readonly ownerless?: string
}

/** How two attempts that should look the same differ. */
export interface Comparison {
  /** Sentences about the differences; empty when the two answers look the same. */
  readonly differences: readonly string[]
  /** The two meanings, in order. */
  readonly meanings: readonly [Meaning, Meaning]
}

/** Everything that a verdict depends on, and nothing else. */
export interface Case {
  readonly expected: Expectation
  /** Why nothing was tried: a part of the target that is missing. */
  readonly notRun?: string
  /** `allow` when the operation declares that rows of others come along by design. */
  readonly others?: 'allow'
  /** `attacked` when the actor's credential is broken on purpose. */
  readonly credential: 'intact' | 'attacked'
  readonly attempt: Observation | null
  readonly control: ControlObservation | null
  /** Present when the operation compares the answers of two attempts. */
  readonly comparison?: Comparison
}

/** The access that an attempt of an actor shows where no expectation says what is right. */
export type Observed =
  /** The actor changed something, or was shown something. */
  | { readonly kind: 'access'; readonly what: string }
  /** The actor was refused, and a control shows that the request works; no layer where two answers look the same. */
  | { readonly kind: 'refused'; readonly layer: Layer | null }
  | { readonly kind: 'unknown'; readonly why: string }

/** The answer, with the sentence that explains it. */
export interface Judgement {
  readonly verdict: Verdict
  /** The layer that refused, when one did. */
  readonly denial: Layer | null
  readonly because: string
  /** Of an undecided cell; left out where nothing was tried. */
  readonly observed?: Observed
}
