type KeysOfEach<Union> = Union extends unknown ? keyof Union : never

/**
 * A union whose members have no key of one another. The compiler then chooses the member by one key, and names the word that this
 * member does not have.
 */
export type Exclusive<Union, Keys extends PropertyKey = KeysOfEach<Union>> = Union extends unknown
  ? Union & { readonly [Key in Exclude<Keys, keyof Union>]?: never }
  : never
