import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import type { Json } from '../../json.ts'
import type { Catalog, Column, DatabaseFunction, ForeignKey, Relation } from '../catalog.ts'

const property = z.looseObject({
  format: z.string().default('unknown'),
  description: z.string().default(''),
  default: z.json().optional(),
})

const definition = z.looseObject({
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), property).default({}),
})

const bodyArguments = z.looseObject({
  name: z.literal('args'),
  schema: z.looseObject({
    required: z.array(z.string()).default([]),
    properties: z.record(z.string(), z.looseObject({ format: z.string().default('unknown') })).default({}),
  }),
})

const path = z.looseObject({
  post: z.looseObject({ parameters: z.array(z.unknown()).default([]) }).optional(),
})

/** The part of PostgREST's OpenAPI document (PostgREST, OpenAPI.hs) that lists relations and functions. */
const document = z.looseObject({
  definitions: z.record(z.string(), definition).default({}),
  paths: z.record(z.string(), path).default({}),
})

/**
 * Reads a catalog from the description that the Data API gives of one schema.
 *
 * The description lacks facts that the database has: which relation is a view, which columns are generated or unique, the delete
 * rule of a foreign key, foreign keys of several columns or into other schemas, whether a function writes, and all but one form
 * of an overloaded function. A missing fact is assumed to be the case that refuses nothing.
 *
 * @throws TrespassError `no-description`
 */
export function catalogOf(schema: string, body: Json): Catalog {
  const parsed = document.safeParse(body)
  if (!parsed.success) throw noDescription()
  const { definitions, paths } = parsed.data
  const relations = Object.entries(definitions).map(([name, one]) => relationOf(schema, name, one))
  const functions = Object.entries(paths).flatMap(([route, one]) => functionOf(schema, route, one))
  return {
    relations: Object.fromEntries(relations.map((relation) => [relation.name, relation])),
    functions: Object.fromEntries(functions.map((one) => [one.name, [one]])),
  }
}

/** @returns the error for a Data API that does not describe itself. */
export function noDescription(): TrespassError {
  const message = 'the Data API does not describe its tables to the secret key, so that nothing can be read by it'
  const hint = 'Set TRESPASS_DATABASE_URL, or let PostgREST describe itself (`pgrst.openapi_mode`).'
  return new TrespassError('no-description', message, { hint })
}

/** @returns the schemas that PostgREST lists in its answer to an unknown one, in either of its two forms. */
export function exposedSchemas(said: string): readonly string[] {
  const list = /(?:one of the following|following schemas are exposed): (.+)$/m.exec(said)?.[1] ?? ''
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function relationOf(schema: string, name: string, { required, properties }: z.infer<typeof definition>): Relation {
  const columns = Object.entries(properties)
  return {
    name: `${schema}.${name}`,
    kind: 'unknown',
    columns: Object.fromEntries(columns.map(([column, one]) => [column, columnOf(column, one, required)])),
    primaryKey: columns.filter(([, { description }]) => description.includes('<pk/>')).map(([column]) => column),
    uniqueKeys: [],
    foreignKeys: columns.flatMap(([column, { description }]) => foreignKeyOf(schema, column, description)),
  }
}

function columnOf(name: string, { format, default: given }: z.infer<typeof property>, required: string[]): Column {
  // Some defaults are left out, those of serial and identity columns among them. Of a uuid it is a call, and shown.
  return {
    name,
    type: format,
    nullable: !required.includes(name),
    hasDefault: given !== undefined || format !== 'uuid',
    generated: false,
    identity: 'no',
  }
}

function foreignKeyOf(schema: string, column: string, description: string): ForeignKey[] {
  const [, table, referenced] = /<fk table='([^']+)' column='([^']+)'\/>/.exec(description) ?? []
  if (table === undefined || referenced === undefined) return []
  const references = `${schema}.${table}`
  return [{ name: column, columns: [column], references, referencedColumns: [referenced], onDelete: 'no-action' }]
}

function functionOf(schema: string, route: string, { post }: z.infer<typeof path>): DatabaseFunction[] {
  const name = /^\/rpc\/(.+)$/.exec(route)?.[1]
  if (name === undefined) return []
  const body = (post?.parameters ?? []).map((one) => bodyArguments.safeParse(one)).find(({ success }) => success)?.data
  const { required = [], properties = {} } = body?.schema ?? {}
  return [
    {
      name: `${schema}.${name}`,
      arguments: Object.entries(properties).map(([argument, { format }]) => ({
        name: argument,
        type: format,
        optional: !required.includes(argument),
      })),
      volatility: 'volatile',
      returnsSet: false,
      returnsRowsOf: null,
      securityDefiner: false,
    },
  ]
}
