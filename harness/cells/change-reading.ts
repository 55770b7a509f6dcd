import type { JsonObject } from '../json.ts'
import type { ChangeLog } from '../witness/changes/change-log.ts'
import type { KeylessRow } from '../witness/keyless.ts'

/** How a run reads the changes of attempts. */
export interface ChangeReading {
  /** Null where the write-ahead log cannot be read: the fixtures are compared then. */
  readonly log: ChangeLog | null
  /** Names of the access paths whose marks arrive in the log. */
  readonly marked: ReadonlySet<string>
}

/** Something that an attempt has done beyond the fixtures. */
export type Trace =
  | { readonly kind: 'added'; readonly table: string; readonly key: JsonObject }
  | { readonly kind: 'added-keyless'; readonly row: KeylessRow }
  /** It cannot be taken back: its earlier values, or what identifies it, are not known. */
  | { readonly kind: 'stays'; readonly what: string }
