import type pg from 'pg'
import { away } from './database.ts'

/**
 * Whether the project allows private channels only. Hosted projects have a switch "Allow public access" in the dashboard; the
 * CLI's config.toml has none, so here it is a setting of the database, which a migration can make: `alter database postgres set
 * trespass.realtime_private_only = on`. It takes effect with the next join.
 */
export async function isPrivateOnly(pool: pg.Pool): Promise<boolean> {
  const found = await pool
    .query<{ on: boolean }>(
      `select split_part(setting, '=', 2)::boolean as on
       from pg_db_role_setting join pg_database on pg_database.oid = setdatabase, unnest(setconfig) as setting
       where setrole = 0 and datname = current_database() and setting like 'trespass.realtime\\_private\\_only=%'`,
    )
    .catch(away)
  return found.rows[0]?.on ?? false
}
