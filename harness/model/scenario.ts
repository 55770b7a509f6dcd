import type { Position } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import type { ActorKind } from './matrix.ts'
import type { Layer, Verdict } from './verdict.ts'

/**
 * The level to which the overlap of operations is shown; each level claims what its evidence shows and no more.
 *
 * 0 not shown; 1 the clients' intervals overlap; 2 they were released together; 3 all of them were in the server at once, waiting
 * behind one gate; 4 they met each other: they waited for one another behind it, or ran in one another's snapshots.
 */
export const overlapLevels = [0, 1, 2, 3, 4] as const
export type OverlapLevel = (typeof overlapLevels)[number]

/**
 * The completion of an operation (Jepsen's `:ok`, `:fail` and `:info`): it happened, it certainly did not, or it is unknown. Only
 * an answer that matches the response pattern of a refusal is `failed`.
 */
export type Completion = 'ok' | 'failed' | 'unknown'

/** One operation of a history, from its invocation to its return. Times are milliseconds since its round began. */
export interface OperationEvent {
  readonly kind: 'operation'
  /** From 1. */
  readonly round: number
  readonly session: string
  readonly actor: string
  readonly path: string
  readonly operation: string
  /** Method and address, or the statement. */
  readonly request: string
  readonly body: Json
  readonly invokedAt: number
  readonly returnedAt: number
  readonly fate: Completion
  /** The layer that refused it. */
  readonly denial: Layer | null
  /** The response pattern of the answer; null when none matches. */
  readonly face: string | null
  /** Why the outcome is unknown, or why the request could not have worked for any caller. */
  readonly why: string | null
  readonly status: number
  readonly code: string | null
  readonly message: string | null
  /** Rows that came back; null when the answer carried none. */
  readonly rows: readonly JsonObject[] | null
  /** The value of an answer without rows. */
  readonly value: Json
  /** The fixtures that came back, sorted, where the operation reads some; else left out. */
  readonly seen?: readonly string[]
  /**
   * How many rows a write changed that succeeded with an empty answer; null where neither the service nor the write-ahead
   * log states it. Left out of other operations.
   */
  readonly changed?: number | null
}

/** An event at one moment that changed the sessions or was observed from outside. */
export interface Mark {
  readonly kind: 'mark'
  readonly round: number
  readonly at: number
  readonly what:
    | 'gate closed'
    | 'waiting'
    | 'met'
    | 'gate opened'
    | 'released'
    | 'cut'
    | 'happened'
    | 'snapshot'
    | 'note'
  /** In a few words, for the timeline. */
  readonly text: string
  readonly sessions: readonly string[]
}

/** The witness's reading at the end, or at a moment that the recipe names. */
export interface StateEvent {
  readonly kind: 'state'
  readonly round: number
  readonly at: number
  /** When in the recipe: `afterwards`. */
  readonly moment: string
  readonly checks: readonly StateCheck[]
}

/** One expectation about the state, and the values that were found. */
export interface StateCheck {
  /** As the scenario names it. */
  readonly name: string
  readonly expected: Json
  readonly found: Json
  readonly holds: boolean
}

export type HistoryEvent = OperationEvent | Mark | StateEvent

/** The finding of one judge about one round, or about the whole scenario. */
export interface Finding {
  /** The judge's name: `one winner`. */
  readonly judge: string
  readonly round: number | null
  readonly verdict: Verdict
  /** Two to four sentences with the operations involved; one where it held. */
  readonly because: string
}

/** The overlap that one round was shown to have. */
export interface RoundOverlap {
  readonly round: number
  readonly level: OverlapLevel
  /** Milliseconds between the first and the last invocation of those that were released together. */
  readonly skewMs: number | null
}

/** One session of a scenario: several may belong to one actor. */
interface SessionRecord {
  readonly name: string
  readonly actor: string
  readonly actorKind: ActorKind
}

/** One line of `scenarios.jsonl`. Its history lies in `histories/`. */
export interface ScenarioRecord {
  /** The scenario's name, once in a workspace. */
  readonly id: string
  readonly recipe: string
  readonly verdict: Verdict
  /** The verdict in two to four sentences. */
  readonly because: string
  /** Why nothing was tried on this target; left out where something was. */
  readonly notRun?: string
  readonly paths: readonly string[]
  readonly sessions: readonly SessionRecord[]
  /** The declarations that the recipe's judges need besides the history. */
  readonly declared: JsonObject
  readonly rounds: number
  readonly overlap: {
    readonly asked: OverlapLevel
    /** The lowest level of any round: all rounds have shown it. */
    readonly reached: OverlapLevel
    readonly rounds: readonly RoundOverlap[]
  }
  /** Worst first. */
  readonly findings: readonly Finding[]
  /**
   * Seconds by the name of the measurement, such as how long access lasted through an operation: the longest of all rounds. Left
   * out by recipes that measure nothing.
   */
  readonly measured?: Readonly<Record<string, number>>
  /** The round that explains the verdict; null when none does. */
  readonly telling: number | null
  /** The command that runs this round again. */
  readonly again: string
  readonly invariants: readonly string[]
  readonly at: Position
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** The name of the history below `histories/`; null when nothing was tried. */
  readonly history: string | null
}

/** A scenario that was run, with everything that happened. */
export interface ScenarioResult {
  readonly record: ScenarioRecord
  readonly history: readonly HistoryEvent[]
}
