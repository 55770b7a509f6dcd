/** Parameters of a query that PostgREST reads as something else than a filter (references/api/tables_views). */
const reserved: readonly string[] = ['select', 'order', 'limit', 'offset', 'columns', 'on_conflict', 'and', 'or', 'not']

/**
 * @returns the name of a column as a query holds it: in double quotes unless it is a plain word, since a dot, a comma and
 *   the like are part of the grammar (PostgREST, references/api/url_grammar), and `order=…` is no filter.
 */
export function columnInQuery(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.includes(name)) return name
  return `"${name.replace(/[\\"]/g, '\\$&')}"`
}

/** @returns true when an item of a `select` is only the name of a column, which may hold spaces and dots. */
export function isBareColumn(item: string): boolean {
  return item !== '*' && !/[":()!,*]|->|^\.\.\./.test(item)
}
