import type { ActorSession } from '../actors/session.ts'
import type { Secret } from '../evidence/redact.ts'
import type { JsonObject } from '../json.ts'
import type { Roster } from '../matrix/model.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Target } from '../workspace/target.ts'

/** A row of the world, as it stands. */
export interface WorldRow {
  readonly name: string
  readonly table: string
  readonly key: JsonObject
  readonly row: JsonObject
}

/** All that a test worker needs to run cells. Plain data: it is handed to the workers in memory and never written. */
export interface RunContext {
  readonly runId: string
  /** Absolute path of the workspace. */
  readonly root: string
  readonly target: Target
  readonly roster: Roster
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly catalog: Catalog
  readonly sessions: Readonly<Record<string, ActorSession>>
  readonly world: readonly WorldRow[]
  /** How many cells run at once. */
  readonly concurrency: number
  /** What no record may hold. */
  readonly secrets: readonly Secret[]
}
