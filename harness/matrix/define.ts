import type { Json } from '../json.ts'
import type { ActorKind, TokenAttack } from '../model/matrix.ts'
import type { AnyColumn, Column, FunctionName, TableName, Values, ViewName } from './database-types.ts'
import type { BucketOperation, BucketValues, ObjectElsewhere, ObjectOperation, ObjectValues } from './define-buckets.ts'
import type { ChannelOperation, Subscribe, Topic } from './define-channels.ts'
import type { Expect, WrittenExpectation } from './define-expect.ts'
import type {
  AnsweredName,
  AuthOperation,
  Call,
  Distinguish,
  GraphqlQuery,
  HttpRequest,
  Invoke,
  RelationOperation,
  RunJob,
  SelectItem,
  Statement,
} from './define-operations.ts'
import type { Scope } from './define-scope.ts'
import type { Exclusive } from './exclusive.ts'

/** One actor, as `actors.ts` writes it. */
export type ActorDefinition = ClientDefinition | WorkerDefinition | SchedulerDefinition

/** An actor that sends requests to the project's API. */
interface ClientDefinition {
  readonly kind: Exclude<ActorKind, 'worker' | 'scheduler'>
  readonly role?: never
  readonly as?: string
  readonly token?: TokenAttack
  readonly api_key?: 'none'
  readonly app_metadata?: Readonly<Record<string, Json>>
  readonly user_metadata?: Readonly<Record<string, Json>>
  /** The text in place of `$actor` is unique to the user. */
  readonly email?: `${string}$actor${string}@${string}`
  readonly phone?: true | 'only'
  readonly headers?: Readonly<Record<string, string>>
  readonly assurance?: 'aal1' | 'aal2'
}

/** An actor that logs in to the database itself. */
interface WorkerDefinition extends WithoutRequests {
  readonly kind: 'worker'
  readonly role: string
}

/** pg_cron, which runs jobs as their owners. */
interface SchedulerDefinition extends WithoutRequests {
  readonly kind: 'scheduler'
  readonly role?: never
}

/** The keys of actors that send requests to the API. */
interface WithoutRequests {
  readonly as?: never
  readonly token?: never
  readonly api_key?: never
  readonly app_metadata?: never
  readonly user_metadata?: never
  readonly email?: never
  readonly phone?: never
  readonly headers?: never
  readonly assurance?: never
}

/** The type of the export `actors` of `actors.ts`: the actors, their groups and the world. */
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

/** The names that are allowed under `expect`: of an actors file, or a union of names. */
type AskersOf<Actors> = Actors extends string
  ? Actors
  :
      | (Actors extends { readonly actors: infer Single } ? keyof Single & string : never)
      | (Actors extends { readonly groups: infer Groups } ? keyof Groups & string : never)

/** The rows of the world, which operations may read. */
type WorldOf<Actors> = Actors extends { readonly world: infer World } ? keyof World & string : never

type OnTable<Database, Name = TableName<Database>> = Name extends string
  ? { readonly table: Name; readonly key?: readonly Column<Database, Name>[] }
  : never

type OnDatabase<Database, Name = TableName<Database>> = Name extends string
  ? { readonly database: Name; readonly key?: readonly Column<Database, Name>[] }
  : never

type OnView<Database, Name = ViewName<Database>> = Name extends string
  ? { readonly view: Name; readonly of?: TableName<Database>; readonly key?: readonly Column<Database, Name>[] }
  : never

interface OnFunction<Database> {
  readonly function: FunctionName<Database>
  readonly of?: TableName<Database>
  readonly key?: readonly AnyColumn<Database>[]
}

/** A route of the team's own backend. */
interface OnRoute<Database> {
  readonly http: `/${string}`
  readonly of?: TableName<Database>
  readonly key?: readonly AnyColumn<Database>[]
}

interface OnEdgeFunction<Database> {
  readonly edge_function: string
  readonly of?: TableName<Database>
  readonly key?: readonly AnyColumn<Database>[]
}

/** A job of pg_cron. */
interface OnJob<Database> {
  readonly job: string
  readonly of?: TableName<Database>
  readonly key?: readonly AnyColumn<Database>[]
}

/** Auth's users. */
interface OnAuth {
  readonly auth: 'users'
}

interface OnGraphql<Database> {
  readonly graphql: string
  readonly of?: TableName<Database>
  readonly key?: readonly AnyColumn<Database>[]
}

/** The resource of a matrix. */
type ResourceOf<Database> = Exclusive<
  | OnTable<Database>
  | OnDatabase<Database>
  | OnView<Database>
  | OnFunction<Database>
  | { readonly channel: string }
  | { readonly bucket: string }
  | OnRoute<Database>
  | OnEdgeFunction<Database>
  | OnJob<Database>
  | OnAuth
  | OnGraphql<Database>
>

/** The name of a resource. */
type NameOf<Resource> = Resource extends
  | { readonly table: infer Name extends string }
  | { readonly view: infer Name extends string }
  | { readonly database: infer Name extends string }
  | { readonly function: infer Name extends string }
  ? Name
  : string

type FixtureElsewhere<Database, Name = TableName<Database>> = Name extends string
  ?
      | {
          readonly table: Name
          readonly key?: readonly Column<Database, Name>[]
          readonly values: Values<Database, Name, 'Insert'>
        }
      | {
          readonly table: Name
          readonly key?: readonly Column<Database, Name>[]
          readonly find: Values<Database, Name, 'Row'>
        }
  : never

/** Fixtures that Storage keeps. */
type StoredElsewhere =
  | { readonly table: 'storage.objects'; readonly values: ObjectElsewhere }
  | { readonly table: 'storage.buckets'; readonly values: BucketValues }

