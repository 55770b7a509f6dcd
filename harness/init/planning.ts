import type { Lessons, Schema } from './model.ts'
import type { People } from './people.ts'
import type { RowPlanner } from './rows.ts'

/** What the matrices of one plan are made with. */
export interface Planning {
  readonly schema: Schema
  readonly people: People
  readonly lessons: Lessons
  readonly rows: RowPlanner
}
