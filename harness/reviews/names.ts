import type { QualifiedName } from '../inventory/model.ts'

/** @returns schema and name, unquoted: how reviews and matrices name an object. */
export function nameOf({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`
}

const platform = new Set(
  'auth storage realtime vault extensions graphql graphql_public pgsodium pgbouncer cron net pgmq sandbox supabase_functions supabase_migrations'.split(
    ' ',
  ),
)

/** @returns whether a schema is the platform's, whose objects the project does not make. */
export function isOfPlatform(schema: string): boolean {
  return platform.has(schema)
}
