import { isList, isObject, type Json, type JsonObject, sameJson } from '../json.ts'
import type { Reading } from '../model/verdict.ts'
import type { Answer, Embed, Footprint, TargetRow } from '../paths/path.ts'
import { isNamed } from '../qualified-name.ts'
import { different, explain } from './alike.ts'

/** A fixture in reach of a request, with the whole row by which it is recognised where its key is not shown. */
export interface ReachRow extends TargetRow {
  readonly row: JsonObject
  /** The key of the row in its own table, where `key` is its key in the resource. */
  readonly baseKey: JsonObject
  /** True when it belongs to an embedded relation and comes below a row of the resource. */
  readonly embedded: boolean
  /** True for an embedded one that need not come back: it is spread, or more than one level down. */
  readonly beside?: true
  /** True when it is a row of the world and no fixture of the matrix. */
  readonly ofWorld?: true
}

/** A row of the run besides the requested ones. */
interface FurtherRow extends Pick<ReachRow, 'name' | 'table' | 'key' | 'baseKey' | 'row'> {
  /** True for a row that was made for another actor. */
  readonly foreign: boolean
}

/** A row that a row of an answer may turn out to be. */
interface Known extends FurtherRow {
  /** True when it is in reach of the request. */
  readonly asked: boolean
}

/** Rows of the run besides those that a request asked for, by which its answer is read. */
export interface Surroundings {
  /** Returns those that a row of an answer may be, at the least. */
  rowsLike(shown: JsonObject): readonly FurtherRow[]
  /** The id of the caller's user; a row that names it is the caller's own. */
  readonly user: string | null
  /** The columns of the request's table; null when no table is known. */
  readonly columns: ReadonlySet<string> | null
}

const nothingAround: Surroundings = { rowsLike: () => [], user: null, columns: null }

/** The name of a row of a bounded request that shows too little to identify its fixture. */
const unrecognised = 'a row that cannot be recognised'

type Asked = Pick<Footprint, 'reads' | 'bounded'> & Partial<Pick<Footprint, 'embeds' | 'aggregates'>>

/**
 * Describes an answer in fixtures: which came back, which columns, and how many rows are none of them.
 *
 * @param reach the fixtures that the request could have shown.
 * @param asked whether it requested them, and whether it is bounded: then every row that comes is one of them, and none may pass
 *   as another person's.
 * @param around the other rows of the run, by which the rows of an unbounded request are recognised.
 */
export function readingOf(
  answer: Answer,
  reach: readonly ReachRow[],
  asked: Asked,
  around: Surroundings = nothingAround,
): Reading {
  const embedded = reach.filter((row) => row.embedded)
  const direct = reach.filter((row) => !row.embedded)
  const rows = answer.rows ?? []
  const aggregated = asked.aggregates !== undefined && answer.rows !== null
  const world = reach.flatMap(({ name, ofWorld }) => (ofWorld === true ? [name] : [])).sort()
  const own = aggregated ? ofAggregates(rows, direct, asked.aggregates ?? []) : recognised(rows, direct, asked, around)
  // A function that returns one row answers an object, and so does one that returns any other JSON: the key decides.
  const single = isObject(answer.value) ? answer.value : null
  const one = single === null ? [] : direct.filter((target) => showsKey(single, target) && isRow(single, target))
  const inner = embedded.filter((target) => cameAlong(rows, target, asked.embeds ?? []))
  const seen = new Set([...own.seen, ...names(inner.filter(({ beside }) => beside !== true)), ...names(one)])
  const along = new Set([...own.along, ...names(inner.filter(({ beside }) => beside === true))])
  const value = asked.reads === null && !asked.bounded ? (answer.value ?? answer.rows) : answer.value
  // The service counts rows of the resource: no embedded ones, and one for all fixtures that are the same row.
  const counts = embedded.length === 0 && different(direct) === direct.length
  const count = own.count ?? (counts ? answer.count : null)
  const unseen = (answer.rows === null && answer.request.method === 'HEAD') || own.count !== undefined
  return {
    reach: asked.reads === null ? [] : names(reach.filter(({ beside }) => beside !== true)).sort(),
    ...(asked.reads === null || world.length === 0 ? {} : { world }),
    seen: unseen ? null : [...seen].sort(),
    columns: columnsOf(answer.rows ?? (single === null ? [] : [single])),
    others: own.others,
    ...(along.size === 0 ? {} : { along: [...along].sort() }),
    ...(own.alike.size === 0 ? {} : { alike: [...own.alike].sort() }),
    ...(asked.bounded ? {} : { strangers: own.strangers }),
    ...(own.ofRun.size === 0 ? {} : { ofRun: [...own.ofRun].sort() }),
    ...(count === null ? {} : { count }),
    ...(answer.cut === true ? { cut: true as const } : {}),
    ...(value === null ? {} : { value }),
    ...(answer.lasted === undefined ? {} : { lasted: answer.lasted }),
  }
}

