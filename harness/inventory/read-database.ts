import { z } from 'zod'
import type { Database } from '../witness/connection.ts'
import { apiRoles, type Bucket, commands, type Inventory, type QualifiedName } from './model.ts'
import { bucketsQuery, configuredSchemasQuery, hasBucketsQuery, inventoryScript } from './queries.ts'

const role = z.enum(apiRoles)
const command = z.enum(commands)
const texts = z.array(z.string())
const byRole = z.partialRecord(role, texts)
const qualified = z.object({ schema: z.string(), name: z.string() }) satisfies z.ZodType<QualifiedName>

const schema = z.object({ name: z.string(), exists: z.boolean(), usage: z.array(role), create: z.array(role) })

const policy = z.object({
  name: z.string(),
  command: z.enum([...commands, 'all']),
  permissive: z.boolean(),
  roles: texts,
  appliesTo: z.array(role),
  using: z.string().nullable(),
  check: z.string().nullable(),
})

const relation = z.object({
  ...qualified.shape,
  kind: z.enum(['table', 'partitioned table', 'view', 'materialized view', 'foreign table']),
  exposed: z.boolean(),
  owner: z.string(),
  rowSecurity: z.enum(['off', 'on', 'forced']),
  extension: z.string().nullable(),
  partitionOf: qualified.nullable(),
  inherits: z.array(qualified),
  invoker: z.boolean(),
  barrier: z.boolean(),
  reads: z.array(z.object({ ...qualified.shape, rowSecurity: z.boolean(), asOwner: z.boolean() })),
  possible: z.array(command),
  columns: texts,
  privileges: byRole,
  columnPrivileges: z.array(z.object({ column: z.string(), privileges: byRole })),
  policies: z.array(policy),
})

const databaseFunction = z.object({
  ...qualified.shape,
  arguments: z.string(),
  returns: z.string(),
  owner: z.string(),
  definer: z.boolean(),
  searchPath: z.string().nullable(),
  volatility: z.enum(['immutable', 'stable', 'volatile']),
  extension: z.string().nullable(),
  uncallable: z.string().nullable(),
  execute: z.array(role),
  publicExecute: z.boolean(),
})

const sequence = z.object({ ...qualified.shape, privileges: byRole })

const published = z.object({
  ...qualified.shape,
  columns: texts,
  rowFilter: z.string().nullable(),
  replicaIdentity: z.enum(['default', 'nothing', 'full', 'index']),
})

const defaultPrivilege = z.object({
  creator: z.string(),
  schema: z.string().nullable(),
  objects: z.enum(['tables', 'sequences', 'functions', 'types', 'schemas']),
  grantee: z.string(),
  privileges: texts,
})

const bucket = z.object({
  id: z.string(),
  public: z.boolean(),
  fileSizeLimit: z.number().nullable(),
  allowedMimeTypes: texts.nullable(),
}) satisfies z.ZodType<Bucket>

/** A column of the script's one row, which holds JSON. */
const json = <T>(shape: z.ZodType<T>) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape)

const row = z.tuple([
  json(z.array(schema)),
  json(z.array(relation)),
  json(z.array(databaseFunction)),
  json(z.array(sequence)),
  json(z.array(published)),
  json(z.array(defaultPrivilege)),
  json(z.boolean()),
])

/** The part of an inventory that the database's catalog shows. */
export type CatalogPart = Pick<
  Inventory,
  'schemas' | 'relations' | 'functions' | 'sequences' | 'published' | 'defaultPrivileges' | 'graphql' | 'buckets'
>

/**
 * Reads the objects of a project's database that its API roles can reach, in three round trips. Nothing is written and no row of
 * the project's tables is read, buckets excepted.
 *
 * @param exposed the schemas that the Data API exposes.
 * @throws TrespassError of the connection.
 */
export async function readCatalogPart(database: Database, exposed: readonly string[]): Promise<CatalogPart> {
  const [found] = await database.script(inventoryScript(exposed))
  const [schemas, relations, functions, sequences, changes, defaults, graphql] = row.parse(found)
  return {
    schemas,
    relations,
    functions,
    sequences,
    published: changes,
    defaultPrivileges: defaults,
    graphql,
    buckets: await readBuckets(database),
  }
}

async function readBuckets(database: Database): Promise<readonly Bucket[] | null> {
  const [there] = await database.query(hasBucketsQuery)
  if (there?.[0] !== 't') return null
  const [found] = await database.query(bucketsQuery)
  return z.tuple([json(z.array(bucket))]).parse(found)[0]
}

/** @returns the exposed schemas as the database's settings name them; null when they do not. */
export async function configuredSchemas(database: Database): Promise<readonly string[] | null> {
  const [found] = await database.query(configuredSchemasQuery)
  const names = (found?.[0] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.length === 0 ? null : names
}
