/** The input type of a schema, read-only at every depth. */
export type Taken<Type> = Type extends readonly (infer Item)[]
  ? readonly Taken<Item>[]
  : Type extends object
    ? { readonly [Key in keyof Type]: Taken<Exclude<Type[Key], undefined>> }
    : Type
