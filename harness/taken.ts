/** What a schema takes, without the right to change it. */
export type Taken<Type> = Type extends readonly (infer Item)[]
  ? readonly Taken<Item>[]
  : Type extends object
    ? { readonly [Key in keyof Type]: Taken<Exclude<Type[Key], undefined>> }
    : Type
