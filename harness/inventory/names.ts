import type { InventoryFunction, InventoryRelation, QualifiedName } from './model.ts'

/** @returns an identifier as SQL would have it: quoted where it has to be. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** @returns schema and name: `public."Order Items"`. */
export function qualified({ schema, name }: QualifiedName): string {
  return `${quoted(schema)}.${quoted(name)}`
}

/** @returns a relation by kind and name: `materialized view public.totals`. */
export function relationTitle(relation: InventoryRelation): string {
  return `${relation.partitionOf === null ? relation.kind : 'partition'} ${qualified(relation)}`
}

/** @returns a function with its arguments: `public.claim(job uuid)`. */
export function signature(one: Pick<InventoryFunction, 'schema' | 'name' | 'arguments'>): string {
  return `${qualified(one)}(${one.arguments})`
}

/** @returns the first names of a list, and how many more there are. */
export function bounded(names: readonly string[], limit: number): string {
  const more = names.length - limit
  return more > 0 ? `${names.slice(0, limit).join(', ')} and ${more} more` : names.join(', ')
}
