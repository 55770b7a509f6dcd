import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { RolePasswords } from '../keys.ts'

const folder = join(import.meta.dirname, 'bootstrap')

/** Left out for projects that still have the platform's old default privileges. */
const NO_AUTOMATIC_GRANTS = '41-no-automatic-grants.sql'

/**
 * Makes the roles, schemas, tables and functions that a hosted project has before its first migration.
 *
 * @param superuser a connection as supabase_admin to the empty database
 * @param oldDefaultGrants whether new tables, functions and sequences in public are granted to the API roles
 */
export async function bootstrap(
  superuser: pg.Client,
  passwords: RolePasswords,
  oldDefaultGrants: boolean,
): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const chosen = files.filter((name) => !(oldDefaultGrants && name === NO_AUTOMATIC_GRANTS))
  const texts = await Promise.all(chosen.map((name) => readFile(join(folder, name), 'utf8')))
  for (const role of ['postgres', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin'] as const) {
    texts.push(`alter role ${role} password ${superuser.escapeLiteral(passwords[role])};`)
  }
  await superuser.query(texts.join('\n'))
}
