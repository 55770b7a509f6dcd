/**
 * Reads the types that `supabase gen types typescript` writes: schemas with `Tables`, `Views` and `Functions`. Everything
 * here is for the compiler; nothing exists at run time.
 */

type Schema<Database> = keyof Database & string

type Named<Database, Part extends string> = {
  [Name in Schema<Database>]: Database[Name] extends { readonly [P in Part]: infer Members }
    ? `${Name}.${keyof Members & string}`
    : never
}[Schema<Database>]

/** `public.documents`, for every table of the database. */
export type TableName<Database> = Named<Database, 'Tables'>
export type ViewName<Database> = Named<Database, 'Views'>
export type FunctionName<Database> = Named<Database, 'Functions'>

type Member<Database, Part extends string, Name extends string> = Name extends `${infer In}.${infer Own}`
  ? In extends keyof Database
    ? Database[In] extends { readonly [P in Part]: infer Members }
      ? Own extends keyof Members
        ? Members[Own]
        : never
      : never
    : never
  : never

/** A text that holds a reference, such as `$actor.id`. */
type Referring = `${string}$${string}`

/** The content of a file of the workspace. */
export interface FromFile {
  readonly $file: string
}

/** The values that are accepted for a column of this type. */
type Value<Type> = Type | Referring | FromFile

type Written<Of, Form extends string> = Of extends { readonly [F in Form]: infer Columns } ? Columns : ReadOf<Of>
type ReadOf<Of> = Of extends { readonly Row: infer Columns } ? Columns : never

type Relation<Database, Name extends string> = Member<Database, 'Tables', Name> | Member<Database, 'Views', Name>

/** The names of the columns of a table or view. */
export type Column<Database, Name extends string> = keyof ReadOf<Relation<Database, Name>> & string

/** The names of the columns of all tables. */
export type AnyColumn<Database, Name = TableName<Database>> = Name extends string ? Column<Database, Name> : never

/** Values for columns of one table or view, as `Insert`, `Update` or `Row` has them. */
export type Values<Database, Name extends string, Form extends 'Row' | 'Insert' | 'Update'> =
  | Optional<Written<Relation<Database, Name>, Form>>
  | FromFile

/** Every key may be left out: a default or a trigger may give it a value. */
type Optional<Columns> = Columns extends unknown
  ? { readonly [Key in keyof Columns]?: Value<Readonly<Columns[Key]>> }
  : never

type ArgumentsOf<Of> = Of extends { readonly Args: infer Arguments } ? Arguments : never

/** Arguments of one function. An overloaded function has several sets of them. */
export type Arguments<Database, Name extends string> =
  | ([ArgumentsOf<Member<Database, 'Functions', Name>>] extends [never]
      ? Readonly<Record<string, never>>
      : Passed<ArgumentsOf<Member<Database, 'Functions', Name>>>)
  | FromFile

type Passed<Given> = Given extends unknown
  ? string extends keyof Given
    ? Readonly<Record<string, never>>
    : Optional<Given>
  : never
