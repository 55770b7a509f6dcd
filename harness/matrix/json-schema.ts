import { z } from 'zod'
import type { AccessPath } from '../paths/path.ts'
import { actorsSchema } from './actors-schema.ts'
import { matrixSchema } from './matrix-schema.ts'

/** @returns by file name: the text of the JSON Schemas that editors complete and check workspaces with. */
export function jsonSchemas(paths: readonly AccessPath[]): Readonly<Record<string, string>> {
  return {
    'actors.schema.json': textOf(actorsSchema),
    'matrix.schema.json': textOf(matrixSchema(paths)),
  }
}

/** Editors' YAML servers know draft 7 best. */
function textOf(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }), null, 2)}\n`
}
