import type { MadeRow } from '../fixtures/make.ts'
import type { JsonObject } from '../json.ts'
import type { AttemptPlan } from '../matrix/plan/plan.ts'

/** Rows by the fixture's name, of one private or shared copy. */
export type RowSet = ReadonlyMap<string, MadeRow>

/** A row that the run made or found for one matrix, or for all of them. */
export interface RunRow {
  /** The fixture, or the row of the world. */
  readonly fixture: string
  readonly table: string
  /** The key of the row in its own table. */
  readonly baseKey: JsonObject
  readonly row: JsonObject
  /** The values that the matrix gives, resolved. */
  readonly values: JsonObject
  /** The copy of the fixtures that it belongs to; null for a row of the world. */
  readonly set: string | null
  /** The actor in whose name the copy was made, where that makes a difference. */
  readonly identity: string | null
}

/** Rows that an actor may not be shown, each with its name in the record. */
export type HiddenRows = Pick<ReadonlyMap<RunRow, string>, 'has' | 'get'>

/** The relation of a row of the run to an attempt. */
export type Relation =
  /** Made for this attempt, or a row of the world. */
  | 'given'
  /** Another cell's copy of a fixture, made alike. */
  | 'copy'
  /** Another actor's copy. */
  | 'foreign'

/**
 * @param userOf the actor as whose user an actor sends its requests.
 * @returns the relation of a row to an attempt.
 */
export function relationOf(
  row: RunRow,
  plan: Pick<AttemptPlan, 'identity' | 'sets'>,
  userOf: (actor: string) => string,
): Relation {
  if (row.set === null || plan.sets.some(({ key }) => key === row.set)) return 'given'
  return row.identity === null || userOf(row.identity) === userOf(plan.identity) ? 'copy' : 'foreign'
}

/** @returns how a row is named in a record: `theirs`, `own of bob`. */
export function labelOf({ fixture, identity }: RunRow, relation: Relation): string {
  return relation === 'foreign' ? `${fixture} of ${identity ?? 'another actor'}` : fixture
}
