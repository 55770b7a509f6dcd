import type { Position } from '../errors.ts'
import type { Json } from '../json.ts'
import type { CoverageTotals } from './coverage.ts'
import type { ActorKind } from './matrix.ts'
import type {
  Changes,
  Comparison,
  Effect,
  Expectation,
  Layer,
  Meaning,
  Observed,
  OwnerRule,
  Reading,
  Sighting,
  Verdict,
} from './verdict.ts'

/** A request for rows that a first answer may have left out. */
export interface FurtherRequest {
  /** Path and query. */
  readonly request: string
  readonly status: number
  /** How many rows came; null when none could be read. */
  readonly rows: number | null
}

/** The actor's request and its answer. */
export interface OutcomeRecord {
  /** The fixture of auth.users whose session the request carried in place of the actor's; left out for none. */
  readonly as?: string
  readonly method: string
  /** Path and query, without host. */
  readonly request: string
  readonly prefer: string | null
  /** Names of the headers that the matrix gave to the request, sorted; left out for none. Their values are not recorded. */
  readonly headers?: readonly string[]
  readonly body: Json
  readonly status: number
  readonly code: string | null
  readonly message: string | null
  /** The response pattern that matched the answer; null when none did. */
  readonly face: string | null
  readonly meaning: Meaning
  readonly reading: Reading | null
  /** The places of values that the actor may not see here; left out for none. The values themselves are not recorded. */
  readonly sightings?: readonly Sighting[]
  /** Requests for rows that the first answer may have left out; left out for none. */
  readonly further?: readonly FurtherRequest[]
  /** How often the target turned the request away for its rate before this answer; left out for never. */
  readonly waits?: number
}

export interface ControlRecord {
  /** An actor's name, `privileged`, or `owner`: the owner of the object, in a transaction that was rolled back. */
  readonly by: string
  readonly outcome: OutcomeRecord
  readonly effect: Effect
  /** The rule that keeps the owner from it too: without the rule, the owner's statement works. */
  readonly rule?: OwnerRule
  /** Why the owner of the object made no control where the secret key was refused. */
  readonly ownerless?: string
  /** As of a cell. */
  readonly changes?: Changes
}

/** One line of `cells.jsonl`: enough to judge the cell again. */
export interface CellRecord {
  /** `matrix › actor › operation`. */
  readonly id: string
  readonly matrix: string
  readonly actor: string
  readonly actorKind: ActorKind
  readonly credential: 'intact' | 'attacked'
  /** The access path; for `distinguish` the path of its two operations. */
  readonly path: string
  readonly operation: string
  /** Kind and name: `table public.documents`. */
  readonly resource: string
  readonly expected: Expectation
  readonly verdict: Verdict
  readonly denial: Layer | null
  /** The verdict in a sentence. */
  readonly because: string
  /** The observation of an undecided cell; left out where the cell is decided or nothing was tried. */
  readonly observed?: Observed
  /** The commonest cause of a lockout, where the schema shows it. */
  readonly cause?: string
  /**
   * What of the schema most likely let the cell go wrong, and where it was made; left out where nothing is known.
   */
  readonly likely?: readonly string[]
  /** Why nothing was tried on this target; left out where something was. */
  readonly notRun?: string
  /** `allow` where the operation declares that rows of others come along by design. */
  readonly others?: 'allow'
  readonly outcome: OutcomeRecord | null
  readonly effect: Effect | null
  /** The changes of the attempt, and where they were read; left out where only the effect of the operation was. */
  readonly changes?: Changes
  readonly control: ControlRecord | null
  readonly comparison: Comparison | null
  /** Ids of the invariants that the cell proves. */
  readonly invariants: readonly string[]
  readonly at: Position
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
}

/** Cells that were not tried for one reason. */
export interface NotRunRecord {
  readonly why: string
  readonly cells: number
}

/** The result of removing the things that a run made. */
export interface CleanupRecord {
  readonly made: number
  readonly swept: number
  /** Users that wait for the next run, where the target keeps them. */
  readonly kept?: number
  /** Messages of Realtime that the database user may not delete; Realtime drops them after three days. */
  readonly expiring?: number
  /** Sentences about things that remain, each with why. */
  readonly left: readonly string[]
  /** Changes to rows that are not the run's, added rows that cannot be removed, and entries in Auth's log; left out for none. */
  readonly stays?: readonly string[]
}

/** The order in which files declare what a run tries. */
export interface Layout {
  /** Names of actors; those of one group follow one another. */
  readonly actors: readonly string[]
  /** Matrices in the order of their files, each with the names of its operations. */
  readonly matrices: readonly { readonly matrix: string; readonly operations: readonly string[] }[]
}

interface MatrixFileRecord {
  readonly file: string
  readonly sha256: string
  /** Of a matrix, the SHA-256 of all of it but its expectations, which determines the attempts. */
  readonly attempts?: string
}

export interface InvariantRecord {
  readonly id: string
  /** The matrix or the scenario that declares it. */
  readonly matrix: string
  readonly sentence: string
  /** Ids of the cells and scenarios that prove it. */
  readonly cells: readonly string[]
  /** The worst verdict among them. */
  readonly verdict: Verdict
}

/** One fact of the schema that authorizes: `policy`, `public.documents readers`, its text. */
export type SchemaFact = readonly [kind: string, name: string, text: string]

/** The schema as a run met it. */
export interface SchemaRecord {
  /** SHA-256, in hexadecimal, over the facts. */
  readonly fingerprint: string
  /** Sorted; `schema.jsonl` holds one a line. */
  readonly facts: readonly SchemaFact[]
}

/** `run.json`. */
export interface RunRecord {
  readonly schema: 'trespass/run@1'
  readonly run: string
  readonly startedAt: string
  readonly finishedAt: string
  /** False when the run was interrupted: the record is true, but not all of it is there. */
  readonly complete: boolean
  readonly target: {
    readonly alias: string
    readonly kind: TargetKind
    /** A digest that distinguishes projects without naming them; left out where the project's ref is unknown. */
    readonly project?: string
    readonly versions: Readonly<Record<string, string>>
  }
  /** Null outside a Git work tree. */
  readonly git: { readonly revision: string; readonly dirty: boolean } | null
  readonly tool: { readonly name: 'trespass'; readonly version: string; readonly node: string }
  /** `2/3` for a sharded run, else null. */
  readonly shard: string | null
  /** The flags that left cells out, as they were given; left out where every cell was to be tried. */
  readonly chosen?: readonly string[]
  /** The holes that were opened on purpose. */
  readonly holes: readonly string[]
  /** Present when the sandbox granted new tables to the API roles because a flag of the run asked for it. */
  readonly oldDefaultGrants?: true
  /** The path of the workspace from the working directory; left out if they are the same. */
  readonly workspace?: string
  /** The declared order of actors, matrices and operations; reports of older versions lack it. */
  readonly layout?: Layout
  /** Sentences about parts of a run that this target does not support. */
  readonly limits: readonly string[]
  readonly notRun: readonly NotRunRecord[]
  readonly files: readonly MatrixFileRecord[]
  /** Null where only the database shows it, and it was not read. */
  readonly schemaFingerprint: string | null
  /** Cells by verdict. */
  readonly totals: Readonly<Record<Verdict, number>>
  /** Scenarios by verdict. */
  readonly scenarios: Readonly<Record<Verdict, number>>
  readonly invariants: readonly InvariantRecord[]
  readonly cleanup: CleanupRecord
  /** The counts of `coverage.json`; left out where there is none. */
  readonly coverage?: CoverageTotals
}

export type TargetKind = 'sandbox' | 'local' | 'hosted'
