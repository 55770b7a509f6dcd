import { z } from 'zod'
import type { Catalog } from './catalog.ts'

/** The parts of a catalog, for reading it from a database and from a file. */
const columnSchema = z.object({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  hasDefault: z.boolean(),
  default: z.string().nullable().exactOptional(),
  generated: z.boolean(),
  identity: z.enum(['no', 'always', 'by-default']),
})

const exclusions = z.array(z.object({ columns: z.array(z.string()), byValue: z.boolean() }))

const partialKeys = z.array(z.object({ columns: z.array(z.string()), where: z.string() }))

const relationSchema = z.object({
  name: z.string(),
  kind: z.enum(['table', 'view', 'materialized-view', 'foreign-table', 'unknown']),
  isUnlogged: z.boolean().exactOptional(),
  columns: z.record(z.string(), columnSchema),
  primaryKey: z.array(z.string()),
  uniqueKeys: z.array(z.array(z.string())),
  partialKeys: partialKeys.exactOptional(),
  exclusions: exclusions.exactOptional(),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      references: z.string(),
      referencedColumns: z.array(z.string()),
      onDelete: z.enum(['no-action', 'restrict', 'cascade', 'set-null', 'set-default']),
    }),
  ),
})

export const functionSchema = z.object({
  name: z.string(),
  arguments: z.array(z.object({ name: z.string(), type: z.string(), optional: z.boolean() })),
  volatility: z.enum(['immutable', 'stable', 'volatile']),
  returnsSet: z.boolean(),
  returnsRowsOf: z.string().nullable(),
  securityDefiner: z.boolean(),
})

export const catalogSchema = z.object({
  relations: z.record(z.string(), relationSchema),
  functions: z.record(z.string(), z.array(functionSchema)),
}) satisfies z.ZodType<Catalog>

/** As a database shows them: with the facts that only it has. */
export const databaseRelationSchema = relationSchema.extend({
  kind: relationSchema.shape.kind.exclude(['unknown']),
  isUnlogged: z.boolean(),
  columns: z.record(z.string(), columnSchema.extend({ default: z.string().nullable() })),
  partialKeys,
  exclusions,
})
