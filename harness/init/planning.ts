import type { Lessons, Schema } from './model.ts'
import type { RowPlanner } from './rows.ts'
import type { UserNaming } from './user-naming.ts'

/** The inputs of the matrices of one plan. */
export interface Planning {
  readonly schema: Schema
  readonly people: UserNaming
  readonly lessons: Lessons
  readonly rows: RowPlanner
}
