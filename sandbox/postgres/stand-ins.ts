import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'

const folder = join(import.meta.dirname, 'stand-ins')

/** SQL in place of an extension. */
interface StandIn {
  /** The version on hosted projects. */
  readonly version: string
  /** The schema in the extension's control file: the extension is created there, whatever the statement names. */
  readonly schema?: string
  readonly requires?: readonly string[]
  /** Whether ALTER EXTENSION SET SCHEMA may move it. */
  readonly moves?: true
  /**
   * True where it is used although the PostgreSQL at hand has the extension: its library would have to be loaded at the
   * start of the server, and a job or a request would leave the sandbox by itself.
   */
  readonly always?: true
  /** The missing functions, for a run's report. */
  readonly lacks: string
}

/** By the name of the extension; the SQL is in `stand-ins/<name>.sql`. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  http: { version: '1.6', lacks: 'every request fails' },
  hypopg: { version: '1.4.1', lacks: 'no index is hypothetical' },
  index_advisor: { version: '0.2.0', requires: ['hypopg'], lacks: 'nothing is advised' },
  pg_cron: { version: '1.6.4', schema: 'pg_catalog', always: true, lacks: 'no job runs by itself' },
  pg_graphql: { version: '1.5.11', schema: 'graphql', lacks: 'no query is resolved' },
  pg_net: { version: '0.19.5', always: true, lacks: 'a request is queued and never sent' },
  pg_repack: { version: '1.5.2', lacks: 'no table is repacked' },
  pg_tle: { version: '1.4.0', schema: 'pgtle', always: true, lacks: 'no extension is installed with it' },
  pgaudit: { version: '17.0', always: true, lacks: 'nothing is logged' },
  pgjwt: { version: '0.2.0', lacks: 'nothing is missing' },
  pgmq: { version: '1.5.1', schema: 'pgmq', lacks: 'no queue is partitioned' },
  pgsodium: { version: '3.1.8', schema: 'pgsodium', always: true, lacks: 'columns are not encrypted' },
  pgtap: { version: '1.2.0', lacks: 'it has no test functions' },
  plpgsql_check: { version: '2.7', lacks: 'no function is checked' },
  supabase_vault: { version: '0.3.1', schema: 'vault', always: true, lacks: 'secrets are not encrypted' },
  vector: { version: '0.8.0', moves: true, lacks: 'no index is used, so every search is exact' },
  wrappers: { version: '0.5.7', lacks: 'a query of a foreign table fails' },
}

/** Extensions of PostgreSQL that a hosted project's owner may create. */
const OFFERED_EXTENSIONS = [
  'amcheck',
  'autoinc',
  'bloom',
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dblink',
  'dict_int',
  'dict_xsyn',
  'earthdistance',
  'fuzzystrmatch',
  'hstore',
  'insert_username',
  'intarray',
  'isn',
  'lo',
  'ltree',
  'moddatetime',
  'pg_buffercache',
  'pg_freespacemap',
  'pg_prewarm',
  'pg_stat_statements',
  'pg_trgm',
  'pg_visibility',
  'pg_walinspect',
  'pgcrypto',
  'pgrowlocks',
  'pgstattuple',
  'plpgsql',
  'postgres_fdw',
  'refint',
  'seg',
  'sslinfo',
  'tablefunc',
  'tcn',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
  'xml2',
] as const

/** Those that the PostgreSQL that npm installs has not. One that `TRESPASS_POSTGRES_BIN` names may have them. */
export const OFFERED_ELSEWHERE = [
  'address_standardizer',
  'address_standardizer_data_us',
  'pg_hashids',
  'pg_jsonschema',
  'pg_partman',
  'pgroonga',
  'pgroonga_database',
  'pgrouting',
  'plv8',
  'postgis',
  'postgis_raster',
  'postgis_sfcgal',
  'postgis_tiger_geocoder',
  'postgis_topology',
  'rum',
] as const

