import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { RolePasswords } from '../keys.ts'
import { extensionsSql } from './stand-ins.ts'

const folder = join(import.meta.dirname, 'bootstrap')

/** Left out for projects that still have the platform's old default privileges. */
const NO_AUTOMATIC_GRANTS = '41-no-automatic-grants.sql'

/** Creates extensions, so the database has to know them. */
const INSTALLED = '80-installed.sql'

/**
 * The SQL for the roles, schemas, tables and functions that a hosted project has before its first migration. It runs as
 * supabase_admin in the empty database.
 *
 * @param oldDefaultGrants whether new tables, functions and sequences in public are granted to the API roles
 */
export async function platformSql(oldDefaultGrants: boolean): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const chosen = files.filter((name) => !(oldDefaultGrants && name === NO_AUTOMATIC_GRANTS))
  const texts = chosen.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8')
    return name === INSTALLED ? `${await extensionsSql()}\n${text}` : text
  })
  return (await Promise.all(texts)).join('\n')
}

/** Gives the platform's login roles the passwords of one sandbox. */
export async function setPasswords(superuser: pg.Client, passwords: RolePasswords): Promise<void> {
  const statements = Object.entries(passwords).map(
    ([role, password]) =>
      `alter role ${superuser.escapeIdentifier(role)} password ${superuser.escapeLiteral(password)}`,
  )
  await superuser.query(statements.join(';\n'))
}