/** The rows of the run that an answer holds, and how many of its rows are none of them. */
interface Recognised {
  readonly seen: Set<string>
  /** Fixtures beyond those in reach, and other copies of them. */
  readonly along: Set<string>
  /** Those in reach that may be among rows that look alike. */
  readonly alike: Set<string>
  /** Rows made for other actors. */
  readonly ofRun: Set<string>
  others: number
  /** Those of `others` that do not name the caller's user. */
  strangers: number
  /** The count that an aggregate returned. */
  count?: number
}

function nothingFound(): Recognised {
  return { seen: new Set(), along: new Set(), alike: new Set(), ofRun: new Set(), others: 0, strangers: 0 }
}

function recognised(
  rows: readonly JsonObject[],
  targets: readonly ReachRow[],
  { bounded }: Asked,
  around: Surroundings,
): Recognised {
  const found = nothingFound()
  const asked = targets.map((row): Known => ({ ...row, asked: true, foreign: false }))
  const lookingAlike = new Map<string, { readonly matches: readonly Known[]; rows: number; readonly own: boolean }>()
  const other = (row: JsonObject, times = 1) => {
    found.others += times
    if (!namesUser(row, around.user)) found.strangers += times
  }
  const note = (row: JsonObject, { name, asked, foreign }: Pick<Known, 'name' | 'asked' | 'foreign'>) => {
    if (asked) found.seen.add(name)
    else if (!foreign) found.along.add(name)
    else {
      found.ofRun.add(name)
      other(row)
    }
  }
  for (const row of rows) {
    if (!bounded && !isOfResource(row, targets, around)) continue
    const beside = bounded ? [] : around.rowsLike(row).map((other): Known => ({ ...other, asked: false }))
    const matches = [...asked, ...beside].filter((candidate) => isRow(row, candidate))
    const byKey = matches.filter((candidate) => showsKey(row, candidate))
    if (byKey.length > 0) for (const match of matches) note(row, match)
    else if (matches.length > 0) {
      const signature = JSON.stringify(matches.map(({ name, baseKey }) => [name, baseKey]))
      const alike = lookingAlike.get(signature) ?? { matches, rows: 0, own: namesUser(row, around.user) }
      alike.rows += 1
      lookingAlike.set(signature, alike)
    } else if (!bounded || targets.length === 0) other(row)
    else found.seen.add(onlyOne(targets) ?? unrecognised)
  }
  // Rows that look alike are distinguished only after all of them have been read.
  for (const { matches, rows: times, own } of lookingAlike.values()) {
    const candidates = matches.map((match) => ({ ...match, own: namesUser(match.row, around.user) }))
    const { seen, along, alike, unrecognised: unclear, more } = explain(times, candidates)
    for (const name of seen) found.seen.add(name)
    for (const name of alike) found.alike.add(name)
    if (unclear) found.seen.add(unrecognised)
    for (const name of along) {
      const foreign = candidates.find((candidate) => candidate.name === name)?.foreign === true
      if (!foreign) found.along.add(name)
      else {
        found.ofRun.add(name)
        found.others += 1
        found.strangers += own ? 0 : 1
      }
    }
    if (more > 0 && bounded) found.seen.add(onlyOne(targets) ?? unrecognised)
    if (more > 0 && !bounded) {
      found.others += more
      found.strangers += own ? 0 : more
    }
  }
  return found
}

/**
 * A row that shares no column with the table, or none that holds anything, is no row of it: a function that refuses may
 * answer `(ok, message)` or a row of nulls.
 */
function isOfResource(row: JsonObject, targets: readonly ReachRow[], around: Surroundings): boolean {
  if (around.columns === null && targets.length === 0) return true
  if (!hasColumnOf(row, targets, around)) return false
  const isColumn = (name: string) => isColumnOf(name, targets, around)
  const entries = Object.entries(row)
  const shared = entries.filter(([name, value]) => value !== null && isColumn(name))
  // `(ok: false, id)`: the function repeats the id of the requested row.
  const refuses = entries.some(([name, value]) => value === false && !isColumn(name))
  const keys = new Set(targets.flatMap(({ key }) => Object.keys(key)))
  return !(refuses && shared.every(([name]) => keys.has(name)))
}

