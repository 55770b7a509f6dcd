import type { Json } from '../json.ts'
import type { Arguments, Column, FromFile, TableName, Values } from './database-types.ts'
import type { JsonValues, Listing, OneOrMore, Proving, Scope, Sending } from './define-scope.ts'

/** A comparison of two operations. */
export interface Distinguish<Names extends Scope> extends Proving<Names> {
  readonly distinguish: readonly [Names['operation'], Names['operation']]
}

/** The columns of the resource. */
type Own<Names extends Scope> = Column<Names['database'], Names['resource']>
type OwnValues<Names extends Scope, Form extends 'Row' | 'Insert' | 'Update'> = Values<
  Names['database'],
  Names['resource'],
  Form
>

/** An item of PostgREST's `select`. Names inside an embedded resource are checked by the loader alone. */
export type SelectItem<Name extends string> =
  | '*'
  | Name
  | `${Name}${'::' | '->'}${string}`
  | `${string}:${Name}`
  | `${string}:${Name}${'::' | '->'}${string}`
  | `${string}(${string}`

/** The names that selected items have in an answer; any, where an item embeds a relation or reads inside JSON. */
export type AnsweredName<Item extends string> = Item extends `${string}(${string}` | `${string}->${string}`
  ? string
  : Item extends `${infer Name}:${string}`
    ? Name
    : never

interface Writing<Names extends Scope> extends Sending<Names> {
  readonly returning?: 'minimal' | 'representation'
}

interface Adding<Names extends Scope> extends Writing<Names> {
  readonly identify?: readonly Own<Names>[]
}

export interface Select<Names extends Scope, Item extends string> extends Sending<Names> {
  readonly select: Names['row'] | '*'
  readonly columns?: readonly Item[]
  readonly filter?: OwnValues<Names, 'Row'>
  readonly count?: 'exact'
  readonly head?: true
  readonly single?: true
}

export interface Insert<Names extends Scope> extends Adding<Names> {
  readonly insert: OneOrMore<OwnValues<Names, 'Insert'>>
}

export interface Upsert<Names extends Scope> extends Adding<Names> {
  readonly upsert: Names['fixture'] | OwnValues<Names, 'Insert'>
  readonly values?: OwnValues<Names, 'Update'>
  readonly on_conflict?: readonly Own<Names>[]
  readonly ignore_duplicates?: true
}

export interface Update<Names extends Scope> extends Writing<Names> {
  readonly update: Names['fixture']
  readonly set: OwnValues<Names, 'Update'>
  readonly stamped?: readonly Own<Names>[]
}

export interface Delete<Names extends Scope> extends Writing<Names> {
  readonly delete: Names['fixture']
}

/** An operation on a table or a view. */
export type RelationOperation<Names extends Scope, Item extends string> =
  | Select<Names, Item>
  | Insert<Names>
  | Upsert<Names>
  | Update<Names>
  | Delete<Names>

/** The declared effects of a function or a statement, by fixture. */
interface Effects<Names extends Scope> extends Listing<Names> {
  readonly reads?: OneOrMore<Names['row'] | '*'>
  readonly changes?: { readonly [Fixture in Names['fixture']]?: JsonValues }
  readonly removes?: readonly Names['fixture'][]
}

type AddedElsewhere<Database, Name = TableName<Database>> = Name extends string
  ? { readonly table: Name; readonly values: OneOrMore<Values<Database, Name, 'Insert'>> }
  : never

export interface Call<Names extends Scope> extends Effects<Names>, Sending<Names>, AsOwnUser<Names> {
  readonly call: Arguments<Names['database'], Names['resource']>
  readonly method?: 'post' | 'get' | 'head'
  readonly adds?: AddedElsewhere<Names['database']>
}

/** Answers that refuse, beside 401 and 403. */
type Refusal = number | { readonly redirect: string }
type Fields = Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>

/** The signature of a webhook. */
interface Signature {
  readonly scheme: 'hmac-sha256' | 'stripe'
  readonly header?: string
  readonly secret_from_env: string
  readonly encoding?: 'hex' | 'base64'
  readonly prefix?: string
  readonly age?: number
  readonly forged?: 'secret' | 'body' | 'missing'
}

