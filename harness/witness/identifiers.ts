/** @returns the name as SQL takes it, whatever characters it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * @param name schema and relation: `public.documents`; the first dot divides.
 * @returns the name as SQL takes it.
 */
export function quotedRelation(name: string): string {
  const dot = name.indexOf('.')
  return dot < 0 ? quoted(name) : `${quoted(name.slice(0, dot))}.${quoted(name.slice(dot + 1))}`
}
