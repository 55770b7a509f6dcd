import type { Lessons, Schema } from './model.ts'
import type { People } from './people.ts'
import type { RowPlanner } from './rows.ts'

/** The inputs of the matrices of one plan. */
export interface Planning {
  readonly schema: Schema
  readonly people: People
  readonly lessons: Lessons
  readonly rows: RowPlanner
}
