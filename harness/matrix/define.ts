import type { Json } from '../json.ts'
import type { Layer } from '../verdict/model.ts'
import type { Arguments, FunctionName, TableName, Values, ViewName } from './database-types.ts'
import type { ChannelOperation, Subscribe } from './define-channels.ts'
import type { ActorKind, TokenAttack } from './model.ts'

/** One actor, as `actors.ts` writes it. */
export type ActorDefinition = ClientDefinition | WorkerDefinition

/** Who asks through the project's API. */
interface ClientDefinition {
  readonly kind: Exclude<ActorKind, 'worker'>
  readonly role?: never
  readonly as?: string
  readonly token?: TokenAttack
  readonly api_key?: 'none'
  readonly app_metadata?: Readonly<Record<string, Json>>
  readonly user_metadata?: Readonly<Record<string, Json>>
  readonly assurance?: 'aal1' | 'aal2'
}

/** Who logs in to the database itself. */
interface WorkerDefinition {
  readonly kind: 'worker'
  readonly role: string
  readonly as?: never
  readonly token?: never
  readonly api_key?: never
  readonly app_metadata?: never
  readonly user_metadata?: never
  readonly assurance?: never
}

/** What `actors.ts` exports as `actors`: who asks, and the world they live in. */
export interface ActorsDefinition {
  readonly actors: Readonly<Record<string, ActorDefinition>>
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly world?: Readonly<Record<string, RowDefinition>>
}

/** A row of any table, unchecked by types. */
type RowDefinition = {
  readonly table: string
  readonly key?: readonly string[]
} & ({ readonly values: Readonly<Record<string, Json>> } | { readonly find: Readonly<Record<string, Json>> })

/** The names that may stand under `expect`: of an actors file, or a union of names. */
type NamesOf<Actors> = Actors extends string
  ? Actors
  :
      | (Actors extends { readonly actors: infer Single } ? keyof Single & string : never)
      | (Actors extends { readonly groups: infer Groups } ? keyof Groups & string : never)

type FixtureElsewhere<Database, Name = TableName<Database>> = Name extends string
  ?
      | { readonly table: Name; readonly key?: readonly string[]; readonly values: Values<Database, Name, 'Insert'> }
      | { readonly table: Name; readonly key?: readonly string[]; readonly find: Values<Database, Name, 'Row'> }
  : never

/** A row of the matrix's own table that is there already. */
interface FoundHere<Database, Name extends string> {
  readonly key?: readonly string[]
  readonly find: Values<Database, Name, 'Row'>
}

interface Proving {
  readonly proves?: readonly string[]
}

/** Rows of others come along by design. */
interface Listing extends Proving {
  readonly others?: 'allow'
}

interface Writing extends Proving {
  readonly returning?: 'minimal' | 'representation'
}

interface Adding extends Writing {
  readonly identify?: readonly string[]
}

interface Distinguish extends Proving {
  readonly distinguish: readonly [string, string]
}

interface Select<Database, Name extends string> extends Proving {
  readonly select: string
  readonly columns?: readonly string[]
  readonly filter?: Values<Database, Name, 'Row'>
  readonly count?: 'exact'
  readonly head?: true
  readonly single?: true
}

interface Insert<Database, Name extends string> extends Adding {
  readonly insert: Values<Database, Name, 'Insert'> | readonly Values<Database, Name, 'Insert'>[]
}

interface Upsert<Database, Name extends string> extends Adding {
  readonly upsert: string | Values<Database, Name, 'Insert'>
  readonly values?: Values<Database, Name, 'Update'>
  readonly on_conflict?: readonly string[]
  readonly ignore_duplicates?: true
}

interface Update<Database, Name extends string> extends Writing {
  readonly update: string
  readonly set: Values<Database, Name, 'Update'>
}

interface Delete extends Writing {
  readonly delete: string
}

export interface Call<Database, Name extends string> extends Listing {
  readonly call: Arguments<Database, Name> | { readonly $file: string }
  readonly method?: 'post' | 'get' | 'head'
  readonly reads?: string | readonly string[]
  readonly changes?: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly removes?: readonly string[]
  readonly adds?: Added<Database>
}

/** One statement of a worker. */
interface Statement<Database> extends Listing {
  readonly sql: string
  readonly values?: readonly Json[]
  readonly reads?: string | readonly string[]
  readonly changes?: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly removes?: readonly string[]
  readonly adds?:
    | Added<Database>
    | { readonly values: Readonly<Record<string, Json>> | readonly Readonly<Record<string, Json>>[] }
}

