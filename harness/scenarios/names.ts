import type { JsonObject } from '../json.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { AccessPath } from '../paths/path.ts'
import type { ProblemCode } from '../problem-codes.ts'

/** Checks the names in a scenario. Unknown names are reported at their place. */
export interface Names {
  operation(name: string, path: KeyPath): void
  /** @param operation the operation that the actor performs; its path has to support the actor. */
  actor(name: string, path: KeyPath, operation?: string): void
  /** A fixture or a row of the world. */
  row(name: string, path: KeyPath): void
  /** A fixture of the scenario's own, which it may change. */
  fixture(name: string, path: KeyPath): void
  /** @returns the access path of an operation; undefined where the operation could not be read. */
  path(operation: string): AccessPath | undefined
  /** References inside values. */
  references(value: JsonObject[string], path: KeyPath): void
  /** Reports something else that is wrong. */
  refuse(path: KeyPath, code: ProblemCode, found: string, expected: string): void
}
