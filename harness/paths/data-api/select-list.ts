import type { Aggregate, Embed } from '../path.ts'

/** The parts of a `select` beyond the columns of the relation itself. */
export interface SelectList {
  readonly embeds: readonly Embed[]
  /** The aggregates, where the request has nothing else; null where it shows rows. */
  readonly aggregates: readonly Aggregate[] | null
}

/** `alias:name!hint!inner(columns)`, or spread with three dots before it. */
const embedded = /^(\.\.\.)?(?:([^:(),]+):(?!:))?([^!():,]+?)((?:![\w]+)*)\((.*)\)$/s
/** `alias:column.sum()::type`, `count()`; before PostgREST 12 a bare `count`. */
const aggregate = /^(?:([^:(),]+):(?!:))?(?:[\w"]+(?:->>?[\w"]+)*(?:::\w+)?\.)?(count|sum|avg|min|max)\(\)(?:::\w+)?$/
/** `alias:column::type`, `column->a->>b`. */
const column = /^(?:([^:(),]+):(?!:))?([^:()]+?)(?:::[\w ]+)?$/

/**
 * Reads a `select` as PostgREST does (references/api/resource_embedding, references/api/aggregate_functions).
 *
 * @param columns the parts of the list, which may hold commas of their own.
 */
export function readSelectList(columns: readonly string[]): SelectList {
  const items = split(columns.join(','))
  const aggregates = items.map(aggregateIn)
  const all = aggregates.filter((item) => item !== null)
  return {
    embeds: items.flatMap((item) => embedsIn(item, [], true)),
    aggregates: items.length > 0 && all.length === items.length ? all : null,
  }
}

function embedsIn(item: string, parent: readonly string[], top: boolean): readonly Embed[] {
  const match = embedded.exec(item)
  if (match === null || aggregateIn(item) !== null) return []
  const [, dots, alias, relation = '', , inside = ''] = match
  const spread = dots !== undefined
  const name = bare(relation)
  const at = spread ? parent : [...parent, bare(alias ?? relation)]
  const items = split(inside)
  const plain = items.filter((inner) => embedded.exec(inner) === null)
  const columns = plain.includes('*') ? null : Object.fromEntries(plain.flatMap(shownAs))
  const below = items.flatMap((inner) => embedsIn(inner, at, false))
  return [{ relation: name, at, columns, direct: top && !spread }, ...below]
}

function shownAs(item: string): [string, string][] {
  const [, alias, name] = column.exec(item) ?? []
  // A path into JSON shows a part of the column under its last step.
  if (name === undefined || name.includes('->')) return []
  return [[bare(alias ?? name), bare(name)]]
}

function aggregateIn(item: string): Aggregate | null {
  if (item === 'count') return { key: 'count', counts: true }
  const [, alias, name] = aggregate.exec(item) ?? []
  return name === undefined ? null : { key: bare(alias ?? name), counts: name === 'count' }
}

function bare(name: string): string {
  return name.trim().replace(/^"(.*)"$/, '$1')
}

/** Splits at the commas that are outside of parentheses and quotes. */
function split(list: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let quoted = false
  let item = ''
  for (const character of list) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '(') depth += 1
    else if (!quoted && character === ')') depth -= 1
    if (character === ',' && depth === 0 && !quoted) {
      items.push(item.trim())
      item = ''
    } else item += character
  }
  return [...items, item.trim()].filter((text) => text !== '')
}
