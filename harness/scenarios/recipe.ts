import type { z } from 'zod'
import type { RunContext } from '../cells/context.ts'
import type { JsonObject } from '../json.ts'
import type { Finding, HistoryEvent, OverlapLevel } from '../model/scenario.ts'
import type { Names } from './names.ts'
import type { Need } from './needs.ts'
import type { Participant } from './participant.ts'
import type { Round } from './round.ts'

/** What a recipe has that does not work on the run's target. */
interface ApartGiven {
  /** Absolute path of the workspace. */
  readonly root: string
  /** The round's number, from 1. */
  readonly number: number
  readonly signal: AbortSignal
}

/** A recipe whose rounds open a target of their own. The engine runs them, because a target is opened by a run. */
interface Apart {
  /** @returns why it cannot be done in this run; null where it can. */
  whyNot(context: Pick<RunContext, 'target'>): string | null
}

/** Runs one round on a target of its own. @returns its history. */
export type RoundApart = (body: JsonObject, given: ApartGiven) => Promise<readonly HistoryEvent[]>

/** A kind of scenario: how it is declared, what is done in a round, and what its judges say about the history. */
export interface RecipeOf<Schema extends z.ZodObject> {
  readonly name: string
  /** What it is for, in a sentence. */
  readonly summary: string
  /** The recipe's own keys. */
  readonly schema: Schema
  /** The level of overlap that is asked for where the scenario does not say. */
  readonly overlap: (body: z.output<Schema>) => OverlapLevel
  /** How many rounds are run where the scenario does not say. */
  readonly rounds: number
  /** Milliseconds that a round takes on a quiet sandbox, for the time that a run has left. */
  readonly roundMs: number
  check(body: z.output<Schema>, names: Names): void
  participants(body: z.output<Schema>): readonly Participant[]
  /** What the target has to offer; nothing but what every scenario needs when left out. */
  needs?(body: z.output<Schema>): readonly Need[]
  /**
   * Names actors of whom every round has a user of its own, because something is done to the user. What refers to the
   * actor refers to that user.
   */
  doubles?(body: z.output<Schema>): readonly string[]
  /** Does everything that one round consists of. What happens is in the round's history afterwards. */
  round(body: z.output<Schema>, round: Round): Promise<void>
  /** Instead of `round`, for a recipe that needs a target of its own and no operations. */
  readonly apart?: Apart
  /** Judges one round from its history alone. */
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
  readonly apart?: Apart
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
