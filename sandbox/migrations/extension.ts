/** What a `CREATE EXTENSION` statement asks for. */
export interface ExtensionRequest {
  name: string
  schema: string | undefined
  onlyIfMissing: boolean
  withDependencies: boolean
}

const NAME = String.raw`("(?:[^"]|"")+"|[\w$]+|'[^']+')`
const STATEMENT = new RegExp(String.raw`^create\s+extension\s+(if\s+not\s+exists\s+)?${NAME}(.*)$`, 'is')
const SCHEMA = new RegExp(String.raw`\bschema\s+${NAME}`, 'i')

/** Reads a `CREATE EXTENSION` statement; `undefined` for any other one. Its VERSION clause is ignored by the platform. */
export function readExtensionRequest(statement: string): ExtensionRequest | undefined {
  const match = STATEMENT.exec(statement)
  const name = match?.[2]
  if (match === null || name === undefined) return undefined
  const rest = match[3] ?? ''
  const schema = SCHEMA.exec(rest)?.[1]
  return {
    name: unquote(name),
    schema: schema === undefined ? undefined : unquote(schema),
    onlyIfMissing: match[1] !== undefined,
    withDependencies: /\bcascade\b/i.test(rest),
  }
}

function unquote(name: string): string {
  if (name.startsWith('"')) return name.slice(1, -1).replaceAll('""', '"')
  return name.startsWith("'") ? name.slice(1, -1) : name.toLowerCase()
}

/** Of PostgreSQL's own extensions those that a hosted project's owner may create. */
export const OFFERED_EXTENSIONS: ReadonlySet<string> = new Set([
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
])
