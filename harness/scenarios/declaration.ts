import type { Position } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Locate, OperationDeclaration, Resource, RowDeclaration } from '../model/matrix.ts'
import type { OverlapLevel } from '../model/scenario.ts'
import type { Snapshots } from './snapshots.ts'

/** An operation of an access path, on the resource that it or the scenario names. */
export interface ScenarioOperation {
  readonly declaration: OperationDeclaration
  readonly resource: Resource
}

/** A scenario as a person wrote it. */
export interface Scenario {
  readonly name: string
  /** Relative to the workspace. */
  readonly file: string
  readonly recipe: string
  /** Sentence per id. */
  readonly invariants: Readonly<Record<string, string>>
  /** Ids of the invariants that it proves. */
  readonly proves: readonly string[]
  readonly fixtures: readonly RowDeclaration[]
  readonly operations: readonly ScenarioOperation[]
  /** The recipe's own keys, parsed by its schema; references are not resolved yet. */
  readonly body: JsonObject
  /** The level of overlap below which nothing is proven. */
  readonly overlap: OverlapLevel
  readonly rounds: number
  /** Left out where the schema records none. */
  readonly snapshots?: Snapshots
  readonly at: Position
}

/** A scenario as it was loaded. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly locate: Locate
}