/** @returns true when a row holds a value in a column of the request's table. */
export function hasColumnOf(row: JsonObject, targets: readonly ReachRow[], around: Surroundings): boolean {
  return Object.entries(row).some(([name, value]) => value !== null && isColumnOf(name, targets, around))
}

function isColumnOf(name: string, targets: readonly ReachRow[], { columns }: Surroundings): boolean {
  return columns?.has(name) === true || targets.some((target) => Object.hasOwn(target.row, name))
}

/** Aggregates over no rows are 0 and null; anything else shows that there are rows. */
function ofAggregates(
  rows: readonly JsonObject[],
  targets: readonly ReachRow[],
  aggregates: NonNullable<Footprint['aggregates']>,
): Recognised {
  const found = nothingFound()
  for (const row of rows) {
    for (const { key, counts } of aggregates) {
      const value = row[key] ?? null
      if (counts && typeof value === 'number') found.count = value
      else if (value !== null) {
        const only = onlyOne(targets)
        if (only !== undefined) found.seen.add(only)
        else for (const { name } of targets) found.alike.add(name)
      }
    }
  }
  return found
}

/** A request that is bounded to one row returns that row, even if it looks different: a write may have changed its key. */
function onlyOne(targets: readonly ReachRow[]): string | undefined {
  return targets.length === 1 ? targets[0]?.name : undefined
}

function columnsOf(rows: readonly JsonObject[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()
}

type Recognisable = Pick<ReachRow, 'key' | 'row'>

/** By its key where the row shows all of it; otherwise by every column that both have. */
function isRow(row: JsonObject, target: Recognisable): boolean {
  if (showsKey(row, target)) {
    return Object.entries(target.key).every(([column, value]) => sameJson(row[column], value))
  }
  const shared = Object.keys(row).filter(
    (column) => Object.hasOwn(target.row, column) && !isMasked(row, target, column),
  )
  return shared.length > 0 && shared.every((column) => sameJson(row[column], target.row[column]))
}

function showsKey(row: JsonObject, { key, row: whole }: Recognisable): boolean {
  return Object.keys(key).every((column) => Object.hasOwn(row, column) && !isMasked(row, { row: whole }, column))
}

/** A function may put null in place of a value that it hides. */
function isMasked(row: JsonObject, { row: whole }: Pick<Recognisable, 'row'>, column: string): boolean {
  return row[column] === null && (whole[column] ?? null) !== null
}

function cameAlong(
  rows: readonly JsonObject[],
  target: ReachRow,
  embeds: readonly NonNullable<Asked['embeds']>[number][],
) {
  return embeds
    .filter(({ relation }) => isNamed(target.table, relation))
    .some((embed) => rowsOfEmbed(rows, embed).some((row) => isRow(row, target)))
}

/** @returns true when a row names a user, which makes it that user's own. */
export function namesUser(row: JsonObject, user: string | null): boolean {
  return user !== null && Object.values(row).some((value: Json) => value === user)
}

function names(rows: readonly Pick<ReachRow, 'name'>[]): string[] {
  return rows.map(({ name }) => name)
}

/**
 * Finds the rows of an embedded relation below the rows of an answer.
 *
 * @returns each under the relation's own column names, whatever aliases the request gave them, and also where it was
 *   spread into its parent.
 */
function rowsOfEmbed(rows: readonly JsonObject[], { at, columns }: Embed): readonly JsonObject[] {
  return rows.flatMap((row) => below(row, at)).flatMap((row) => named(row, columns))
}

function below(value: Json | undefined, at: readonly string[]): readonly JsonObject[] {
  if (isList(value)) return value.flatMap((item) => below(item, at))
  if (!isObject(value)) return []
  const [key, ...rest] = at
  return key === undefined ? [value] : below(value[key], rest)
}

function named(row: JsonObject, columns: Embed['columns']): readonly JsonObject[] {
  if (columns === null) return [row]
  const shown = Object.entries(columns).filter(([key]) => Object.hasOwn(row, key))
  if (shown.length === 0) return []
  // A relation with many rows that is spread into its parent shows a list for each of its columns (PostgREST 13).
  const lists = shown.map(([key]) => row[key]).filter((value) => isList(value))
  if (lists.length < shown.length) return [Object.fromEntries(shown.map(([key, name]) => [name, row[key] ?? null]))]
  const longest = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, n) =>
    Object.fromEntries(
      shown.map(([key, name]) => {
        const list = row[key]
        return [name, isList(list) ? (list[n] ?? null) : null]
      }),
    ),
  )
}
