import { z } from 'zod'
import { matrixSchema, provesSchema, resourceKinds, resourceSchema, verbSchemas } from '../matrix/matrix-schema.ts'
import type { AccessPath } from '../paths/path.ts'
import type { Recipe } from './recipe.ts'
import { snapshotsShape } from './snapshots.ts'

/** Far more than a race needs; a typing mistake should not occupy a target for an hour. */
const mostRounds = 1000

/** Keys that every scenario may have, whatever its recipe. */
export const commonShape = {
  scenario: z.string().min(1).describe('the name of the scenario, once in a workspace'),
  recipe: z.string(),
  invariants: z.record(z.string(), z.string()).optional().describe('a sentence per id'),
  proves: provesSchema.optional(),
  overlap: z
    .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
    .optional()
    .describe('the level of overlap below which nothing is proven'),
  snapshots: snapshotsShape
    .optional()
    .describe('rows that record who wrote them and what was running then: they show who met whom'),
  rounds: z.int().min(1).max(mostRounds).optional().describe('how many times all of it is done, with fresh fixtures'),
}

/** Keys that declare the resource, its fixtures and the operations. They are read like those of a matrix. */
export const actingKeys: readonly string[] = ['resource', 'fixtures', 'operations']

/** @returns the schema of a whole scenario file, for editors. */
export function scenarioSchema(paths: readonly AccessPath[], recipes: readonly Recipe[]): z.ZodType {
  const { fixtures } = matrixSchema(paths).shape
  const named = z.union(resourceKinds(paths).map((kind) => resourceSchema(kind, paths)))
  const resource = named.optional().describe('what an operation is about that names no resource of its own')
  const verbs = verbSchemas(paths)
  const acting = {
    resource,
    ...(fixtures === undefined ? {} : { fixtures }),
    operations: z
      .record(z.string(), z.union(verbs.map((schema) => schema.safeExtend({ resource: named.optional() }))))
      .optional()
      .describe('what is done, by name: an operation as in a matrix, which may name a resource of its own'),
  }
  return z
    .union(
      recipes.map((recipe) =>
        z
          .strictObject({ ...commonShape, ...acting, ...recipe.schema.shape })
          .safeExtend({ recipe: z.literal(recipe.name).describe(recipe.summary) }),
      ),
    )
    .meta({ title: 'Trespass scenario' })
}
