import { z } from 'zod'
import { userSchema } from './catalog-query.ts'
import { type Database, openDatabase, type TextRows } from './connection.ts'

/** A connection that sends read-only transactions. */
export interface CatalogConnection {
  /** Runs several statements as one read-only transaction in one round trip; @returns the last one's rows. */
  script(text: string): Promise<TextRows>
  close(): Promise<void>
}

/**
 * Opens no connection yet; the first statement does. Both the session and each transaction are read-only, so that PostgreSQL
 * refuses what would write.
 *
 * @param ca certificates in PEM by which the database's is verified.
 */
export function openCatalog(databaseUrl: string, ca: string | null, hold = 10_000): CatalogConnection {
  const database: Pick<Database, 'script' | 'close'> = openDatabase(databaseUrl, {
    connections: 1,
    ca,
    hold,
    isReadOnly: true,
  })
  return {
    script: (text) => database.script(`set transaction read only; ${text}`),
    close: () => database.close(),
  }
}

const abilities = z.array(z.tuple([z.string()])).transform((rows) => rows.map(([text]) => text))

/**
 * Reads what the role of a connection may do beyond reading the catalog. The history of migrations may be read: it is metadata of
 * the schema. Functions that PUBLIC may execute do not count: this connection calls none.
 *
 * @returns each ability as a verb with its object: `read rows of public.notes`; none for a role that may read the catalog alone.
 */
export async function abilitiesBeyondCatalog(catalog: CatalogConnection): Promise<readonly string[]> {
  return abilities.parse(await catalog.script(abilitiesQuery))
}

/** Objects of extensions are left out: some of them are readable for PUBLIC on every project. */
const ofExtension = `exists (select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`

const abilitiesQuery = `
  with own as (select r.* from pg_catalog.pg_roles r where r.rolname = current_user),
  -- A role without INHERIT becomes the roles that it is a member of by SET ROLE.
  able as (select r.oid, r.rolname from pg_catalog.pg_roles r, own
    where r.oid = own.oid or pg_catalog.pg_has_role(own.oid, r.oid, 'MEMBER')),
  found(text) as (
    select a.text from own cross join lateral (values
      (own.rolsuper, 'do everything: it is a superuser'), (own.rolbypassrls, 'bypass row security'),
      (own.rolcreaterole, 'create roles'), (own.rolcreatedb, 'create databases'), (own.rolreplication, 'replicate')) a(has, text)
    where a.has
    union all
    select 'act as ' || able.rolname from able, own where able.oid <> own.oid and not own.rolsuper
      and able.rolname in ('postgres', 'service_role', 'authenticated', 'anon', 'supabase_admin', 'pg_read_all_data',
        'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
    union all
    select 'create objects in the schema ' || n.nspname from pg_catalog.pg_namespace n
      where ${userSchema} and exists (select from able where pg_catalog.has_schema_privilege(able.oid, n.oid, 'CREATE'))
    union all
    select case when w.writes then 'write rows of ' else 'read rows of ' end || n.nspname || '.' || c.relname
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral (select
        exists (select from able where pg_catalog.has_schema_privilege(able.oid, n.oid, 'USAGE')
          and pg_catalog.has_any_column_privilege(able.oid, c.oid, 'SELECT')) as reads,
        exists (select from able where pg_catalog.has_schema_privilege(able.oid, n.oid, 'USAGE')
          and (pg_catalog.has_any_column_privilege(able.oid, c.oid, 'INSERT, UPDATE')
            or pg_catalog.has_table_privilege(able.oid, c.oid, 'DELETE, TRUNCATE'))) as writes) w
      where ${userSchema} and c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${ofExtension} and (w.writes
        or w.reads and not (n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations')))
  select text from found order by text`

const history = z.array(z.tuple([z.string(), z.string().nullable()]))

/** A migration as a target's own history names it. */
export interface AppliedMigration {
  readonly version: string
  readonly name: string | null
}

/**
 * Reads the history that the Supabase CLI keeps of applied migrations (supabase/cli, `pkg/migration/history.go`).
 *
 * @returns null where there is none, or the role may not read it.
 */
export async function readMigrationHistory(catalog: CatalogConnection): Promise<readonly AppliedMigration[] | null> {
  const [found] = await catalog.script(`select coalesce((select pg_catalog.bool_and(
      pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT'))
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations'), false)`)
  if (found?.[0] !== 't') return null
  const rows = await catalog.script(
    `select h.version, pg_catalog.to_jsonb(h) ->> 'name' from supabase_migrations.schema_migrations h order by 1`,
  )
  return history.parse(rows).map(([version, name]) => ({ version, name }))
}
