import { z } from 'zod'
import type { AccessPath } from '../paths/path.ts'
import { actorsSchema } from './actors-schema.ts'
import { matrixSchema } from './matrix-schema.ts'

/** @returns by file name: the text of the JSON Schemas that editors complete and check workspaces with. */
export function jsonSchemas(paths: readonly AccessPath[]): Readonly<Record<string, string>> {
  return {
    'actors.schema.json': schemaText(actorsSchema),
    'matrix.schema.json': schemaText(matrixSchema(paths)),
  }
}

/**
 * @param reused how parts that occur more than once are written: `ref` keeps a large schema small.
 * @returns a JSON Schema as it is written; editors' YAML servers know draft 7 best.
 */
export function schemaText(schema: z.ZodType, reused: 'inline' | 'ref' = 'inline'): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input', reused }), null, 2)}\n`
}
