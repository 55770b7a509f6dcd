import { z } from 'zod'

/** The characters that a name excludes: `,` separates names, `.` a column, `$` and braces write references, `›` test ids. */
const nameForm = /^(?![\s*]*$)[^,.${}›\p{Cc}]+$/u
export const nameRule = 'a name without comma, dot, `$`, `›` or braces, and not `*`'

/** @returns true when a text may name an actor, a group, a row, an operation or a matrix. */
export function isName(text: string): boolean {
  return nameForm.test(text) && text.trim() === text
}

/** Names may hold spaces and dots, as those of imported tables do; the first dot divides. */
export const qualifiedName = z.string().regex(/^[^.\s]([^.]*[^.\s])?\.\S(.*\S)?$/u, {
  error: 'schema and name, such as `public.documents`',
})

export const columnNames = z.array(z.string().min(1)).min(1)

/** The columns of a row. */
export const rowValues = z.record(z.string(), z.json())

export const keyColumns = columnNames.describe('the columns that identify a row where there is no primary key to see')

const tableName = qualifiedName.describe('schema and name of the table')

export const tableRow = z.strictObject({
  table: tableName,
  key: keyColumns.optional(),
  values: rowValues.describe('the columns of the row; texts may hold references such as `$actor.id`'),
})

/** A row that is not made: a trigger has made it for a row or a user of this run. */
export const foundRow = z.strictObject({
  table: tableName,
  key: keyColumns.optional(),
  find: rowValues.describe('the columns by which exactly one row is found that is there because of this run'),
})
