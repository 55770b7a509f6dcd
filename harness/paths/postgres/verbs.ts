import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import { others } from '../others.ts'
import type { Footprint, NamedColumn, Verb, WriteIntent } from '../path.ts'

const row = z.record(z.string(), z.json())
const fixture = z.string().min(1)

/** Statements that begin, end or divide a transaction: the statements inside of it decide its effect. */
const transactionControl =
  /^\s*(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i

/** One statement, as a matrix or a scenario writes it. */
export const schema = z
  .strictObject({
    sql: z.string().min(1).describe('one statement; `$1`, `$2` … stand for `values`'),
    values: z.array(z.json()).min(1).optional().describe('its parameters: a list is an array, an object is JSON'),
    reads: z
      .union([fixture, z.array(fixture).min(1)])
      .optional()
      .describe('the fixtures that the statement returns, or "*"'),
    others,
    changes: z.record(z.string(), row).optional().describe('by fixture: the columns that the statement changes'),
    removes: z.array(fixture).min(1).optional().describe('the fixtures that the statement removes'),
    adds: z
      .strictObject({
        table: z.string().optional().describe("default: the resource's own"),
        values: z.union([row, z.array(row).min(1)]),
      })
      .optional()
      .describe('the rows that the statement adds, by the columns that tell them apart'),
  })
  .refine(
    ({ sql, reads, changes, removes, adds }) =>
      !transactionControl.test(sql) || isSilent([reads, changes, removes, adds]),
    {
      path: ['sql'],
      message: 'a statement that does something itself: `begin`, `commit` and the like do nothing of their own',
    },
  )

export const verbs: Readonly<Record<'sql', Verb>> = { sql: { schema, footprint } }

function isSilent(effects: readonly unknown[]): boolean {
  return effects.every((effect) => effect === undefined)
}

function footprint(body: JsonObject, resource: Resource): Footprint {
  const { sql, values = [], reads, changes = {}, removes = [], adds } = schema.parse(body)
  const writes: WriteIntent[] = [
    ...Object.entries(changes).map(([name, set]) => ({ kind: 'change' as const, fixture: name, set })),
    ...removes.map((name) => ({ kind: 'remove' as const, fixture: name })),
  ]
  const columns: NamedColumn[] = []
  if (adds !== undefined) {
    const { table = resource.name } = adds
    const rows = Array.isArray(adds.values) ? adds.values : [adds.values]
    writes.push({ kind: 'add', table, rows, identify: null, skippable: true })
    for (const added of rows) {
      for (const column of Object.keys(added)) columns.push({ table, column, at: ['adds', 'values', column] })
    }
  }
  return {
    reads: reads === undefined ? null : reads === '*' ? '*' : typeof reads === 'string' ? [reads] : reads,
    bounded: false,
    embeds: [],
    writes,
    readOnly: false,
    columns,
    arguments: [],
    free: [sql, values],
  }
}
