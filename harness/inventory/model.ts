/** The database roles that a request through the API can have. */
export const apiRoles = ['anon', 'authenticated', 'service_role'] as const
export type ApiRole = (typeof apiRoles)[number]

/** The roles of clients. `service_role` bypasses row security and belongs to the project's own back office. */
export const clientRoles = ['anon', 'authenticated'] as const
export type ClientRole = (typeof clientRoles)[number]

export const commands = ['select', 'insert', 'update', 'delete'] as const
export type Command = (typeof commands)[number]

/** A value for each API role; a role that the database does not have is left out. */
type ByRole<T> = Readonly<Partial<Record<ApiRole, T>>>

/** A name with its schema, as the catalog has it: unquoted. */
export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** A schema that the Data API exposes. */
interface ExposedSchema {
  readonly name: string
  /** False when the Data API names it and the database does not have it. */
  readonly exists: boolean
  readonly usage: readonly ApiRole[]
  readonly create: readonly ApiRole[]
}

type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  /** The Data API was asked, which does not tell a view from a table. */
  | 'table or view'

export interface Policy {
  readonly name: string
  readonly command: Command | 'all'
  readonly permissive: boolean
  /** `public` means every role. */
  readonly roles: readonly string[]
  /** The client roles to which it applies, by membership too. */
  readonly appliesTo: readonly ApiRole[]
  readonly using: string | null
  readonly check: string | null
}

/** A relation that a view reads, directly or through other views. */
interface ReadRelation extends QualifiedName {
  readonly rowSecurity: boolean
  /** True when it is read with the rights of a view's owner and not with those of the caller. */
  readonly asOwner: boolean
}

export interface InventoryRelation extends QualifiedName {
  readonly kind: RelationKind
  /** False for a table that is reached by another service only, as `storage.objects`. */
  readonly exposed: boolean
  readonly owner: string
  readonly rowSecurity: 'off' | 'on' | 'forced'
  /** The extension that it belongs to; null for the project's own. */
  readonly extension: string | null
  /** The table that it is a partition of; null for any other. */
  readonly partitionOf: QualifiedName | null
  readonly inherits: readonly QualifiedName[]
  /** Of a view: whether it runs with the rights of the caller, and whether it is a security barrier. */
  readonly invoker: boolean
  readonly barrier: boolean
  /** Of a view: the relations that it reads; empty for any other. */
  readonly reads: readonly ReadRelation[]
  /** The commands that the relation can carry out at all: not every view takes an insert. */
  readonly possible: readonly Command[]
  readonly columns: readonly string[]
  /** The roles to which the Data API describes it; left out where the database was read, which holds more. */
  readonly shownTo?: readonly ApiRole[]
  /** Privileges on the whole relation, in lower case: `select`, `truncate`. */
  readonly privileges: ByRole<readonly string[]>
  /** By column and role, where some are granted by column; empty when none is. */
  readonly columnPrivileges: readonly { readonly column: string; readonly privileges: ByRole<readonly string[]> }[]
  readonly policies: readonly Policy[]
}

export interface InventoryFunction extends QualifiedName {
  /** Argument names and types, as `pg_get_function_identity_arguments` prints them. */
  readonly arguments: string
  readonly returns: string
  readonly owner: string
  readonly definer: boolean
  /** The value of `search_path` that the function sets; null when it sets none. */
  readonly searchPath: string | null
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly extension: string | null
  /** Why the Data API cannot call it; null when it can. */
  readonly uncallable: string | null
  readonly execute: readonly ApiRole[]
  /** True when PUBLIC may execute it, which PostgreSQL grants by default. */
  readonly publicExecute: boolean
}

interface InventorySequence extends QualifiedName {
  readonly privileges: ByRole<readonly string[]>
}

export interface Bucket {
  readonly id: string
  readonly public: boolean
  readonly fileSizeLimit: number | null
  readonly allowedMimeTypes: readonly string[] | null
}

/** A table whose changes Realtime sends. */
interface PublishedTable extends QualifiedName {
  readonly columns: readonly string[]
  readonly rowFilter: string | null
  /** Which old values a change carries. */
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index'
}

/** A default privilege: a grant on every new object of a role. */
interface DefaultPrivilege {
  readonly creator: string
  /** Null for every schema. */
  readonly schema: string | null
  readonly objects: 'tables' | 'sequences' | 'functions' | 'types' | 'schemas'
  readonly grantee: string
  readonly privileges: readonly string[]
}

export interface EdgeFunction {
  readonly name: string
  /** The setting of `supabase/config.toml`; on by default. */
  readonly verifyJwt: boolean
}

/** Everything of a project that a request can reach, as the catalog or the API shows it. Plain data. */
export interface Inventory {
  readonly source: 'database' | 'data-api'
  /** Sentences about objects that could not be read. */
  readonly limits: readonly string[]
  readonly schemas: readonly ExposedSchema[]
  readonly relations: readonly InventoryRelation[]
  readonly functions: readonly InventoryFunction[]
  readonly sequences: readonly InventorySequence[]
  /** Null when they could not be read. */
  readonly buckets: readonly Bucket[] | null
  readonly published: readonly PublishedTable[]
  readonly defaultPrivileges: readonly DefaultPrivilege[]
  /** True when a GraphQL endpoint resolves queries. */
  readonly graphql: boolean
  readonly edgeFunctions: readonly EdgeFunction[]
  /** Whether users without an address can sign in; null when Auth does not publish that. */
  readonly anonymousSignIns: boolean | null
  /** False when the Data API refuses a partition by its own name, as PostgREST does from 13 on; true when it may not. */
  readonly servesPartitions: boolean
}
