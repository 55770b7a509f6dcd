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

/** What may stand where a value of this type is expected. */
export type Value<Type> = Type | Referring | { readonly $file: string }

type Written<Of, Form extends string> = Of extends { readonly [F in Form]: infer Columns } ? Columns : ReadOf<Of>
type ReadOf<Of> = Of extends { readonly Row: infer Columns } ? Columns : never

/** The columns of a relation as `Insert`, `Update` or `Row` has them. */
type Columns<Database, Name extends string, Form extends string> =
  | Written<Member<Database, 'Tables', Name>, Form>
  | Written<Member<Database, 'Views', Name>, Form>

type KeysOfEach<Type> = Type extends unknown ? keyof Type & string : never

/** The columns of all tables and views: what is a column elsewhere is refused here rather than overlooked. */
type AnyColumn<Database> = KeysOfEach<
  ReadOf<Member<Database, 'Tables', TableName<Database>>> | ReadOf<Member<Database, 'Views', ViewName<Database>>>
>

type Only<Known, All extends string> = {
  readonly [Key in All | keyof Known]?: Key extends keyof Known ? Value<Known[Key]> : never
}

/** Values for columns of one table or view, and of no other. */
export type Values<Database, Name extends string, Form extends 'Row' | 'Insert' | 'Update'> =
  | Only<Columns<Database, Name, Form>, AnyColumn<Database>>
  | { readonly $file: string }

type ArgumentsOf<Of> = Of extends { readonly Args: infer Arguments } ? Arguments : never
type AnyArgument<Database> = KeysOfEach<ArgumentsOf<Member<Database, 'Functions', FunctionName<Database>>>>

/** Arguments of one function, and of no other. */
export type Arguments<Database, Name extends string> = [ArgumentsOf<Member<Database, 'Functions', Name>>] extends [
  never,
]
  ? Readonly<Record<string, never>>
  : Only<ArgumentsOf<Member<Database, 'Functions', Name>>, AnyArgument<Database>>
