import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import type { Footprint, Verb } from '../path.ts'

const row = z.record(z.string(), z.json())

/** Statements that begin, end or divide a transaction: the statements inside of it decide its effect. */
const transactionControl =
  /^\s*(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i

/** One statement, as a matrix or a scenario writes it. */
export const schema = z
  .strictObject({
    sql: z.string().min(1).describe('one statement; `$1`, `$2` … stand for `values`'),
    values: z.array(z.json()).min(1).optional().describe('its parameters: a list is an array, an object is JSON'),
    ...effectKeys('statement'),
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
  const { sql, values = [], adds, ...effects } = schema.parse(body)
  const added = adds === undefined ? undefined : { table: adds.table ?? resource.name, values: adds.values }
  return {
    ...effectsOf({ ...effects, adds: added }),
    readOnly: false,
    arguments: [],
    free: [sql, values],
  }
}
