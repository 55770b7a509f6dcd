import type { Policy } from '../../harness/inventory/model.ts'
import type { ReviewCatalog, ReviewFunction, ReviewTable } from '../../harness/reviews/catalog.ts'
import { examplePolicy } from './example-inventory.ts'

/** A catalog with the roles of a project; a test gives the rest. */
export function exampleCatalog(changes: Partial<ReviewCatalog> = {}): ReviewCatalog {
  const role = { superuser: false, bypassesRowSecurity: false, inherits: true, login: false, memberOf: [] }
  const plain = { ...role, createRole: false, createDatabase: false }
  return {
    tables: [],
    views: [],
    functions: [],
    roles: [
      { ...plain, name: 'postgres', bypassesRowSecurity: true, login: true },
      { ...plain, name: 'owner' },
      { ...plain, name: 'anon' },
      { ...plain, name: 'authenticated' },
    ],
    extensions: [],
    privileges: [],
    ...changes,
  }
}

/** A table with row security, owned by a role that bypasses none, with an index on its primary key. */
export function reviewTable(name: string, changes: Partial<ReviewTable> = {}): ReviewTable {
  return {
    schema: 'public',
    name,
    owner: 'owner',
    rowSecurity: 'on',
    extension: null,
    comment: null,
    rows: null,
    policies: [],
    columns: [
      { name: 'id', type: 'uuid', notNull: true, default: 'gen_random_uuid()', comment: null, grants: [] },
      { name: 'owner_id', type: 'uuid', notNull: true, default: null, comment: null, grants: [] },
    ],
    indexes: [
      { name: `${name}_pkey`, columns: ['id'], unique: true, primary: true, valid: true, definition: `${name} (id)` },
    ],
    foreignKeys: [],
    uncheckedConstraints: [],
    triggers: [],
    ...changes,
  }
}

/** A function in SQL that runs as the caller. */
export function reviewFunction(name: string, body: string, changes: Partial<ReviewFunction> = {}): ReviewFunction {
  return {
    schema: 'public',
    name,
    arguments: '',
    owner: 'owner',
    definer: false,
    language: 'sql',
    searchPath: null,
    volatility: 'stable',
    extension: null,
    isTrigger: false,
    body,
    execute: ['anon', 'authenticated', 'service_role'],
    publicExecute: true,
    ...changes,
  }
}

/** A permissive policy for reading, with its condition. */
export function reading(name: string, using: string, changes: Partial<Policy> = {}): Policy {
  return examplePolicy({ name, using, ...changes })
}
