import { TrespassError } from '../../errors.ts'
import type { Json, JsonObject } from '../../json.ts'
import { columnInQuery } from '../../postgrest-name.ts'
import type { TargetRow } from '../path.ts'

/** The part of a PostgREST filter builder that bounds a request. */
interface Bounded<Request> {
  eq(column: string, value: Json): Request
  is(column: string, value: null): Request
  filter(column: string, operator: string, value: string): Request
  or(filters: string): Request
}

/** Restricts a request to the rows of the targets. */
export function bounded<Request extends Bounded<Request>>(request: Request, targets: readonly TargetRow[]): Request {
  const [first] = targets
  if (first === undefined) throw new TrespassError('no-target', 'the request names no row to stay within')
  if (targets.length === 1) {
    return Object.entries(first.key).reduce(
      (bound, [column, value]) =>
        value === null ? bound.is(columnInQuery(column), null) : bound.eq(columnInQuery(column), text(value)),
      request,
    )
  }
  const column = sharedColumn(targets)
  if (column === null) return request.or(targets.map((target) => `and(${conditions(target.key)})`).join(','))
  // Not `in()`: it quotes a value that holds a comma and leaves the quotes in it as they are.
  return request.filter(
    columnInQuery(column),
    'in',
    `(${targets.map(({ key }) => quoted(key[column] ?? null)).join(',')})`,
  )
}

/** @returns the one column that is the key of every target, never null in any; null when there is no such column. */
function sharedColumn(targets: readonly TargetRow[]): string | null {
  const [column = ''] = Object.keys(targets[0]?.key ?? {})
  const shared = targets.every(({ key }) => Object.keys(key).join() === column && key[column] !== null)
  return shared ? column : null
}

function conditions(key: JsonObject): string {
  return Object.entries(key)
    .map(([column, value]) => {
      const name = columnInQuery(column)
      return value === null ? `${name}.is.null` : `${name}.eq.${quoted(value)}`
    })
    .join(',')
}

/** Reserved characters are put in double quotes, and quotes are escaped (PostgREST, references/api/url_grammar). */
function quoted(value: Json): string {
  return `"${text(value).replace(/["\\]/g, '\\$&')}"`
}

/** @returns a value as a filter holds it. */
export function text(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
