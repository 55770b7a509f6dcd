import type { JsonObject } from '../json.ts'
import type { SchemaRecord } from '../model/record.ts'
import type { Catalog } from './catalog.ts'
import type { KeylessRow, RemovedKeyless } from './keyless.ts'
import type { MessagesOf, RemovedMessages } from './messages.ts'
import type { Inside, OwnerRequest, OwnerTrial } from './owner.ts'
import type { NewAuthUser } from './sign-up.ts'

/** Names one row of one table. */
export interface RowKey {
  readonly table: string
  /** Value per key column, as JSON carries it. */
  readonly key: JsonObject
}

/** Rows to insert into one table with one statement. */
export interface RowBatch {
  readonly table: string
  /** The columns that name a row afterwards. */
  readonly keyColumns: readonly string[]
  /** All rows give the same columns. */
  readonly rows: readonly JsonObject[]
  /** True when every row holds something of this run, so that no other row is mistaken for it by its values. */
  readonly ofRun?: boolean
}

/** Receives the keys of new rows, or values that they alone hold. Called again if the database changed them. */
export type NewKeys = (keys: readonly RowKey[], by?: 'key' | 'values') => void

/**
 * The privileged reader of effects. It makes and removes fixtures and reads the actual rows; it never acts as an actor and its
 * answers are never an outcome.
 */
export interface Witness {
  /**
   * How it reads: by the database itself, by the Data API with the secret key, or not at all. Without the database it
   * sees neither policies nor grants nor locks.
   */
  readonly sees: 'database' | 'data-api' | 'nothing'
  /** @returns the catalog of the target as it is now. */
  catalog(): Promise<Catalog>
  /**
   * Inserts the rows of a batch and returns them whole, in order.
   *
   * @param journal called with the keys of the new rows before they are committed, so that a crash leaves either no row or a row
   *   that the journal names.
   */
  insert(batch: RowBatch, journal: NewKeys): Promise<readonly JsonObject[]>
  /** @returns the row, whole, or null when it does not exist. Concurrent calls share one statement per table. */
  read(row: RowKey): Promise<JsonObject | null>
  /** @returns true when the row exists. Present where that costs less than `read`, which answers the same question. */
  has?(row: RowKey): Promise<boolean>
  /** @returns the rows of a table whose columns equal the given values, whole. */
  matching(table: string, values: JsonObject): Promise<readonly JsonObject[]>
  /**
   * Resets columns of one row to their earlier values.
   *
   * @param values only columns that take a value.
   * @returns the row, whole: a trigger may have kept it from getting all of them.
   * @throws TrespassError when the database refuses, or the key does not name one row. Nothing has changed then.
   */
  restore(row: RowKey, values: JsonObject): Promise<JsonObject>
  /**
   * Removes rows, and first the rows of other tables that refer to them and would block their deletion.
   *
   * @param options `pastRules`: true to remove rows that a trigger or a rule keeps with it switched off, in one transaction that
   *   switches it on again; false by default. Without the database no rule can be switched off.
   * @returns how many of the named rows are gone (already gone counts) and those that are still there, with why.
   */
  remove(
    rows: readonly RowKey[],
    options?: { readonly pastRules?: boolean },
  ): Promise<{ readonly gone: number; readonly left: readonly LeftRow[] }>
  /**
   * Removes the rows of other tables that refer to the named rows and would block their deletion. The named rows stay: Auth
   * removes a user, not SQL. Dependents are found by the foreign keys of the catalog that was read last.
   *
   * @returns the named rows that still have such dependents, with why.
   */
  removeDependents(rows: readonly RowKey[]): Promise<readonly LeftRow[]>
  /**
   * Removes rows that are known by their values alone, as long as no other row holds the same. Left out where only the
   * database itself could do it. A row that is not there any more is neither gone nor left.
   */
  removeKeyless?(rows: readonly KeylessRow[]): Promise<RemovedKeyless>
  /** Removes the messages that Realtime has stored in `realtime.messages` for a run; left out where no database is read. */
  removeMessages?(of: MessagesOf): Promise<RemovedMessages>
  /**
   * Counts the entries that Auth has written into `auth.audit_log_entries` about users; left out where no database is read.
   * None where the role may not read them.
   */
  countAuthLog?(of: MessagesOf): Promise<number>
  /**
   * Refreshes the materialized views that show rows of tables, or that relations read. Left out where only the database
   * itself could do it.
   *
   * @returns those that could not be refreshed, each with why.
   */
  refreshViews?(after: {
    readonly tables: readonly string[]
    readonly relations: readonly string[]
  }): Promise<readonly StaleView[]>
  /**
   * @returns everything in the schema that authorizes; two targets that were built from the same migrations have the same
   *   fingerprint. Null where only the database itself shows it.
   */
  schema(): Promise<SchemaRecord | null>
  /** @returns a setting of the database, such as `app.environment`; null when it is not set. @throws TrespassError */
  setting(name: string): Promise<string | null>
  /**
   * Carries a statement out as the owner of the object, in a transaction that is always rolled back. Left out where the
   * database cannot be reached.
   *
   * @throws TrespassError `no-owner` when the database user may not act as the owner.
   */
  asOwner?<Seen>(request: OwnerRequest, inside: Inside<Seen>): Promise<OwnerTrial<Seen>>
  /**
   * @returns the trigger on `auth.users` that refuses a user, with its error; null where none does. Left out where the
   *   database cannot be reached. The trial is rolled back.
   */
  whySignUpFails?(user: NewAuthUser): Promise<string | null>
  close(): Promise<void>
}

/** A materialized view that shows older rows than its tables hold. */
export interface StaleView {
  readonly view: string
  /** True when one of the relations that were named reads it. */
  readonly isRead: boolean
  /** False when no refresh can have brought rows of a run into it. */
  readonly mayHoldRows: boolean
  readonly why: string
}

export interface LeftRow {
  readonly row: RowKey
  readonly why: string
}
