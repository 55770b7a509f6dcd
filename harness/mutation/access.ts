import { type ClientRole, type Command, clientRoles, commands } from '../inventory/model.ts'
import { isTrue } from './conditions.ts'
import type { GrantEntry, MutablePolicy, MutableTable } from './schema.ts'

/** An access that a policy decides: one client role and one command for which the role holds a privilege. */
export interface Reach {
  readonly role: ClientRole
  readonly command: Command
}

/** @returns true when an access list gives a role a privilege, by its own entry or by that of PUBLIC. */
export function gives(entries: readonly GrantEntry[], role: string, privilege: string): boolean {
  return entries.some((entry) => entry.privilege === privilege && [role, 'public'].includes(entry.grantee))
}

/** @returns true when a client role holds a privilege on a table or on one of its columns. */
export function holds(table: Pick<MutableTable, 'grants' | 'columns'>, role: ClientRole, privilege: Command): boolean {
  return gives(table.grants, role, privilege) || table.columns.some(({ grants }) => gives(grants, role, privilege))
}

/** @returns the roles and commands of a policy that a client can use. */
export function reachOf(table: MutableTable, { command, roles }: Pick<MutablePolicy, 'command' | 'roles'>): Reach[] {
  return clientRoles
    .filter((role) => roles.includes(role) || roles.includes('public'))
    .flatMap((role) => commands.map((one) => ({ role, command: one })))
    .filter((one) => command === 'all' || command === one.command)
    .filter((one) => holds(table, one.role, one.command))
}

/** A policy before and after a change; null for none. */
export interface PolicyChange {
  readonly before: MutablePolicy
  readonly after: MutablePolicy | null
}

/** @returns why a change of a policy makes no difference to any client; null when that is not shown. */
export function whyUnchanged(table: MutableTable, { before, after }: PolicyChange): string | null {
  if (!table.rowSecurity) return 'row security of the table is off'
  const reach = [...reachOf(table, before), ...(after === null ? [] : reachOf(table, after))]
  if (reach.length === 0) return 'no client role that it applies to holds a privilege for its command'
  if (after !== null && addsNothing(table, before, after)) return 'no client role holds a privilege for what it adds'
  const others = table.policies.filter((one) => one !== before && one.permissive)
  const isPermissive = before.permissive && after?.permissive !== false
  if (isPermissive) {
    const covering = reach.map((one) => others.find((other) => covers(other, one)))
    const [first] = covering
    if (first === undefined || covering.includes(undefined)) return null
    return `the policy ${first.name} lets every row through`
  }
  const isRestrictive = !before.permissive && after?.permissive !== true
  const isAlone = reach.every((one) => !others.some((other) => appliesTo(other, one)))
  return isRestrictive && isAlone ? 'no permissive policy applies with it' : null
}

/** True when a policy has the same conditions as before, for the same roles and commands that clients can use. */
function addsNothing(table: MutableTable, before: MutablePolicy, after: MutablePolicy): boolean {
  const hasSameReach = JSON.stringify(reachOf(table, before)) === JSON.stringify(reachOf(table, after))
  // USING does not apply to an insert.
  const hasSameUsing = before.using === after.using || before.command === 'insert'
  return hasSameReach && hasSameUsing && before.check === after.check && before.permissive === after.permissive
}

function appliesTo({ roles, command }: MutablePolicy, reach: Reach): boolean {
  return (roles.includes(reach.role) || roles.includes('public')) && (command === 'all' || command === reach.command)
}

function covers(policy: MutablePolicy, reach: Reach): boolean {
  if (!appliesTo(policy, reach)) return false
  const { using, check } = policy
  if (reach.command === 'insert') return isTrue(check ?? using)
  return isTrue(using) && (reach.command !== 'update' || isTrue(check ?? using))
}
