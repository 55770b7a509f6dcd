import { createHash } from 'node:crypto'
import { inspect } from './inspect.ts'

/** A client's selection of changes, in its own form, with the number that identifies it in messages. */
export interface WantedChanges {
  id: number
  parameters: Record<string, unknown>
}

/** A condition on a column. */
interface ChangeFilter {
  column_name: string
  op: string
  value: string
  negate: boolean
}

/** A parsed selection: tables by name, or all of them with `*`, an event, conditions that all have to hold, columns. */
export interface ChangeSelection {
  action: '*' | 'INSERT' | 'UPDATE' | 'DELETE'
  schema: string
  table: string
  filters: ChangeFilter[]
  columns: string[] | undefined
}

/** A refused subscription to changes; the client gets the message. */
export class ChangesRefusal extends Error {
  override readonly name = 'ChangesRefusal'
}

const OPERATORS = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct']

/** Numbers a client's selections: the same parameters have the same number, which fits into 27 bits and is not 0. */
export function numbered(wanted: readonly Record<string, unknown>[]): WantedChanges[] {
  return wanted.map((parameters) => {
    const sorted = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1))
    const hash = createHash('sha1').update(JSON.stringify(sorted)).digest().readUInt32BE()
    return { id: (hash % (2 ** 27 - 1)) + 1, parameters }
  })
}

/**
 * Parses a client's selection (Realtime `postgres_cdc_rls/subscriptions.ex`).
 *
 * @throws ChangesRefusal
 */
export function readSelection(parameters: Record<string, unknown>): ChangeSelection {
  const { event, select } = parameters
  const selection = { action: readAction(event), ...readTable(parameters), columns: readColumns(select) }
  if (selection.columns !== undefined && (selection.schema === '*' || selection.table === '*')) {
    throw new ChangesRefusal(
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    )
  }
  return selection
}

/** The table or the schema may be left out, but not both, and a condition needs both. */
function readTable(parameters: Record<string, unknown>): Pick<ChangeSelection, 'schema' | 'table' | 'filters'> {
  const { schema, table, filter } = parameters
  if (isText(schema) && isText(table) && isText(filter)) return { schema, table, filters: readFilters(filter) }
  if (!('filter' in parameters)) {
    if (isText(schema) && isText(table)) return { schema, table, filters: [] }
    if (isText(schema) && !('table' in parameters)) return { schema, table: '*', filters: [] }
    if (isText(table) && !('schema' in parameters)) return { schema: 'public', table, filters: [] }
  }
  const shown = inspect(parameters)
  throw new ChangesRefusal(
    `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${shown}`,
  )
}

function readColumns(select: unknown): string[] | undefined {
  if (isText(select)) {
    const expected = 'expected a list of column name strings, e.g. select: ["col1", "col2"]'
    throw new ChangesRefusal(`Error parsing \`select\` params: ${expected}`)
  }
  const columns = Array.isArray(select) ? select.filter(isText) : []
  return columns.length === 0 ? undefined : columns
}

function readAction(event: unknown): ChangeSelection['action'] {
  const action = isText(event) ? event.toUpperCase() : '*'
  return action === 'INSERT' || action === 'UPDATE' || action === 'DELETE' ? action : '*'
}

function readFilters(filter: string): ChangeFilter[] {
  return filter.trim() === '' ? [] : segments(filter.trim()).map(readFilter)
}

/** Commas separate conditions, except in parentheses and in quotes that begin a value. */
function segments(filter: string): string[] {
  const found: string[] = []
  let current = ''
  let depth = 0
  let quoted = false
  for (let index = 0; index < filter.length; index += 1) {
    const char = filter[index] ?? ''
    if (quoted && char === '\\') {
      index += 1
      current += char + (filter[index] ?? '')
    } else if (quoted) {
      quoted = char !== '"'
      current += char
    } else if (char === ',' && depth === 0) {
      found.push(current)
      current = ''
    } else {
      quoted = char === '"' && /[.(,]$/.test(current)
      depth = Math.max(0, depth + (char === '(' ? 1 : char === ')' ? -1 : 0))
      current += char
    }
  }
  return [...found, current]
}

function readFilter(segment: string): ChangeFilter {
  const trimmed = segment.trim()
  if (trimmed === '') throw badFilter('filter must not contain empty segments (check for extra commas)')
  const [column_name, rest] = cut(trimmed, '=')
  if (rest === undefined) throw badFilter(inspect([column_name]))
  const negate = rest.startsWith('not.')
  const [op, value] = cut(negate ? rest.slice('not.'.length) : rest, '.')
  if (value === undefined) throw badFilter(inspect([op]))
  if (!OPERATORS.includes(op)) throw badFilter(inspect([op, value]))
  return { column_name, op, value: op === 'in' ? list(value) : unquoted(value), negate }
}

/** `(a,b)` becomes PostgreSQL's `{a,b}`. */
function list(value: string): string {
  if (/^\(.*\)$/s.test(value)) return `{${value.slice(1, -1)}}`
  throw badFilter('`in` filter value must be wrapped by parentheses')
}

function unquoted(value: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1]
  return inner === undefined ? value : inner.replaceAll(/\\(.)/gs, '$1')
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function badFilter(reason: string): ChangesRefusal {
  return new ChangesRefusal(`Error parsing \`filter\` params: ${reason}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
