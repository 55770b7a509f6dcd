import { randomBytes } from 'node:crypto'
import type pg from 'pg'

/** Passwords by login role, for the roles that the workspace's SQL creates: kept through a reset. */
export type LoginPasswords = Map<string, string>

/** @returns the existing roles; later ones are the workspace's. */
export async function rolesOf(superuser: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await superuser.query<{ name: string }>('select rolname as name from pg_roles')
  return new Set(rows.map(({ name }) => name))
}

/**
 * Gives every new login role a password of this sandbox, and replaces one from a migration.
 *
 * @param platform the roles from before the workspace's SQL: they are left unchanged.
 * @param passwords the known passwords; new ones are added.
 * @returns the connection strings by role.
 */
export async function openLogins(
  superuser: pg.Client,
  platform: ReadonlySet<string>,
  passwords: LoginPasswords,
  port: number,
): Promise<Record<string, string>> {
  const { rows } = await superuser.query<{ name: string }>(
    'select rolname as name from pg_roles where rolcanlogin order by rolname',
  )
  const logins: Record<string, string> = {}
  for (const { name } of rows.filter((role) => !platform.has(role.name))) {
    const password = passwords.get(name) ?? randomBytes(18).toString('base64url')
    passwords.set(name, password)
    await superuser.query(
      `alter role ${superuser.escapeIdentifier(name)} password ${superuser.escapeLiteral(password)}`,
    )
    logins[name] = `postgresql://${encodeURIComponent(name)}:${password}@127.0.0.1:${port}/postgres`
  }
  return logins
}
