/**
 * The types that a matrix is written with are checked against the schemas of the verbs: the same verbs, the same keys and the
 * same values. They are written by hand because a schema cannot name tables, columns and fixtures.
 */
import type { z } from 'zod'
import type { Json } from '../json.ts'
import type * as buckets from '../matrix/define-buckets.ts'
import type * as channels from '../matrix/define-channels.ts'
import type * as operations from '../matrix/define-operations.ts'
import type { ReadonlyInput } from '../readonly-input.ts'
import type { schemas as auth } from './auth/verbs.ts'
import type { schemas as dataApi } from './data-api/verbs.ts'
import type { schema as invoke } from './edge-functions/index.ts'
import type { schema as query } from './graphql/index.ts'
import type { schema as request } from './http/index.ts'
import type { schema as run } from './jobs/index.ts'
import type { schema as statement } from './postgres/verbs.ts'
import type { schemas as realtime } from './realtime/verbs.ts'
import type { schema as call } from './rpc/index.ts'
import type { bucketSchemas, objectSchemas } from './storage/schemas.ts'

/** Every name is a name here. */
interface AnyNames {
  readonly database: {
    readonly any: {
      readonly Tables: { readonly [Table in string]: { readonly Row: Readonly<Record<string, Json>> } }
      readonly Functions: { readonly [Name in string]: { readonly Args: { readonly argument: Json } } }
    }
  }
  readonly resource: 'any.thing'
  readonly fixture: string
  readonly row: string
  readonly operation: string
  readonly invariant: string
  readonly asker: string
}

interface DataApi {
  select: operations.Select<AnyNames, string>
  insert: operations.Insert<AnyNames>
  upsert: operations.Upsert<AnyNames>
  update: operations.Update<AnyNames>
  delete: operations.Delete<AnyNames>
}

interface Realtime {
  join: channels.Join<AnyNames>
  send: channels.Send<AnyNames>
  receive: channels.Receive<AnyNames>
  track: channels.Track<AnyNames>
  presence: channels.Presence<AnyNames>
  keep: channels.Keep<AnyNames>
  subscribe: channels.Subscribe<AnyNames>
}

interface Objects {
  upload: buckets.Upload<AnyNames>
  overwrite: buckets.Overwrite<AnyNames>
  upsert: buckets.UpsertObject<AnyNames>
  download: buckets.Download<AnyNames>
  public: buckets.PublicDownload<AnyNames>
  info: buckets.Info<AnyNames>
  exists: buckets.Exists<AnyNames>
  list: buckets.List<AnyNames>
  move: buckets.Move<AnyNames>
  copy: buckets.Copy<AnyNames>
  remove: buckets.Remove<AnyNames>
  delete: buckets.DeleteObject<AnyNames>
  sign: buckets.Sign<AnyNames>
  sign_many: buckets.SignMany<AnyNames>
  sign_upload: buckets.SignUpload<AnyNames>
}

interface Buckets {
  create_bucket: buckets.CreateBucket<AnyNames>
  get_bucket: buckets.GetBucket<AnyNames>
  list_buckets: buckets.ListBuckets<AnyNames>
  update_bucket: buckets.UpdateBucket<AnyNames>
  empty_bucket: buckets.EmptyBucket<AnyNames>
  delete_bucket: buckets.DeleteBucket<AnyNames>
}

interface Auth {
  sign_up: operations.SignUp<AnyNames>
  sign_in: operations.SignIn<AnyNames>
  verify: operations.Verify<AnyNames>
  recover: operations.Recover<AnyNames>
  otp: operations.Otp<AnyNames>
  update_user: operations.UpdateUser<AnyNames>
  enroll: operations.Enroll<AnyNames>
  unenroll: operations.Unenroll<AnyNames>
  link_identity: operations.LinkIdentity<AnyNames>
  delete_user: operations.DeleteUser<AnyNames>
}

type Inputs<Schemas extends Readonly<Record<string, z.ZodType>>> = {
  [Verb in keyof Schemas]: ReadonlyInput<z.input<Schemas[Verb]>>
}

/** Keys that the loader accepts besides those of a verb. */
type Added = 'proves' | 'headers'

/** The verbs whose type lacks a key of the schema, has one more, or takes a value less. */
type Differing<Types, Schemas extends Record<keyof Types, unknown>> = {
  [Verb in keyof Types]: [keyof Types[Verb], keyof Schemas[Verb], Schemas[Verb]] extends [
    keyof Schemas[Verb] | Added,
    keyof Types[Verb],
    Types[Verb],
  ]
    ? never
    : Verb
}[keyof Types]

/** The verbs that have no type. */
type Untyped<Types, Schemas> = Exclude<keyof Schemas, keyof Types>

type Nothing = readonly [never, never]
type Compared<Types, Schemas extends Record<keyof Types, unknown>> = readonly [
  Differing<Types, Schemas>,
  Untyped<Types, Schemas>,
]

/** A schema takes every text as the table of an added row; a type takes the tables of the database. */
type ButAdded<Type> = Omit<Type, 'adds'> & { readonly adds?: unknown }

/** Compiles where both are the same. */
type Same<Difference extends Nothing> = Difference

/** As {@link ButAdded}, for each verb. */
type AllButAdded<Types> = { [Verb in keyof Types]: ButAdded<Types[Verb]> }

export type Checked = [
  Same<Compared<AllButAdded<Auth>, AllButAdded<Inputs<typeof auth>>>>,
  Same<Compared<DataApi, Inputs<typeof dataApi>>>,
  Same<Compared<Realtime, Inputs<typeof realtime>>>,
  Same<Compared<Objects, Inputs<typeof objectSchemas>>>,
  Same<Compared<Buckets, Inputs<typeof bucketSchemas>>>,
  Same<
    Compared<
      { request: ButAdded<operations.HttpRequest<AnyNames>> },
      { request: ButAdded<ReadonlyInput<z.input<typeof request>>> }
    >
  >,
  Same<
    Compared<
      { invoke: ButAdded<operations.Invoke<AnyNames>> },
      { invoke: ButAdded<ReadonlyInput<z.input<typeof invoke>>> }
    >
  >,
  Same<Compared<{ run: ButAdded<operations.RunJob<AnyNames>> }, { run: ButAdded<ReadonlyInput<z.input<typeof run>>> }>>,
  Same<
    Compared<
      { query: ButAdded<operations.GraphqlQuery<AnyNames>> },
      { query: ButAdded<ReadonlyInput<z.input<typeof query>>> }
    >
  >,
  Same<
    Compared<{ call: ButAdded<operations.Call<AnyNames>> }, { call: ButAdded<ReadonlyInput<z.input<typeof call>>> }>
  >,
  Same<
    Compared<
      { sql: ButAdded<operations.Statement<AnyNames>> },
      { sql: ButAdded<ReadonlyInput<z.input<typeof statement>>> }
    >
  >,
]
