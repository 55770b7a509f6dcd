type KeysOfEach<Union> = Union extends unknown ? keyof Union : never

/**
 * A union whose members have no key of one another. The compiler then knows by one key which member is meant, and names
 * the word that this member does not have.
 */
export type Exclusive<Union, Keys extends PropertyKey = KeysOfEach<Union>> = Union extends unknown
  ? Union & { readonly [Key in Exclude<Keys, keyof Union>]?: never }
  : never