/** The SQL that sets which extensions `postgres` may create, with the scripts of the stand-ins. */
export async function extensionsSql(): Promise<string> {
  const offered = [...OFFERED_EXTENSIONS, ...OFFERED_ELSEWHERE].map((name) => `(${literal(name)})`)
  const standIns = Object.entries(STAND_INS).map(async ([name, standIn]) => {
    const { version, schema, requires = [], moves = false, always = false } = standIn
    const script = await readFile(join(folder, `${name}.sql`), 'utf8')
    const needed = `array[${requires.map(literal).join(', ')}]::text[]`
    const place = schema === undefined ? 'null' : literal(schema)
    return `(${[literal(name), literal(version), place, needed, moves, always, literal(script)].join(', ')})`
  })
  return [
    `insert into sandbox.extensions (name) values ${offered.join(', ')};`,
    'insert into sandbox.extensions (name, version, schema_name, requires, is_relocatable, is_always, script) values',
    `${(await Promise.all(standIns)).join(',\n')};`,
  ].join('\n')
}

function literal(text: string): string {
  // With standard_conforming_strings, which is on, a backslash is an ordinary character.
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * Adds the wrappers of pgmq to its stand-in if the project uses their schema without creating it: on a hosted project the
 * dashboard creates it.
 *
 * @param sql the project's files
 */
export async function offerQueues(
  superuser: pg.Client,
  exposed: readonly string[],
  sql: readonly string[],
): Promise<void> {
  const isNamed = exposed.includes('pgmq_public') || sql.some((text) => text.includes('pgmq_public'))
  const isMade = sql.some((text) => /create\s+schema\s+(?:if\s+not\s+exists\s+)?"?pgmq_public\b/i.test(text))
  if (!isNamed || isMade) return
  const script = await readFile(join(folder, 'pgmq_public.sql'), 'utf8')
  await superuser.query(`update sandbox.extensions set script = script || $1 where name = 'pgmq'`, [script])
}

/** Makes CREATE EXTENSION do nothing for these extensions. */
export async function skipExtensions(superuser: pg.Client, names: readonly string[]): Promise<void> {
  await superuser.query(
    `insert into sandbox.extensions (name, is_skipped) select name, true from unnest($1::text[]) as name
     on conflict (name) do update set is_skipped = true`,
    [names],
  )
}

/** Stand-ins that exist from the start, each with the table that is empty until it is used. */
const FROM_THE_START = { supabase_vault: 'vault.secrets', pgsodium: 'pgsodium.key' }

/**
 * @returns a sentence that names the stand-ins in use, or nothing. One that exists from the start is in use once its table has
 *   a row, or a function or view of the project names its schema.
 */
export async function standInsInUse(superuser: pg.Client): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(`
    select extname as name from pg_extension join sandbox.extensions on name = extname
    where sandbox.has_stand_in(extname) order by name`)
  const inUse: string[] = []
  for (const { name } of rows)
    if (await isInUse(superuser, name)) inUse.push(`${name} (${STAND_INS[name]?.lacks ?? ''})`)
  return inUse.length === 0 ? [] : [`stand-ins for extensions that the sandbox does not have: ${inUse.join(', ')}`]
}

async function isInUse(superuser: pg.Client, name: string): Promise<boolean> {
  const table = Object.entries(FROM_THE_START).find(([extension]) => extension === name)?.[1]
  if (table === undefined) return true
  const { rows } = await superuser.query<{ found: boolean }>(
    `select exists (select from ${table})
      or exists (
        select from pg_proc where proowner = 'postgres'::regrole
          and prosrc || coalesce(pg_get_function_sqlbody(oid), '') ~ $1)
      or exists (select from pg_views where viewowner = 'postgres' and definition ~ $1) as found`,
    [`\\m${table.split('.')[0]}\\.`],
  )
  return rows[0]?.found ?? false
}
