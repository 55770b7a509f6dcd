import {
  type ApiRole,
  type ClientRole,
  type Command,
  clientRoles,
  type Inventory,
  type InventoryFunction,
  type InventoryRelation,
  type Policy,
} from './model.ts'

/** Which columns a role's grants cover. */
export type Granted = 'whole' | 'columns' | 'none'

/** The rows that a role reaches by a command, as far as the catalog shows. */
export type Rows =
  /** No grant, or the relation cannot carry the command out. */
  | { readonly kind: 'none' }
  /** Nothing stands between the grant and the rows. */
  | { readonly kind: 'all' }
  /** Policies decide row by row. */
  | { readonly kind: 'policies'; readonly policies: readonly Policy[] }
  /** Row security is on and no policy lets a row through. */
  | { readonly kind: 'closed' }
  /** The definition of a view decides. */
  | { readonly kind: 'definition' }
  /** The Data API describes the relation to the role; more is not known. */
  | { readonly kind: 'described' }

/** @returns the columns that a role's grants on a relation cover for a command. */
export function grantOf(relation: InventoryRelation, role: ApiRole, command: Command): Granted {
  if (relation.privileges[role]?.includes(command) === true) return 'whole'
  const some = relation.columnPrivileges.some(({ privileges }) => privileges[role]?.includes(command) === true)
  return some ? 'columns' : 'none'
}

/**
 * @returns the rows that a role reaches by a command. A schema that the role may not use lets no request through, and a grant
 *   without a policy does not either.
 */
export function rowsOf(inventory: Inventory, relation: InventoryRelation, role: ApiRole, command: Command): Rows {
  if (relation.shownTo !== undefined) return relation.shownTo.includes(role) ? { kind: 'described' } : { kind: 'none' }
  if (!relation.possible.includes(command) || !mayUseSchema(inventory, relation.schema, role)) return { kind: 'none' }
  if (grantOf(relation, role, command) === 'none') return { kind: 'none' }
  if (role === 'service_role') return { kind: 'all' }
  if (relation.kind === 'view') return { kind: 'definition' }
  if (relation.rowSecurity === 'off') return { kind: 'all' }
  const applying = policiesFor(relation, role, command)
  const permissive = applying.filter((policy) => policy.permissive)
  if (permissive.length === 0) return { kind: 'closed' }
  const open = permissive.some((policy) => letsAllThrough(policy, command))
  return open && permissive.length === applying.length ? { kind: 'all' } : { kind: 'policies', policies: applying }
}

/** @returns the policies of a relation that apply to a role and a command. */
export function policiesFor(
  { policies }: Pick<InventoryRelation, 'policies'>,
  role: ApiRole,
  command: Command,
): readonly Policy[] {
  return policies.filter((one) => one.appliesTo.includes(role) && (one.command === 'all' || one.command === command))
}

/** @returns true when a policy lets every row through for a command: `using (true)`, `with check (true)`. */
function letsAllThrough({ using, check }: Policy, command: Command): boolean {
  if (command === 'insert') return isTrue(check ?? using)
  return isTrue(using) && (command !== 'update' || check === null || isTrue(check))
}

/** @returns true when an expression is the constant. */
export function isTrue(expression: string | null): boolean {
  return expression !== null && /^\(*true\)*$/.test(expression)
}

/** @returns true when a request of the Data API can reach a relation, such as a partition. */
export function isServed(inventory: Inventory, relation: InventoryRelation): boolean {
  return relation.exposed && (relation.partitionOf === null || inventory.servesPartitions)
}

/** @returns the client roles that reach a relation by any command through the Data API. */
export function reachedBy(inventory: Inventory, relation: InventoryRelation): readonly ClientRole[] {
  if (!isServed(inventory, relation)) return []
  return clientRoles.filter((role) =>
    relation.possible.some((command) => rowsOf(inventory, relation, role, command).kind !== 'none'),
  )
}

/** @returns the client roles that can call a function through the Data API. */
export function calledBy(inventory: Inventory, one: InventoryFunction): readonly ClientRole[] {
  if (one.uncallable !== null) return []
  return clientRoles.filter((role) => one.execute.includes(role) && mayUseSchema(inventory, one.schema, role))
}

/** Storage and Realtime grant access to their own schemas; of the others the catalog shows which role may use them. */
export function mayUseSchema({ schemas, source }: Inventory, name: string, role: ApiRole): boolean {
  const schema = schemas.find((candidate) => candidate.name === name)
  return source === 'data-api' || schema === undefined || schema.usage.includes(role)
}

/** @returns the protected relations that a view reads with the rights of its owner. */
export function bypassed({ reads }: InventoryRelation): InventoryRelation['reads'] {
  return reads.filter(({ asOwner, rowSecurity }) => asOwner && rowSecurity)
}
