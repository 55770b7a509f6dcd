import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'

const folder = join(import.meta.dirname, 'stand-ins')

/** SQL that stands in for an extension which the PostgreSQL of the sandbox does not have. */
interface StandIn {
  /** The version that hosted projects have. */
  readonly version: string
  /** The schema that the extension's control file names: the extension is made there, whatever the statement says. */
  readonly schema?: string
  readonly requires?: readonly string[]
  /** Whether ALTER EXTENSION SET SCHEMA may move it. */
  readonly moves?: true
  /** What it does not do, for a run's report. */
  readonly lacks: string
}

/** By the name of the extension; the SQL is in `stand-ins/<name>.sql`. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  http: { version: '1.6', lacks: 'every request fails' },
  hypopg: { version: '1.4.1', lacks: 'no index is hypothetical' },
  index_advisor: { version: '0.2.0', requires: ['hypopg'], lacks: 'nothing is advised' },
  pg_cron: { version: '1.6.4', schema: 'pg_catalog', lacks: 'no job runs by itself' },
  pg_graphql: { version: '1.5.11', schema: 'graphql', lacks: 'no query is resolved' },
  pg_net: { version: '0.19.5', lacks: 'a request is queued and never sent' },
  pgjwt: { version: '0.2.0', lacks: 'nothing is missing' },
  pgmq: { version: '1.5.1', schema: 'pgmq', lacks: 'no queue is partitioned' },
  pgsodium: { version: '3.1.8', schema: 'pgsodium', lacks: 'columns are not encrypted' },
  supabase_vault: { version: '0.3.1', schema: 'vault', lacks: 'secrets are not encrypted' },
  vector: { version: '0.8.0', moves: true, lacks: 'no index is used, so every search is exact' },
  wrappers: { version: '0.5.7', lacks: 'a query of a foreign table fails' },
}

/** Of PostgreSQL's own extensions those that a hosted project's owner may create. */
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

/** The SQL that tells the database which extensions `postgres` may create, with the scripts of the stand-ins. */
export async function extensionsSql(): Promise<string> {
  const offered = OFFERED_EXTENSIONS.map((name) => `(${literal(name)})`)
  const standIns = Object.entries(STAND_INS).map(async ([name, { version, schema, requires = [], moves = false }]) => {
    const script = await readFile(join(folder, `${name}.sql`), 'utf8')
    const needed = `array[${requires.map(literal).join(', ')}]::text[]`
    const place = schema === undefined ? 'null' : literal(schema)
    return `(${[literal(name), literal(version), place, needed, moves, literal(script)].join(', ')})`
  })
  return [
    `insert into sandbox.extensions (name) values ${offered.join(', ')};`,
    'insert into sandbox.extensions (name, version, schema_name, requires, is_relocatable, script) values',
    `${(await Promise.all(standIns)).join(',\n')};`,
  ].join('\n')
}

function literal(text: string): string {
  // As standard_conforming_strings has it, which is on: a backslash is a backslash.
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * @returns a sentence that names the stand-ins which the project uses, or nothing. Vault is there from the start: it is in
 *   use once it holds a secret or a function or view of the project names it.
 */
export async function standInsInUse(superuser: pg.Client): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(`
    select extname as name from pg_extension join sandbox.extensions on name = extname
    where script is not null and (
      extname <> 'supabase_vault'
      or exists (select from vault.secrets)
      or exists (
        select from pg_proc where proowner = 'postgres'::regrole and prosrc || coalesce(pg_get_function_sqlbody(pg_proc.oid), '') ~ '\\mvault\\M')
      or exists (select from pg_views where viewowner = 'postgres' and definition ~ '\\mvault\\M'))
    order by name`)
  if (rows.length === 0) return []
  const named = rows.map(({ name }) => `${name} (${STAND_INS[name]?.lacks ?? ''})`)
  return [`stand-ins for extensions that the sandbox does not have: ${named.join(', ')}`]
}
