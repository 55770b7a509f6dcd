import { z } from 'zod'
import { isObject, type JsonObject } from '../json.ts'
import { editorNames } from './editor-names.ts'
import { others } from './participants.ts'
import type { Footprint, NamedColumn, WriteIntent } from './path.ts'

const row = z.record(z.string(), z.json())
const fixture = z.string().min(1).register(editorNames, { names: 'fixture' })
const addedRows = z.union([row, z.array(row).min(1)])

/**
 * The keys by which an operation says what it returns and what it changes, where the request itself does not tell: a call
 * of a function, a statement, a request to a team's own code.
 *
 * @param what the subject of the descriptions: `function`.
 */
export function effectKeys(what: string) {
  return {
    reads: z
      .union([fixture, z.array(fixture).min(1)])
      .optional()
      .describe(`the fixtures that the ${what} returns, or "*"`),
    others,
    changes: z.record(z.string(), row).optional().describe(`by fixture: the columns that the ${what} changes`),
    removes: z.array(fixture).min(1).optional().describe(`the fixtures that the ${what} removes`),
    adds: z
      .strictObject({ table: z.string(), values: addedRows })
      .optional()
      .describe(`the rows that the ${what} adds, by the columns that tell them apart`),
  }
}

/** What these keys hold. */
export interface DeclaredEffects {
  readonly reads?: string | readonly string[] | undefined
  readonly changes?: Readonly<Record<string, JsonObject>> | undefined
  readonly removes?: readonly string[] | undefined
  readonly adds?: { readonly table: string; readonly values: JsonObject | readonly JsonObject[] } | undefined
}

function rowsIn(values: JsonObject | readonly JsonObject[]): readonly JsonObject[] {
  return isObject(values) ? [values] : values
}

/** @returns the part of a footprint that these keys decide. */
export function effectsOf({
  reads,
  changes = {},
  removes = [],
  adds,
}: DeclaredEffects): Pick<Footprint, 'reads' | 'writes' | 'columns' | 'bounded' | 'embeds'> {
  const writes: WriteIntent[] = [
    ...Object.entries(changes).map(([name, set]) => ({ kind: 'change' as const, fixture: name, set })),
    ...removes.map((name) => ({ kind: 'remove' as const, fixture: name })),
  ]
  const columns: NamedColumn[] = []
  if (adds !== undefined) {
    const rows = rowsIn(adds.values)
    writes.push({ kind: 'add', table: adds.table, rows, identify: null, skippable: true })
    for (const added of rows) {
      for (const column of Object.keys(added)) {
        columns.push({ table: adds.table, column, at: ['adds', 'values', column] })
      }
    }
  }
  return {
    reads: reads === undefined ? null : reads === '*' ? '*' : typeof reads === 'string' ? [reads] : reads,
    bounded: false,
    embeds: [],
    writes,
    columns,
  }
}
