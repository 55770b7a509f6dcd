/** The part of a database's catalog that mutants are made of. Plain data. */
export interface MutableSchema {
  readonly tables: readonly MutableTable[]
  readonly views: readonly MutableView[]
  readonly functions: readonly MutableFunction[]
  readonly schemas: readonly MutableNamespace[]
  readonly sequences: readonly MutableSequence[]
  readonly buckets: readonly MutableBucket[]
  /** The tables that Realtime's publication could hold, with how it holds them. */
  readonly published: readonly PublishedTable[]
  readonly realtime: { readonly database: string; readonly privateOnly: boolean }
  /** Which object's behaviour another one's depends on, by schema and name. */
  readonly dependencies: readonly Dependency[]
}

/** Where an object uses another one. */
export const dependencyPlaces = ['policy', 'view', 'trigger', 'default', 'check', 'body'] as const

/** `on` is used by `object`: by a policy, a view, a trigger, a default, a constraint, or in the body of a function. */
export interface Dependency {
  readonly object: string
  readonly on: string
  readonly through: (typeof dependencyPlaces)[number]
}

/** One entry of an access list. */
export interface GrantEntry {
  /** `public` for every role. */
  readonly grantee: string
  /** In lower case: `select`. */
  readonly privilege: string
  readonly grantable: boolean
}

export interface MutableTable {
  readonly schema: string
  readonly name: string
  /** False for a table of a service, such as `storage.objects`, of which only the policies are the project's. */
  readonly own: boolean
  readonly rowSecurity: boolean
  readonly forced: boolean
  readonly columns: readonly MutableColumn[]
  readonly grants: readonly GrantEntry[]
  readonly policies: readonly MutablePolicy[]
  /** Those that can be removed on their own. */
  readonly constraints: readonly MutableConstraint[]
  /** Triggers that are enabled. */
  readonly triggers: readonly { readonly name: string; readonly definition: string }[]
}

interface MutableColumn {
  readonly name: string
  readonly grants: readonly GrantEntry[]
}

export interface MutablePolicy {
  readonly name: string
  readonly command: 'select' | 'insert' | 'update' | 'delete' | 'all'
  readonly permissive: boolean
  /** `public` for every role. */
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

interface MutableConstraint {
  readonly name: string
  readonly type: 'unique' | 'check' | 'foreign key'
  readonly definition: string
  /** Of a foreign key: the table that it refers to, by schema and name. */
  readonly references: string | null
}

export interface MutableView {
  readonly schema: string
  readonly name: string
  /** The value of `security_invoker` as the view sets it; null when it does not. */
  readonly invoker: string | null
  /** The commands that change rows through it, by PostgreSQL itself or by its triggers and rules. */
  readonly writable: readonly string[]
  readonly grants: readonly GrantEntry[]
}

export interface MutableFunction {
  readonly schema: string
  readonly name: string
  /** Argument names and types, as `pg_get_function_identity_arguments` prints them. */
  readonly arguments: string
  /** As `pg_get_functiondef` prints it. */
  readonly definition: string
  /** The body as a text; empty where it was parsed when the function was made. */
  readonly body: string
  readonly language: string
  readonly definer: boolean
  readonly grants: readonly GrantEntry[]
}

/** A schema of the database, such as `public`. */
export interface MutableNamespace {
  readonly name: string
  readonly grants: readonly GrantEntry[]
}

export interface MutableSequence {
  readonly schema: string
  readonly name: string
  /** The table whose rows it numbers, by schema and name; null for a sequence that belongs to no column. */
  readonly table: string | null
  /** True for that of an identity column, for which PostgreSQL asks no privilege. */
  readonly identity: boolean
  readonly grants: readonly GrantEntry[]
}

export interface MutableBucket {
  readonly id: string
  readonly public: boolean
  readonly fileSizeLimit: string | null
  readonly allowedMimeTypes: readonly string[] | null
}

export interface PublishedTable {
  readonly schema: string
  readonly name: string
  /** Null when the publication does not hold the table. */
  readonly published: { readonly columns: readonly string[] | null; readonly rowFilter: string | null } | null
  readonly columns: readonly string[]
}
