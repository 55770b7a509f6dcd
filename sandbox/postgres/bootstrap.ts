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
 * @param major the major version of PostgreSQL
 */
export async function platformSql(oldDefaultGrants: boolean, major: number): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const chosen = files.filter((name) => !(oldDefaultGrants && name === NO_AUTOMATIC_GRANTS))
  const texts = chosen.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8')
    return name === INSTALLED ? `${await extensionsSql()}\n${text}` : text
  })
  return forVersion((await Promise.all(texts)).join('\n'), major)
}

/**
 * Leaves out what older versions do not have: INHERIT and SET of a membership came with 16, the privilege MAINTAIN with 17.
 * In 15 every membership lets a role become the other one.
 */
function forVersion(sql: string, major: number): string {
  const memberships = major >= 16 ? sql : sql.replaceAll(/ with inherit false, set (?:true|false);/g, ';')
  return major >= 17 ? memberships : memberships.replaceAll(/, maintain on /g, ' on ')
}

/** Gives the platform's login roles the passwords of one sandbox. */
export async function setPasswords(superuser: pg.Client, passwords: RolePasswords): Promise<void> {
  const statements = Object.entries(passwords).map(
    ([role, password]) =>
      `alter role ${superuser.escapeIdentifier(role)} password ${superuser.escapeLiteral(password)}`,
  )
  await superuser.query(statements.join(';\n'))
}
