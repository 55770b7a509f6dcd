import type { AbsentActor } from '../actors/absent-actors.ts'
import type { JsonObject } from '../json.ts'
import type { ConcurrencyRange } from '../limits/concurrency-limit.ts'
import type { RunToRepeat } from '../model/command-line.ts'
import type { Roster } from '../model/matrix.ts'
import type { ActorSession } from '../model/session.ts'
import type { Target } from '../model/target.ts'
import type { Secret } from '../redaction/redact.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Witness } from '../witness/witness.ts'

/** A current row of the world. */
interface WorldRow {
  readonly name: string
  readonly table: string
  readonly key: JsonObject
  readonly row: JsonObject
}

/** One round alone, or a number of rounds whatever a scenario declares. */
export type Rounds = { readonly only: number } | { readonly count: number }

/** All that a test worker needs to run cells. Plain data: it is handed to the workers in memory and never written. */
export interface RunContext {
  readonly runId: string
  /** Absolute path of the workspace. */
  readonly root: string
  readonly target: Target
  /** The domain of the addresses of users that the run makes. */
  readonly emailDomain: string
  readonly roster: Roster
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly catalog: Catalog
  readonly sessions: Readonly<Record<string, ActorSession>>
  /** Actors that cannot send requests on this target, by name. */
  readonly absent: Readonly<Record<string, AbsentActor>>
  /** Rows of the world that were not made, by name, each with why. */
  readonly unmade: Readonly<Record<string, string>>
  /** Tables that may change on a refusal in any matrix, each with why. */
  readonly changesOnRefusal: Readonly<Record<string, string>>
  /** Names of the access paths whose attempts are read from the write-ahead log. */
  readonly marked: readonly string[]
  /** Why the write-ahead log cannot be read; left out where it can. */
  readonly unreadLog?: string
  /** How effects are read. */
  readonly sees: Witness['sees']
  readonly world: readonly WorldRow[]
  /** How many requests are under way at once. */
  readonly concurrency: ConcurrencyRange
  /** The rounds of each scenario that are run; null for the number that it declares. */
  readonly rounds: Rounds | null
  /** The facts that a command needs to repeat a part of the run. */
  readonly repeat: RunToRepeat
  /** Secrets that no record may hold. */
  readonly secrets: readonly Secret[]
}

/** @returns the user of an actor of a run, even if the actor cannot send requests; null when it has none or is no actor. */
export function userNamed(
  { sessions, absent }: Pick<RunContext, 'sessions' | 'absent'>,
  name: string,
): { readonly id: string; readonly email: string | null; readonly phone: string | null } | null {
  const user = sessions[name]?.user ?? absent[name]?.user ?? null
  return user === null ? null : { id: user.id, email: user.email, phone: user.phone ?? null }
}
