import type { Inventory, InventoryFunction, InventoryRelation, Policy } from '../../harness/inventory/model.ts'

/** An inventory of one exposed schema; a test gives only the parts that it needs. */
export function exampleInventory(changes: Partial<Inventory> = {}): Inventory {
  return {
    source: 'database',
    limits: [],
    schemas: [{ name: 'public', exists: true, usage: ['anon', 'authenticated', 'service_role'], create: [] }],
    relations: [],
    functions: [],
    sequences: [],
    buckets: [],
    published: [],
    defaultPrivileges: [],
    graphql: false,
    edgeFunctions: [],
    anonymousSignIns: true,
    servesPartitions: true,
    ...changes,
  }
}

/** A table with row security that users may select. */
export function exampleTable(changes: Partial<InventoryRelation> = {}): InventoryRelation {
  return {
    schema: 'public',
    name: 'notes',
    kind: 'table',
    exposed: true,
    owner: 'postgres',
    rowSecurity: 'on',
    extension: null,
    partitionOf: null,
    inherits: [],
    invoker: false,
    barrier: false,
    reads: [],
    possible: ['select', 'insert', 'update', 'delete'],
    columns: ['id', 'owner_id'],
    privileges: { authenticated: ['select'] },
    columnPrivileges: [],
    policies: [],
    ...changes,
  }
}

/** A policy that shows users their own rows. */
export function examplePolicy(changes: Partial<Policy> = {}): Policy {
  return {
    name: 'own rows',
    command: 'select',
    permissive: true,
    roles: ['authenticated'],
    appliesTo: ['authenticated'],
    using: '(owner_id = auth.uid())',
    check: null,
    ...changes,
  }
}

/** A function that users may call and that runs as the caller. */
export function exampleFunction(changes: Partial<InventoryFunction> = {}): InventoryFunction {
  return {
    schema: 'public',
    name: 'find',
    arguments: 'wanted text',
    returns: 'text',
    owner: 'postgres',
    definer: false,
    searchPath: null,
    volatility: 'stable',
    extension: null,
    uncallable: null,
    execute: ['authenticated'],
    publicExecute: false,
    ...changes,
  }
}
