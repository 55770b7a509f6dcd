import type { GrantEntry, MutablePolicy } from './schema.ts'

/** @returns a string literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** @returns a role as a statement names it. The catalog has it quoted already. */
function roleNames(roles: readonly string[]): string {
  return roles.join(', ')
}

/** @returns `create policy …` on a table, one clause for each part that the policy has. */
export function createPolicy(table: string, name: string, policy: Omit<MutablePolicy, 'name'>): string {
  const { command, permissive, roles, using, check } = policy
  const mode = permissive ? '' : ' as restrictive'
  const conditions = [
    ...(using === null ? [] : [` using (${using})`]),
    ...(check === null ? [] : [` with check (${check})`]),
  ]
  return `create policy ${name} on ${table}${mode} for ${command} to ${roleNames(roles)}${conditions.join('')}`
}

/**
 * @param on the object of the privileges: `table public.documents`.
 * @param column the column, where the privileges are on one.
 * @returns one statement for each entry.
 */
export function grantStatements(on: string, entries: readonly GrantEntry[], column?: string): readonly string[] {
  return entries.map(({ grantee, privilege, grantable }) => {
    const columns = column === undefined ? '' : ` (${column})`
    return `grant ${privilege}${columns} on ${on} to ${grantee}${grantable ? ' with grant option' : ''}`
  })
}
