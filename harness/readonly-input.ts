/** The input type of a schema, read-only at every depth. */
export type ReadonlyInput<Type> = Type extends readonly (infer Item)[]
  ? readonly ReadonlyInput<Item>[]
  : Type extends object
    ? { readonly [Key in keyof Type]: ReadonlyInput<Exclude<Type[Key], undefined>> }
    : Type
