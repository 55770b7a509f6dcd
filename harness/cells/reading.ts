import { isList, isObject, type Json, type JsonObject, sameJson } from '../json.ts'
import type { Answer, TargetRow } from '../paths/path.ts'
import type { Reading } from '../verdict/model.ts'

/** A fixture in reach of a request, with the whole row by which it is recognised where its key is not shown. */
export interface ReachRow extends TargetRow {
  readonly row: JsonObject
  /** What names the row in its own table, where `key` names it in the resource. */
  readonly baseKey: JsonObject
  /** True when it belongs to an embedded relation and comes below a row of the resource. */
  readonly embedded: boolean
}

/** Stands for a row of a bounded request that shows too little to tell which fixture it is. */
const unrecognised = 'a row that cannot be told apart'

/**
 * Tells an answer in fixtures: which came back, which columns, and how many rows are none of them.
 *
 * @param reach the fixtures that the request could have shown.
 * @param bounded true when every row that comes is one of them, so that none may pass as somebody else's.
 */
export function readingOf(answer: Answer, reach: readonly ReachRow[], bounded: boolean): Reading {
  const seen = new Set<string>()
  const columns = new Set<string>()
  let others = 0
  const direct = reach.filter((row) => !row.embedded)
  const embedded = reach.filter((row) => row.embedded)
  for (const row of answer.rows ?? []) {
    for (const column of Object.keys(row)) columns.add(column)
    const match = direct.find((target) => isRow(row, target))
    if (match !== undefined) seen.add(match.name)
    else if (bounded && direct.length > 0) seen.add(unrecognised)
    else others += 1
    for (const below of Object.values(row).flatMap(nestedRows)) {
      const inner = embedded.find((target) => isRow(below, target))
      if (inner !== undefined) seen.add(inner.name)
    }
  }
  return {
    reach: reach.map(({ name }) => name).sort(),
    seen: answer.rows === null && answer.request.method === 'HEAD' ? null : [...seen].sort(),
    columns: [...columns].sort(),
    others,
    ...(answer.count === null ? {} : { count: answer.count }),
    ...(answer.rows === null && answer.value !== null ? { value: answer.value } : {}),
  }
}

/** By its key where the row shows all of it; otherwise by every column that both have. */
function isRow(row: JsonObject, target: ReachRow): boolean {
  const key = Object.entries(target.key)
  if (key.every(([column]) => column in row)) return key.every(([column, value]) => sameJson(row[column], value))
  const shared = Object.keys(row).filter((column) => column in target.row)
  return shared.length > 0 && shared.every((column) => sameJson(row[column], target.row[column]))
}

function nestedRows(value: Json): readonly JsonObject[] {
  if (isList(value)) return value.flatMap(nestedRows)
  return isObject(value) ? [value, ...Object.values(value).flatMap(nestedRows)] : []
}
