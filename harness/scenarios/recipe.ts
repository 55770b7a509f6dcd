import type { z } from 'zod'
import type { RunContext } from '../cells/context.ts'
import type { JsonObject } from '../json.ts'
import type { Finding, HistoryEvent, OverlapLevel } from '../model/scenario.ts'
import type { Names } from './names.ts'
import type { Need } from './needs.ts'
import type { Participant } from './participant.ts'
import type { Round } from './round.ts'

/** The input of a recipe that does not work on the run's target. */
interface OwnTargetInput {
  /** Absolute path of the workspace. */
  readonly root: string
  /** The round's number, from 1. */
  readonly number: number
  readonly signal: AbortSignal
}

/** A recipe whose rounds open a target of their own. The engine runs them, because a target is opened by a run. */
interface OwnTargetRecipe {
  /** @returns why it cannot be done in this run; null where it can. */
  whyNot(context: Pick<RunContext, 'target'>): string | null
}

/** Runs one round on a target of its own. @returns its history. */
export type OwnTargetRound = (body: JsonObject, given: OwnTargetInput) => Promise<readonly HistoryEvent[]>

/** A kind of scenario: how it is declared, the steps of a round, and the judges of its history. */
export interface RecipeOf<Schema extends z.ZodObject> {
  readonly name: string
  /** A sentence that describes the recipe. */
  readonly summary: string
  /** The recipe's own keys. */
  readonly schema: Schema
  /** The level of overlap to reach if the scenario states none. */
  readonly overlap: (body: z.output<Schema>) => OverlapLevel
  /** The number of rounds if the scenario states none. */
  readonly rounds: number
  /** Milliseconds that a round takes on an idle sandbox. Used to decide whether a run has time for it. */
  readonly roundMs: number
  check(body: z.output<Schema>, names: Names): void
  participants(body: z.output<Schema>): readonly Participant[]
  /** Requirements on the target beyond those of every scenario. */
  needs?(body: z.output<Schema>): readonly Need[]
  /**
   * Names the actors that get a user of their own in every round, because the recipe acts on the user. References to such an
   * actor resolve to that user.
   */
  doubles?(body: z.output<Schema>): readonly string[]
  /** Runs one round and records its events in the round's history. */
  round(body: z.output<Schema>, round: Round): Promise<void>
  /** Instead of `round`, for a recipe that needs a target of its own and no operations. */
  readonly apart?: OwnTargetRecipe
  /** Judges one round by its history alone. */
  judge(body: z.output<Schema>, events: readonly HistoryEvent[], round: number): readonly Finding[]
  /** Measures one round, in seconds by name. */
  measure?(body: z.output<Schema>, events: readonly HistoryEvent[]): Readonly<Record<string, number>>
}

/** A recipe, whatever its schema: a body is parsed again where it is used. */
export interface Recipe {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodObject
  readonly rounds: number
  readonly roundMs: number
  overlap(body: JsonObject): OverlapLevel
  check(body: JsonObject, names: Names): void
  participants(body: JsonObject): readonly Participant[]
  needs(body: JsonObject): readonly Need[]
  doubles(body: JsonObject): readonly string[]
  round(body: JsonObject, round: Round): Promise<void>
  readonly apart?: OwnTargetRecipe
  judge(body: JsonObject, events: readonly HistoryEvent[], round: number): readonly Finding[]
  measure(body: JsonObject, events: readonly HistoryEvent[]): Readonly<Record<string, number>>
}

export function defineRecipe<Schema extends z.ZodObject>(recipe: RecipeOf<Schema>): Recipe {
  const { name, summary, schema, rounds, roundMs, apart } = recipe
  return {
    name,
    summary,
    schema,
    rounds,
    roundMs,
    overlap: (body) => recipe.overlap(schema.parse(body)),
    check: (body, names) => recipe.check(schema.parse(body), names),
    participants: (body) => recipe.participants(schema.parse(body)),
    needs: (body) => recipe.needs?.(schema.parse(body)) ?? [],
    doubles: (body) => recipe.doubles?.(schema.parse(body)) ?? [],
    round: (body, round) => recipe.round(schema.parse(body), round),
    ...(apart === undefined ? {} : { apart }),
    judge: (body, events, round) => recipe.judge(schema.parse(body), events, round),
    measure: (body, events) => recipe.measure?.(schema.parse(body), events) ?? {},
  }
}
