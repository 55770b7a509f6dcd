import { z } from 'zod'
import { messageOf, TrespassError } from '../errors.ts'
import type { Target } from '../model/target.ts'
import { openDatabase } from '../witness/connection.ts'
import type { DatabaseReport, Facts } from './model.ts'

const reportSchema = z.object({
  version: z.string(),
  role: z.string(),
  seesAllRows: z.boolean(),
  seesSessions: z.boolean(),
  writableTables: z.number(),
  tables: z.array(z.string()),
  withheld: z.array(z.string()),
  timeouts: z.record(z.string(), z.string().nullable()),
  maxRows: z.coerce.number().nullable(),
  published: z.number(),
  channelPolicies: z.number().nullable(),
}) satisfies z.ZodType<DatabaseReport>

const rowSchema = z.tuple([z.tuple([z.string()])])

/**
 * Reads the database's version and its role's privileges, in one read-only transaction.
 *
 * @param schemas those that the Data API exposes.
 */
export async function probeDatabase(
  { databaseUrl, databaseCa, hold = 10_000 }: Pick<Target, 'databaseUrl' | 'databaseCa' | 'hold'>,
  schemas: readonly string[],
): Promise<Facts['database']> {
  if (databaseUrl === null) return null
  const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
  try {
    const listed = schemas.map((schema) => `'${schema.replaceAll("'", "''")}'`).join(', ')
    const [[text]] = rowSchema.parse(await database.script(`set transaction read only; ${query(listed)}`))
    return reportSchema.parse(JSON.parse(text))
  } catch (error) {
    const known = error instanceof TrespassError
    return {
      failure: messageOf(error),
      hint: (known ? error.hint : null) ?? null,
    }
  } finally {
    await database.close()
  }
}

const query = (schemas: string) => `
  with tables as (
    select c.oid, n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in (${schemas}))
  select json_build_object(
    'version', current_setting('server_version'),
    'role', current_user,
    'seesAllRows', (select rolsuper or rolbypassrls from pg_roles where rolname = current_user),
    'seesSessions', pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
    'writableTables', (select count(*) from tables where has_table_privilege(oid, 'select')
      and has_table_privilege(oid, 'insert') and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete')),
    'tables', (select coalesce(json_agg(name order by name), '[]') from tables),
    'withheld', (select coalesce(json_agg(name order by name), '[]') from tables
      where not has_table_privilege('service_role', oid, 'select')),
    'timeouts', (
      select json_object_agg(rolname, (
        select split_part(setting, '=', 2) from unnest(rolconfig) setting where setting like 'statement\\_timeout=%'))
      from pg_roles where rolname in ('anon', 'authenticated', 'service_role')),
    'maxRows', (
      select split_part(setting, '=', 2) from pg_roles, unnest(rolconfig) setting
      where rolname = 'authenticator' and setting like 'pgrst.db\\_max\\_rows=%'),
    'published', (select count(*) from pg_publication_tables where pubname = 'supabase_realtime'),
    'channelPolicies', (
      select count(p.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join pg_policy p on p.polrelid = c.oid
      where n.nspname = 'realtime' and c.relname = 'messages' having count(c.oid) > 0))`
