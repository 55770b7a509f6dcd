import { z } from 'zod'
import { textsOfFiles } from '../paths/editor-names.ts'
import type { AccessPath } from '../paths/path.ts'
import { actorsSchema } from './actors-schema.ts'
import { matrixSchema } from './matrix-schema.ts'

/** @returns by file name: the text of the JSON Schemas that editors complete and check workspaces with. */
export function jsonSchemas(
  paths: readonly AccessPath[],
): Readonly<Record<'actors.schema.json' | 'matrix.schema.json', string>> {
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
  const converted = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', reused, override: allowFile })
  return `${JSON.stringify(converted, null, 2)}\n`
}

/** A file is read before the schema checks the value, so that an editor alone sees `{ $file: … }`. */
function allowFile({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType
  jsonSchema: z.core.JSONSchema.BaseSchema
}) {
  if (!textsOfFiles.has(zodSchema)) return
  const { description, ...text } = jsonSchema
  for (const key of Object.keys(text)) delete jsonSchema[key]
  const properties = { $file: { type: 'string', minLength: 1 } } as const
  jsonSchema.anyOf = [text, { type: 'object', properties, required: ['$file'], additionalProperties: false }]
}
