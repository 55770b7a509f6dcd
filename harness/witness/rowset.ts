import { TrespassError } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Column, Relation } from './catalog.ts'
import { UnknownName } from './errors.ts'
import { quoted, quotedRelation } from './identifiers.ts'

/**
 * Rows as one parameter of JSON, which PostgreSQL itself turns into a table `k`, so that a value is cast to its column's type and
 * never pasted into the text.
 */
export interface Rowset {
  /** `jsonb_to_recordset($1::jsonb) as k(…)` */
  readonly from: string
  /** The columns of `k`, in the order of the request. */
  readonly columns: readonly string[]
  /** @returns the parameter: the rows, each with its place under `k.n`. */
  encode(rows: readonly JsonObject[]): string
}

/**
 * @param names columns of the relation; every row gives them.
 * @param parameter the number of the statement's parameter that carries the rows.
 * @throws UnknownName when the relation has no such column.
 */
export function rowset(relation: Relation, names: readonly string[], parameter = 1): Rowset {
  const definitions = names.map((name, n) => `c${n} ${comparable(columnOf(relation, name).type).given}`)
  return {
    from: `jsonb_to_recordset($${parameter}::jsonb) as k(${['n int', ...definitions].join(', ')})`,
    columns: names.map((_, n) => `k.c${n}`),
    encode: (rows) =>
      JSON.stringify(
        rows.map((row, n) => {
          const record: Record<string, Json> = { n }
          for (const [at, name] of names.entries()) record[`c${at}`] = row[name] ?? null
          return record
        }),
      ),
  }
}

/** A rowset and the condition under which a row of it is the same as a row of the table `t`. */
export interface Selection extends Rowset {
  readonly condition: string
}

/**
 * Compares columns as `is not distinct from` does. Rows of one shape (see {@link shapeOf}) are null in the same
 * columns, so the statement says `is null` for those and `=` for the others, which an index and a hash join can serve.
 *
 * @param sample a row of the shape.
 * @throws UnknownName when the relation has no such column; a TrespassError when the row names no column at all, since
 *   that would select the whole table.
 */
export function selection(relation: Relation, sample: JsonObject, parameter = 1): Selection {
  if (Object.keys(sample).length === 0) {
    throw new TrespassError('no-columns', `rows of ${relation.name} are to be found by no column at all`)
  }
  const given = Object.keys(sample).filter((name) => sample[name] !== null)
  const set = rowset(relation, given, parameter)
  const equal = given.map((name, n) => {
    const { cast } = comparable(columnOf(relation, name).type)
    return `t.${quoted(name)}${cast} = k.c${n}${cast}`
  })
  const absent = Object.keys(sample)
    .filter((name) => sample[name] === null)
    .map((name) => `t.${quoted(columnOf(relation, name).name)} is null`)
  return { ...set, condition: [...equal, ...absent].join(' and ') }
}

/** @returns a text that is the same for rows of the same columns that are null in the same places. */
export function shapeOf(values: JsonObject): string {
  return JSON.stringify(Object.keys(values).map((name) => [name, values[name] === null]))
}

/** Sorts rows into lists of one table and one shape, each in the order given. */
export function byShape<R extends { readonly table: string; readonly key: JsonObject }>(rows: Iterable<R>): R[][] {
  const groups = new Map<string, R[]>()
  for (const row of rows) {
    const name = `${row.table} ${shapeOf(row.key)}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return [...groups.values()]
}

/** @returns `"public"."documents" as t`. */
export function aliased(relation: Relation): string {
  return `${quotedRelation(relation.name)} as t`
}

function columnOf(relation: Relation, name: string): Column {
  const column = Object.hasOwn(relation.columns, name) ? relation.columns[name] : undefined
  if (column === undefined) throw new UnknownName('column', `${relation.name}.${name}`)
  return column
}

/** Types without an `=`, or with one that means something else (boxes of one area are "equal"). */
const withoutEquality = new Set(['xml', 'jsonpath', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'])

/** The type in which a value is given, and the cast under which two values of the type can be compared. */
function comparable(type: string): { readonly given: string; readonly cast: string } {
  const array = type.endsWith('[]') ? '[]' : ''
  const element = type.slice(0, type.length - array.length)
  if (element === 'json') return { given: type, cast: `::jsonb${array}` }
  return { given: type, cast: withoutEquality.has(element) ? '::text' : '' }
}
