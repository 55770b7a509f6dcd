/** The part of the target's catalog that planning, fixtures and the witness need. Plain data, so that it can travel. */
export interface Catalog {
  /** By schema and name: `public.documents`. Tables, views, materialized views and foreign tables. */
  readonly relations: Readonly<Record<string, Relation>>
  /** By schema and name; a name may be overloaded. */
  readonly functions: Readonly<Record<string, readonly DatabaseFunction[]>>
}

export interface Relation {
  readonly name: string
  /** `unknown` where the Data API was read, which describes views and tables alike. */
  readonly kind: 'table' | 'view' | 'materialized-view' | 'foreign-table' | 'unknown'
  /**
   * True where the write-ahead log does not hold all changes of its rows: an unlogged or foreign table, and a table with a partition
   * or a child of that kind. Left out where only the database shows it.
   */
  readonly isUnlogged?: boolean
  readonly columns: Readonly<Record<string, Column>>
  /** Empty when there is none. */
  readonly primaryKey: readonly string[]
  /** Column sets of unique constraints and indexes, the primary key and partial indexes left out; expression indexes too. */
  readonly uniqueKeys: readonly (readonly string[])[]
  /** The unique indexes of some rows only. By their columns no row can be found. Left out where only the database shows them. */
  readonly partialKeys?: readonly PartialKey[]
  /**
   * The constraints by which two rows exclude each other: the primary key, unique keys and exclusion constraints. Left out where
   * only the database itself shows them; `primaryKey` and `uniqueKeys` are then all that is known.
   */
  readonly exclusions?: readonly Exclusion[]
  readonly foreignKeys: readonly ForeignKey[]
}

export interface PartialKey {
  readonly columns: readonly string[]
  /** The condition as `pg_get_expr` prints it: `(deleted_at IS NULL)`. */
  readonly where: string
}

export interface Exclusion {
  readonly columns: readonly string[]
  /** False where rows with different values may collide too: an expression index, an exclusion constraint. */
  readonly byValue: boolean
}

export interface Column {
  readonly name: string
  /** As `format_type` prints it: `uuid`, `timestamp with time zone`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
  /** The default's expression; left out where only the database itself shows it. */
  readonly default?: string | null
  /** A value can never be given. */
  readonly generated: boolean
  readonly identity: 'no' | 'always' | 'by-default'
}

export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly references: string
  readonly referencedColumns: readonly string[]
  readonly onDelete: 'no-action' | 'restrict' | 'cascade' | 'set-null' | 'set-default'
}

export interface DatabaseFunction {
  readonly name: string
  readonly arguments: readonly { readonly name: string; readonly type: string; readonly optional: boolean }[]
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly returnsSet: boolean
  /** The relation whose rows it returns, or null for a scalar, void or a record. */
  readonly returnsRowsOf: string | null
  readonly securityDefiner: boolean
}