/** A user of Auth; in a matrix of Auth its id is chosen where none is written. */
interface UserValues {
  readonly id?: string
  readonly email?: string
  readonly phone?: string
  readonly password?: string
  readonly role?: string
  readonly email_confirmed_at?: string | null
  readonly phone_confirmed_at?: string | null
  readonly banned_until?: string | null
  readonly raw_user_meta_data?: Readonly<Record<string, Json>>
  readonly raw_app_meta_data?: Readonly<Record<string, Json>>
}

/** Fixtures that name their table themselves. */
type PlacedFixture<Database> =
  | FixtureElsewhere<Database>
  | StoredElsewhere
  | { readonly table: 'auth.users'; readonly values: UserValues }

/** A fixture of the resource's own table, and one that is there already. */
type RowFixture<Database, Name extends string> =
  | Values<Database, Name, 'Insert'>
  | { readonly key?: readonly Column<Database, Name>[]; readonly find: Values<Database, Name, 'Row'> }

type FixtureOf<Database, Resource> = Exclusive<
  | PlacedFixture<Database>
  | (Resource extends { readonly table: infer Name extends string } | { readonly database: infer Name extends string }
      ? RowFixture<Database, Name>
      : Resource extends { readonly channel: string }
        ? Topic
        : Resource extends { readonly bucket: '*' }
          ? BucketValues | { readonly find: Partial<BucketValues> }
          : Resource extends { readonly bucket: string }
            ? ObjectValues | { readonly find: Partial<ObjectValues> }
            : Resource extends { readonly auth: 'users' }
              ? UserValues
              : never)
>

type OperationOf<Resource, Names extends Scope, Item extends string> = Exclusive<
  | Distinguish<Names>
  | (Resource extends { readonly table: string }
      ? RelationOperation<Names, Item> | Subscribe<Names>
      : Resource extends { readonly view: string }
        ? RelationOperation<Names, Item>
        : Resource extends { readonly function: string }
          ? Call<Names>
          : Resource extends { readonly database: string }
            ? Statement<Names>
            : Resource extends { readonly channel: string }
              ? ChannelOperation<Names>
              : Resource extends { readonly bucket: '*' }
                ? BucketOperation<Names>
                : Resource extends { readonly bucket: string }
                  ? ObjectOperation<Names>
                  : Resource extends { readonly http: string }
                    ? HttpRequest<Names>
                    : Resource extends { readonly edge_function: string }
                      ? Invoke<Names>
                      : Resource extends { readonly auth: 'users' }
                        ? AuthOperation<Names>
                        : Resource extends { readonly graphql: string }
                          ? GraphqlQuery<Names>
                          : Resource extends { readonly job: string }
                            ? RunJob<Names>
                            : never)
>

/** The names of columns in an answer; a function, a statement and Storage answer with names of their own. */
type AnsweredBy<Database, Resource, Item extends string> = Resource extends
  | { readonly table: infer Name extends string }
  | { readonly view: infer Name extends string }
  ? Column<Database, Name> | AnsweredName<Item>
  : string

interface Known<Database, Resource, Fixture extends string, World extends string, Operation, Invariant, Asker> {
  readonly database: Database
  readonly resource: NameOf<Resource>
  readonly fixture: Fixture
  readonly row: Fixture | World
  readonly operation: Operation
  readonly invariant: Invariant
  readonly asker: Asker
}

/** A matrix in TypeScript, as `defineMatrix` returns it. */
export interface MatrixDefinition {
  readonly matrix: string
}

/** Checks a matrix against the types of the database and against the names that it declares itself. */
export type DefineMatrix<Database, Actors> = <
  const Resource extends ResourceOf<Database>,
  const Fixture extends string = never,
  const Operation extends string = never,
  const Invariant extends string = never,
  const Item extends SelectItem<Column<Database, NameOf<Resource>>> = never,
  const AskerKey extends string = never,
  const OperationKey extends string = never,
>(matrix: {
  readonly matrix: string
  readonly resource: Resource
  readonly invariants?: { readonly [Id in Invariant]: string }
  readonly changes_on_refusal?: Readonly<Record<string, string>>
  readonly fixtures?: { readonly [Name in Fixture]: FixtureOf<Database, Resource> }
  readonly operations: {
    readonly [Name in Operation]: OperationOf<
      Resource,
      Known<
        Database,
        Resource,
        NoInfer<Fixture>,
        WorldOf<Actors>,
        NoInfer<Operation>,
        NoInfer<Invariant>,
        AskersOf<Actors>
      >,
      Item
    >
  }
  readonly expect: Expect<
    AskerKey,
    OperationKey,
    AskersOf<Actors>,
    NoInfer<Operation>,
    WrittenExpectation<NoInfer<Fixture> | WorldOf<Actors>, NoInfer<AnsweredBy<Database, Resource, Item>>>
  >
}) => MatrixDefinition

/**
 * Declares a matrix in TypeScript: `export default defineMatrix<Database, typeof actors>()({ … })`. A misspelt table, column,
 * argument, fixture, operation, invariant, actor or layer is a compile error.
 *
 * @typeParam Database the output of `supabase gen types typescript`.
 * @typeParam Actors the type of the export of `actors.ts`, or a union of names.
 */
export function defineMatrix<Database, Actors = string>(): DefineMatrix<Database, Actors>
/** A module from before 1.0 gives the matrix at once; its types check nothing. */
export function defineMatrix(matrix?: MatrixDefinition): unknown {
  return matrix ?? ((declared: MatrixDefinition): MatrixDefinition => declared)
}

/** Declares the actors in TypeScript, keeping their names for the type of `expect`. */
export function defineActors<const Actors extends ActorsDefinition>(actors: Actors): Actors {
  return actors
}
