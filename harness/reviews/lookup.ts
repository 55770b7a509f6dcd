import type { ReviewFunction, ReviewTable } from './catalog.ts'
import { nameOf } from './names.ts'
import type { PolicySurroundings } from './read-policies.ts'

/** @returns whether an index that is valid begins with a column. */
export function hasLeadingIndex({ indexes }: ReviewTable, column: string): boolean {
  return indexes.some(({ columns, valid }) => valid && columns[0] === column)
}

const tableWords =
  /\b(?:from|join|update|into)\s+(?:only\s+)?((?:"(?:[^"]|"")+"|[a-z_][\w$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[a-z_][\w$]*))?)/gi

/**
 * @returns the tables that the body of a function names, by schema and name. A name without a schema is looked up in the
 *   function's `search_path`, and in `public` where it sets none.
 */
export function tablesInBody({ body, searchPath }: ReviewFunction, known: ReadonlySet<string>): readonly string[] {
  const schemas = (searchPath ?? 'public').split(',').map((name) => name.trim().replaceAll('"', ''))
  const found = [...body.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').matchAll(tableWords)].flatMap(
    ([, written = '']) => {
      const parts = written.split(/\s*\.\s*/).map(unquoted)
      const names = parts.length > 1 ? [parts.join('.')] : schemas.map((schema) => `${schema}.${parts[0]}`)
      return names.filter((name) => known.has(name)).slice(0, 1)
    },
  )
  return [...new Set(found)]
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}

/**
 * @returns what the policies of a table lean on, as records name resources: the table, the tables that they read, the
 *   functions that they call and the tables that those read.
 */
export function resourcesOf(
  { catalog, policies }: Pick<PolicySurroundings, 'catalog' | 'policies'>,
  table: string,
): readonly string[] {
  const known = new Set(catalog.tables.map(nameOf))
  const seen = new Set<string>()
  const queue = [table]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (seen.has(at)) continue
    seen.add(at)
    const mentions = (policies.get(at) ?? []).flatMap(({ read }) => [read.using.mentions, read.check.mentions])
    queue.push(...mentions.flatMap(({ relations, functions }) => [...relations, ...functions]))
    for (const one of catalog.functions) if (nameOf(one) === at) queue.push(...tablesInBody(one, known))
    for (const view of catalog.views) if (nameOf(view) === at) queue.push(...view.reads.map(nameOf))
  }
  return [...seen].map((name) => `table ${name}`)
}