/** A request to code that a team wrote itself. */
interface WebRequest<Names extends Scope> extends Effects<Names>, Sending<Names>, AsOwnUser<Names> {
  readonly path?: string
  readonly query?: Fields
  readonly json?: Json
  readonly form?: Fields
  readonly text?: string
  readonly bytes?: string | FromFile
  readonly content_type?: string
  readonly denial?: OneOrMore<Refusal>
  readonly sign?: Signature
  readonly repeat?: number
  readonly adds?: AddedElsewhere<Names['database']>
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** A request to a route of the team's own backend. */
export interface HttpRequest<Names extends Scope> extends WebRequest<Names> {
  readonly request: Method
  readonly session?: 'bearer' | 'cookies'
  readonly cookie?: string
  readonly cookie_user?: string
}

/** A request to an Edge Function. */
export interface Invoke<Names extends Scope> extends WebRequest<Names> {
  readonly invoke: Method
}

/** A user of the cell's own sends the request in place of the actor. */
interface AsOwnUser<Names extends Scope> {
  readonly as?: Names['fixture']
}

interface AuthRequest<Names extends Scope> extends Effects<Names>, Sending<Names> {
  readonly adds?: AddedElsewhere<Names['database']>
}

export interface SignUp<Names extends Scope> extends AuthRequest<Names> {
  readonly sign_up: {
    readonly email?: string
    readonly phone?: string
    readonly password?: string
    readonly data?: JsonValues
  }
}

export interface SignIn<Names extends Scope> extends AuthRequest<Names> {
  readonly sign_in: { readonly email?: string; readonly phone?: string; readonly password: string }
}

export interface Verify<Names extends Scope> extends AuthRequest<Names> {
  readonly verify: 'signup' | 'invite' | 'magiclink' | 'recovery' | 'email_change'
  readonly of: Names['fixture']
  readonly new_email?: string
  readonly token?: 'wrong' | 'used'
}

export interface Recover<Names extends Scope> extends AuthRequest<Names> {
  readonly recover: { readonly email: string }
}

export interface Otp<Names extends Scope> extends AuthRequest<Names> {
  readonly otp: {
    readonly email?: string
    readonly phone?: string
    readonly create_user?: boolean
    readonly data?: JsonValues
  }
}

export interface UpdateUser<Names extends Scope> extends AuthRequest<Names>, AsOwnUser<Names> {
  readonly update_user: {
    readonly email?: string
    readonly phone?: string
    readonly password?: string
    readonly current_password?: string
    readonly data?: JsonValues
    readonly app_metadata?: JsonValues
  }
}

export interface Enroll<Names extends Scope> extends AuthRequest<Names>, AsOwnUser<Names> {
  readonly enroll: 'totp'
}

export interface Unenroll<Names extends Scope> extends AuthRequest<Names>, AsOwnUser<Names> {
  readonly unenroll: 'totp'
}

export interface LinkIdentity<Names extends Scope> extends AuthRequest<Names>, AsOwnUser<Names> {
  readonly link_identity: string
}

export interface DeleteUser<Names extends Scope> extends AuthRequest<Names> {
  readonly delete_user: Names['fixture']
}

/** The operations of Auth. */
export type AuthOperation<Names extends Scope> =
  | SignUp<Names>
  | SignIn<Names>
  | Verify<Names>
  | Recover<Names>
  | Otp<Names>
  | UpdateUser<Names>
  | Enroll<Names>
  | Unenroll<Names>
  | LinkIdentity<Names>
  | DeleteUser<Names>

/** A query or a mutation of GraphQL. */
export interface GraphqlQuery<Names extends Scope> extends Effects<Names>, Sending<Names> {
  readonly query: string
  readonly variables?: JsonValues
  readonly adds?: AddedElsewhere<Names['database']>
}

/** A run of a job. */
export interface RunJob<Names extends Scope> extends Pick<Effects<Names>, 'changes' | 'removes'> {
  readonly run: 'once'
  readonly adds?: AddedElsewhere<Names['database']>
}

/** One statement of a worker. */
export interface Statement<Names extends Scope> extends Effects<Names> {
  readonly sql: string | FromFile
  readonly values?: readonly Json[]
  readonly adds?:
    | AddedElsewhere<Names['database']>
    | { readonly table?: never; readonly values: OneOrMore<OwnValues<Names, 'Insert'>> }
}
