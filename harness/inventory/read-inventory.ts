import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import type { Target } from '../model/target.ts'
import { openDatabase } from '../witness/connection.ts'
import type { EdgeFunction, Inventory } from './model.ts'
import { readDescription, readServiceFacts } from './read-api.ts'
import { configuredSchemas, readCatalogPart } from './read-database.ts'

/** The default of the exposed schemas (Supabase CLI, `api.schemas`). */
const usualSchemas = ['public', 'graphql_public']

const unsaid = 'the Data API does not say which schemas it exposes: public and graphql_public are assumed'

/** A setting that Realtime keeps outside of the project's database. */
const realtimeLimit = 'whether public channels are allowed is a setting of Realtime, which no client can read'

/**
 * Lists the objects of a target that requests can reach: from its catalog with a database URL, else from the API's description.
 * Nothing is written.
 *
 * @param root the workspace's folder, for its Edge Functions.
 * @throws TrespassError of the database connection.
 */
export async function readInventory(root: string, target: Target): Promise<Inventory> {
  const facts = await readServiceFacts(target)
  const common = {
    edgeFunctions: edgeFunctionsOf(root),
    anonymousSignIns: facts.anonymousSignIns,
    servesPartitions: facts.servesPartitions,
  }
  if (target.databaseUrl === null) return { ...common, ...(await readByApi(target, facts.schemas)) }
  const { databaseUrl, databaseCa, hold = 10_000 } = target
  const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
  try {
    const schemas = facts.schemas ?? (await configuredSchemas(database))
    const limits = [...(schemas === null ? [unsaid] : []), realtimeLimit]
    return {
      source: 'database',
      limits,
      ...common,
      ...(await readCatalogPart(database, schemas ?? usualSchemas)),
    }
  } finally {
    await database.close()
  }
}

async function readByApi(
  target: Target,
  exposed: readonly string[] | null,
): Promise<Omit<Inventory, 'edgeFunctions' | 'anonymousSignIns' | 'servesPartitions'>> {
  const schemas = exposed ?? usualSchemas
  const { relations, functions, buckets, limits } = await readDescription(target, schemas)
  return {
    source: 'data-api',
    limits: [
      'without a database URL neither grants, policies, row security, columns with grants of their own, sequences, ' +
        'publications nor default privileges can be seen',
      'what is described to a signed-in user was not asked for: nothing signs in for an inventory',
      ...(exposed === null ? [unsaid] : []),
      ...limits,
      realtimeLimit,
    ],
    schemas: schemas.map((name) => ({ name, exists: true, usage: [], create: [] })),
    relations,
    functions,
    buckets,
    sequences: [],
    published: [],
    defaultPrivileges: [],
    graphql: false,
  }
}

const config = z.object({
  functions: z.record(z.string(), z.object({ verify_jwt: z.boolean().optional() })).optional(),
})

/** A folder of shared code begins with an underscore (Supabase CLI). */
const functionName = /^[a-z0-9][\w-]*$/i

/** @returns the Edge Functions of a workspace: the folders of `supabase/functions` that hold an `index` file. */
function edgeFunctionsOf(root: string): readonly EdgeFunction[] {
  const folder = join(root, 'supabase', 'functions')
  if (!existsSync(folder)) return []
  const settings = settingsOf(root)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && functionName.test(entry.name))
    .filter(({ name }) => readdirSync(join(folder, name)).some((file) => /^index\.(ts|js|mjs|tsx|jsx)$/.test(file)))
    .map(({ name }) => ({ name, verifyJwt: settings[name]?.verify_jwt ?? true }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** A file that cannot be read is the sandbox's to name. */
function settingsOf(root: string): NonNullable<z.infer<typeof config>['functions']> {
  try {
    const parsed = config.safeParse(parse(readFileSync(join(root, 'supabase', 'config.toml'), 'utf8')))
    return (parsed.success ? parsed.data.functions : undefined) ?? {}
  } catch {
    return {}
  }
}