type Added<Database, Name = TableName<Database>> = Name extends string
  ? {
      readonly table: Name
      readonly values: Values<Database, Name, 'Insert'> | readonly Values<Database, Name, 'Insert'>[]
    }
  : never

/** What may be attempted on a table or a view. */
export type RelationOperation<Database, Name extends string> =
  | Select<Database, Name>
  | Insert<Database, Name>
  | Upsert<Database, Name>
  | Update<Database, Name>
  | Delete
  | Distinguish

type WrittenExpectation =
  | 'allow'
  | 'deny'
  | 'define'
  | 'n/a'
  | `deny(${Layer})`
  | `deny(${Layer}, ${string})`
  | {
      readonly allow: {
        readonly exactly?: readonly string[]
        readonly columns?: readonly string[]
        readonly returns?: Json
        readonly ends_within?: number
      }
    }

/** By actor, group, `*`, or several names separated by commas, of which the compiler checks the first. */
type Expect<Names extends string> = {
  readonly [Key in Names | '*' | `${Names},${string}`]?: Readonly<Record<string, WrittenExpectation>>
}

interface Common<Actors> {
  readonly matrix: string
  readonly invariants?: Readonly<Record<string, string>>
  readonly changes_on_refusal?: Readonly<Record<string, string>>
  readonly expect: Expect<NamesOf<Actors>>
}

type TableMatrix<Database, Actors, Name = TableName<Database>> = Name extends string
  ? Common<Actors> & {
      readonly resource: { readonly table: Name; readonly key?: readonly string[] }
      readonly fixtures?: Readonly<
        Record<string, Values<Database, Name, 'Insert'> | FoundHere<Database, Name> | FixtureElsewhere<Database>>
      >
      readonly operations: Readonly<Record<string, RelationOperation<Database, Name> | Subscribe<Database, Name>>>
    }
  : never

type ViewMatrix<Database, Actors, Name = ViewName<Database>> = Name extends string
  ? Common<Actors> & {
      readonly resource: { readonly view: Name; readonly of?: TableName<Database>; readonly key?: readonly string[] }
      readonly fixtures?: Readonly<Record<string, FixtureElsewhere<Database>>>
      readonly operations: Readonly<Record<string, RelationOperation<Database, Name>>>
    }
  : never

type FunctionMatrix<Database, Actors, Name = FunctionName<Database>> = Name extends string
  ? Common<Actors> & {
      readonly resource: {
        readonly function: Name
        readonly of?: TableName<Database>
        readonly key?: readonly string[]
      }
      readonly fixtures?: Readonly<Record<string, FixtureElsewhere<Database>>>
      readonly operations: Readonly<Record<string, Call<Database, Name> | Distinguish>>
    }
  : never

type DatabaseMatrix<Database, Actors, Name = TableName<Database>> = Name extends string
  ? Common<Actors> & {
      readonly resource: { readonly database: Name; readonly key?: readonly string[] }
      readonly fixtures?: Readonly<
        Record<string, Values<Database, Name, 'Insert'> | FoundHere<Database, Name> | FixtureElsewhere<Database>>
      >
      readonly operations: Readonly<Record<string, Statement<Database> | Distinguish>>
    }
  : never

interface ChannelMatrix<Database, Actors> extends Common<Actors> {
  readonly resource: { readonly channel: string }
  readonly fixtures?: Readonly<Record<string, { readonly topic: string } | FixtureElsewhere<Database>>>
  readonly operations: Readonly<Record<string, ChannelOperation | Distinguish>>
}

/** A matrix in TypeScript: the shape of the YAML file, checked against the types of the database. */
export type MatrixDefinition<Database, Actors = string> =
  | TableMatrix<Database, Actors>
  | ViewMatrix<Database, Actors>
  | FunctionMatrix<Database, Actors>
  | ChannelMatrix<Database, Actors>
  | DatabaseMatrix<Database, Actors>

/**
 * Declares a matrix in TypeScript. A misspelt table, column, argument or actor is a compile error.
 *
 * @typeParam Database what `supabase gen types typescript` writes.
 * @typeParam Actors the type of what `actors.ts` exports, or a union of names.
 */
export function defineMatrix<Database, Actors = string>(
  matrix: MatrixDefinition<Database, Actors>,
): MatrixDefinition<Database, Actors> {
  return matrix
}

/** Declares the actors in TypeScript, keeping their names for the type of `expect`. */
export function defineActors<const Actors extends ActorsDefinition>(actors: Actors): Actors {
  return actors
}
