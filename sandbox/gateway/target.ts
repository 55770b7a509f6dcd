/** The parts of a request's URL. */
export interface Target {
  path: string
  /** The query string without `?` and without the `apikey` parameter. */
  query: string
  apiKey: string | undefined
}

/** Splits a request's URL. The API key is removed: PostgREST would treat it as a filter. */
export function readTarget(url: string): Target {
  const mark = url.indexOf('?')
  if (mark === -1) return { path: url, query: '', apiKey: undefined }
  const path = url.slice(0, mark)
  const query = url.slice(mark + 1)
  if (!query.includes('apikey=')) return { path, query, apiKey: undefined }
  const parts = query.split('&')
  const own = parts.find((part) => part.startsWith('apikey='))
  return {
    path,
    query: parts.filter((part) => !part.startsWith('apikey=')).join('&'),
    apiKey: own === undefined ? undefined : (new URLSearchParams(own).get('apikey') ?? undefined),
  }
}

/** Parameters that choose columns or pages. `limit` is among them: current PostgREST ignores it in a write. */
const NO_FILTER = new Set(['select', 'columns', 'order', 'limit', 'offset', 'on_conflict'])

/**
 * The name of the statement when a request would write to every row of a relation: PATCH or DELETE without a filter on
 * the relation's own columns. `undefined` for every other request.
 *
 * @param path the path behind `/rest/v1`
 */
export function wherelessStatement(method: string, path: string, query: string): 'UPDATE' | 'DELETE' | undefined {
  if (method !== 'PATCH' && method !== 'DELETE') return undefined
  if (path.startsWith('/rpc/')) return undefined
  for (const name of new URLSearchParams(query).keys()) {
    if (!NO_FILTER.has(name) && !isEmbedded(name)) return undefined
  }
  return method === 'PATCH' ? 'UPDATE' : 'DELETE'
}

/** `clients.name=eq.x` filters an embedded relation and not the written one; `not.or=(…)` still is a filter. */
function isEmbedded(name: string): boolean {
  const unquoted = name.replaceAll(/"[^"]*"/g, '')
  return unquoted.includes('.') && unquoted !== 'not.and' && unquoted !== 'not.or'
}
