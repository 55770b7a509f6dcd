import type { Inventory } from '../inventory/model.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { FilledAtSignUp } from './sign-up.ts'

export type Scalar = string | number | boolean

/** A condition of a check on one column. `now` stands for the current time. */
export type Fact = { readonly column: string } & (
  | { readonly kind: 'one of' | 'none of'; readonly values: readonly Scalar[] }
  | { readonly kind: 'min' | 'max'; readonly value: Scalar; readonly exclusive: boolean }
  | { readonly kind: 'min length' | 'max length' | 'min items' | 'max items'; readonly value: number }
  | { readonly kind: 'matches' | 'mismatches'; readonly pattern: string; readonly insensitive: boolean }
  | { readonly kind: 'present' | 'absent' | 'lower case' | 'upper case' | 'trimmed' }
  | { readonly kind: 'json type'; readonly type: string }
  | { readonly kind: 'below'; readonly other: string; readonly orEqual: boolean }
  | { readonly kind: 'same as' | 'differs from'; readonly other: string }
)

/** A check, as the ways to satisfy it: the facts of one of them have to hold together. */
export interface Check {
  readonly name: string
  readonly ways: readonly (readonly Fact[])[]
}

export type TypeInfo =
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  /** The facts of its checks are about the column `value`. */
  | { readonly kind: 'domain'; readonly base: string; readonly nullable: boolean; readonly checks: readonly Check[] }
  | { readonly kind: 'composite' }

/** The types, checks and functions of a project's database, from which rows are planned. Plain data. */
export interface Schema {
  readonly catalog: Catalog
  readonly inventory: Inventory
  /** Types that are not built in, by the name that `format_type` prints. */
  readonly types: Readonly<Record<string, TypeInfo>>
  /** Check constraints by table. */
  readonly checks: Readonly<Record<string, readonly Check[]>>
  /** By view, the ways to satisfy its condition. */
  readonly conditions: Readonly<Record<string, Check['ways']>>
  /** The text of each function, by schema, name and arguments. */
  readonly bodies: Readonly<Record<string, string>>
  /** Keys of the user's metadata that the triggers of `auth.users` read. */
  readonly metadataKeys: readonly string[]
  /** Tables of which those triggers make a row. */
  readonly filledAtSignUp: readonly FilledAtSignUp[]
}

/** A row that a file declares. */
export interface PlannedRow {
  readonly name: string
  readonly table: string
  /** Null where the table has a primary key. */
  readonly key: readonly string[] | null
  readonly values: JsonObject
  /** True for a row that a trigger makes. */
  readonly found: boolean
}

/** The owner of a row. `actor` stands for the actor of the cell. */
export type Side = 'alice' | 'bob' | 'mallory' | 'guest' | 'actor'

export interface PlannedOperation {
  readonly name: string
  readonly body: JsonObject
  /** The new row of an insert, to be tried with the fixtures. */
  readonly adds?: { readonly table: string; readonly values: JsonObject }
}

export interface PlannedMatrix {
  readonly name: string
  /** `table public.documents`, `function public.search(text)`, `bucket avatars`. */
  readonly title: string
  readonly resource: Readonly<Record<string, Json>>
  readonly fixtures: readonly PlannedRow[]
  readonly operations: readonly PlannedOperation[]
  /** Sentences about parts that could not be planned. */
  readonly notes: readonly string[]
  /** The row that a view has to show; null for any other object. */
  readonly shown: Pick<PlannedRow, 'name' | 'table' | 'values'> | null
}

export interface PlannedActor {
  readonly name: Exclude<Side, 'actor'> | 'visitor'
  readonly kind: 'anon' | 'authenticated' | 'anonymous-auth'
  readonly comment: string
  /** What a trigger of `auth.users` reads when the user is made; null where none asks for it. */
  readonly userMetadata: JsonObject | null
}

/** The content of all files of a workspace. */
export interface Plan {
  readonly actors: readonly PlannedActor[]
  readonly actorNotes: readonly string[]
  readonly world: readonly PlannedRow[]
  readonly worldNotes: readonly string[]
  readonly matrices: readonly PlannedMatrix[]
  /** Reachable objects without a matrix: the object and the reason. */
  readonly left: readonly { readonly title: string; readonly reason: string }[]
}

/** The results of trying a plan. Plans are made again from them until a trial adds none. */
export interface Lessons {
  /** The chosen way of each check. */
  readonly ways: ReadonlyMap<string, number>
  /** `table column` pairs that need a value. */
  readonly required: ReadonlySet<string>
  /** `table column` pairs that must be left out. */
  readonly omitted: ReadonlySet<string>
  /** `table by` pairs of rows that are there by themselves: a trigger makes them. */
  readonly made: ReadonlySet<string>
  /** Tables of which no second row can be made for one user or tenant. */
  readonly single: ReadonlySet<string>
  /** By table, why no row of it can be made. */
  readonly refused: ReadonlyMap<string, string>
  /** `matrix operation` pairs that the database refuses even to its owner. */
  readonly dropped: ReadonlySet<string>
  /** True when a user's metadata has to be part of the sign-up. */
  readonly metadata: boolean
  /** Why there is no anonymous user; null when there is one. */
  readonly noGuest: string | null
  /** Why no user can be made; null when users can. */
  readonly noUsers: string | null
  /** By matrix, the parts that a view or an insert lacks. */
  readonly remarks: ReadonlyMap<string, readonly string[]>
}

export const noLessons: Lessons = {
  ways: new Map(),
  required: new Set(),
  omitted: new Set(),
  made: new Set(),
  single: new Set(),
  refused: new Map(),
  dropped: new Set(),
  metadata: false,
  noGuest: null,
  noUsers: null,
  remarks: new Map(),
}
