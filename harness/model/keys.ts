/** The keys of a relation of the catalog. */
interface Keyed {
  readonly primaryKey: readonly string[]
  readonly uniqueKeys: readonly (readonly string[])[]
  readonly partialKeys?: readonly { readonly columns: readonly string[] }[]
}

/** @returns the keys by which a row can be found: the primary key and the unique keys of all rows. */
export function keysOf({ primaryKey, uniqueKeys }: Keyed): readonly (readonly string[])[] {
  return [primaryKey, ...uniqueKeys].filter((key) => key.length > 0)
}

/** @returns the keys in which two rows may collide: those of {@link keysOf}, and those of some rows only. */
export function collidingKeys(relation: Keyed): readonly (readonly string[])[] {
  const partial = (relation.partialKeys ?? []).map(({ columns }) => columns).filter((key) => key.length > 0)
  return [...keysOf(relation), ...partial]
}
