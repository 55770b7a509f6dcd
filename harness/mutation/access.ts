import { type ClientRole, type Command, clientRoles, commands } from '../inventory/model.ts'
import { areContradictory, type Conjunct, isTrue } from './conditions.ts'
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
  return (
    clientRoles
      .filter((role) => roles.includes(role) || roles.includes('public'))
      .flatMap((role) => commands.map((one) => ({ role, command: one })))
      .filter((one) => command === 'all' || command === one.command)
      .filter((one) => holds(table, one.role, one.command))
      // Realtime asks what a client may receive and send, and no request names the table.
      .filter((one) => !isMessages(table) || one.command === 'select' || one.command === 'insert')
  )
}

function isMessages({ schema, name }: MutableTable): boolean {
  return schema === 'realtime' && name === 'messages'
}

/** A policy before and after a change; null for none. */
export interface PolicyChange {
  readonly before: MutablePolicy
  readonly after: MutablePolicy | null
}

/** Reads the conjuncts of a condition; null for one that the parser does not read. */
export type ReadConjuncts = (condition: string) => Promise<readonly Conjunct[] | null>

/** What of the schema beside the table decides what a policy comes to. */
export interface PolicySurroundings {
  readonly read: ReadConjuncts
  /** True when functions change rows of the table as their caller, and so without having to read them. */
  readonly isChangedUnread: boolean
  /** True when a role may not execute a function of a condition, which then fails for it. */
  isRefused(role: ClientRole, condition: string): boolean
}

/** @returns why a change of a policy makes no difference to any client; null when that is not shown. */
export async function whyUnchanged(
  table: MutableTable,
  { before, after }: PolicyChange,
  around: PolicySurroundings,
): Promise<string | null> {
  if (!table.rowSecurity) return 'row security of the table is off'
  const reach = [...reachOf(table, before), ...(after === null ? [] : reachOf(table, after))]
  if (reach.length === 0) return 'no client role that it applies to holds a privilege for its command'
  if (after !== null && addsNothing(table, before, after)) return 'no client role holds a privilege for what it adds'
  const others = table.policies.filter((one) => one !== before && one.permissive)
  const isPermissive = before.permissive && after?.permissive !== false
  if (isPermissive) {
    const differ = await Promise.all(reach.map((one) => differsAt(one, { table, before, after }, others, around)))
    if (differ.includes(true)) return null
    const first = others.find((other) => reach.every((one) => covers(other, one)))
    if (first !== undefined) return `the policy ${first.name} lets every row through`
    return 'the same rows come through by the policies beside it'
  }
  const isRestrictive = !before.permissive && after?.permissive !== true
  const isAlone = reach.every((one) => !others.some((other) => appliesTo(other, one)))
  return isRestrictive && isAlone ? 'no permissive policy applies with it' : null
}

/**
 * Returns true when a changed permissive policy may let other rows through, for one role and command. PostgreSQL joins the USING of
 * all permissive policies by OR, and their WITH CHECK by another one: nothing changes where each clause that goes implies
 * one that is there afterwards, and each that comes implies one that was there before. A request that changes rows finds them by
 * their values, for which PostgreSQL asks the policies for SELECT too, about the row as it is and as it becomes.
 */
async function differsAt(
  reach: Reach,
  { table, before, after }: PolicyChange & { readonly table: MutableTable },
  others: readonly MutablePolicy[],
  around: PolicySurroundings,
): Promise<boolean> {
  const wasThere = [...others, before].filter((one) => appliesTo(one, reach))
  const isThere = [...others, ...(after === null ? [] : [after])].filter((one) => appliesTo(one, reach))
  const isFound = (reach.command === 'update' || reach.command === 'delete') && !around.isChangedUnread
  const readable = (some: readonly MutablePolicy[]) =>
    isFound
      ? some.filter((one) => appliesTo(one, { ...reach, command: 'select' })).map(({ using }) => using ?? 'true')
      : null
  const wasReadable = readable([...others, before])
  const isReadable = readable([...others, ...(after === null ? [] : [after])])
  // Realtime refuses a client whose policy fails as it refuses one that no policy lets through.
  const fails = after !== null && isMessages(table) && isThere.length === 1
  const sides = reach.command === 'update' ? (['using', 'check'] as const) : [sideOf(reach)]
  const isRefusedBy = (policy: MutablePolicy | null, some: readonly MutablePolicy[]) =>
    policy !== null &&
    some.includes(policy) &&
    sides.some((side) => around.isRefused(reach.role, clauseOf(policy, side)))
  // Elsewhere a policy that fails makes the request fail, whatever the policies beside it let through.
  if (!fails && isRefusedBy(before, wasThere) !== isRefusedBy(after, isThere)) return true
  const kept = await Promise.all(
    sides.flatMap((side) => [
      isImplied(before, wasThere, isThere, { side, reach, readable: wasReadable }, around.read),
      fails && around.isRefused(reach.role, clauseOf(after, side))
        ? true
        : isImplied(after, isThere, wasThere, { side, reach, readable: isReadable }, around.read),
    ]),
  )
  return kept.includes(false)
}

/** A clause of a policy, for one role and command. */
interface Place {
  readonly side: 'using' | 'check'
  readonly reach: Reach
  /** The conditions by which the role reads a row, one of which has to hold too; null where a request need not read it. */
  readonly readable: readonly string[] | null
}

/** True when every row that a policy of some lets through is let through by one of the others. */
async function isImplied(
  policy: MutablePolicy | null,
  some: readonly MutablePolicy[],
  others: readonly MutablePolicy[],
  { side, reach, readable }: Place,
  read: ReadConjuncts,
): Promise<boolean> {
  if (policy === null || !some.includes(policy)) return true
  const clause = clauseOf(policy, side)
  const clauses = others.map((other) => clauseOf(other, side))
  if (clauses.some((other) => isTrue(other) || other === clause)) return true
  const own = await read(clause)
  if (own === null) return false
  const parts = await Promise.all(clauses.map(read))
  const cases = readable === null ? [[]] : await Promise.all(readable.map(read))
  return cases.every((found) => {
    const facts = [...(isTrue(clause) ? [] : own), ...(found ?? [])]
    // A request without a user compares with null, which holds for no row.
    if (reach.role === 'anon' && facts.some(({ needsUser }) => needsUser)) return true
    if (reach.command !== 'select' && facts.some(({ onlyReads }) => onlyReads)) return true
    if (areContradictory(facts)) return true
    const trees = new Set(facts.map(({ tree }) => tree))
    return parts.some((other) => other?.every(({ tree }) => trees.has(tree)) === true)
  })
}

function sideOf({ command }: Reach): 'using' | 'check' {
  return command === 'insert' ? 'check' : 'using'
}

/** Without WITH CHECK, the new row has to satisfy USING; a policy without either lets every row through. */
function clauseOf({ using, check }: MutablePolicy, side: 'using' | 'check'): string {
  return (side === 'check' ? (check ?? using) : using) ?? 'true'
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
  if (reach.command === 'insert') return isTrue(clauseOf(policy, 'check'))
  return isTrue(clauseOf(policy, 'using')) && (reach.command !== 'update' || isTrue(clauseOf(policy, 'check')))
}
