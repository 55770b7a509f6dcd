import { canonical } from '../evidence/canonical.ts'
import { isList, isObject, type Json, type JsonObject, sameJson } from '../json.ts'
import type { Answer, Footprint, TargetRow } from '../paths/path.ts'
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
 * @param asked whether it asked to see them, and whether it is bounded: then every row that comes is one of them, and
 *   none may pass as somebody else's.
 */
export function readingOf(
  answer: Answer,
  reach: readonly ReachRow[],
  asked: Pick<Footprint, 'reads' | 'bounded'>,
): Reading {
  const embedded = reach.filter((row) => row.embedded)
  const direct = reach.filter((row) => !row.embedded)
  const own = recognised(answer.rows ?? [], direct, asked.bounded)
  // A function that returns one row answers an object, and so does one that returns any other JSON: the key decides.
  const single = isObject(answer.value) ? answer.value : null
  const one = single === null ? [] : direct.filter((target) => showsKey(single, target) && isRow(single, target))
  const below = (answer.rows ?? []).flatMap((row) => Object.values(row).flatMap(nestedRows))
  const inner = embedded.filter((target) => below.some((row) => isRow(row, target))).map(({ name }) => name)
  const seen = new Set([...own.seen, ...inner, ...one.map(({ name }) => name)])
  const value = asked.reads === null && !asked.bounded ? (answer.value ?? answer.rows) : answer.value
  return {
    reach: asked.reads === null ? [] : reach.map(({ name }) => name).sort(),
    seen: answer.rows === null && answer.request.method === 'HEAD' ? null : [...seen].sort(),
    columns: columnsOf(answer.rows ?? (single === null ? [] : [single])),
    others: own.others,
    // The service counts rows of the resource: no embedded ones, and one for all fixtures that stand for the same row.
    ...(answer.count === null || embedded.length > 0 || different(direct) < direct.length
      ? {}
      : { count: answer.count }),
    ...(value === null ? {} : { value }),
    ...(answer.lasted === undefined ? {} : { lasted: answer.lasted }),
  }
}

/** Which fixtures the rows of an answer are, and how many rows are none of them. */
function recognised(
  rows: readonly JsonObject[],
  targets: readonly ReachRow[],
  bounded: boolean,
): { readonly seen: ReadonlySet<string>; readonly others: number } {
  const seen = new Set<string>()
  const lookingAlike = new Map<string, { readonly names: readonly string[]; readonly all: number; rows: number }>()
  let others = 0
  for (const row of rows) {
    const matches = targets.filter((target) => isRow(row, target))
    const names = matches.map(({ name }) => name)
    if (matches.some((target) => showsKey(row, target))) for (const name of names) seen.add(name)
    else if (names.length > 0) {
      const alike = lookingAlike.get(names.join()) ?? { names, all: different(matches), rows: 0 }
      alike.rows += 1
      lookingAlike.set(names.join(), alike)
    } else if (!bounded || targets.length === 0) others += 1
    else seen.add(onlyOne(targets) ?? unrecognised)
  }
  // Rows that look alike are only told apart when all of them came.
  for (const alike of lookingAlike.values()) {
    if (alike.rows < alike.all) seen.add(unrecognised)
    else for (const name of alike.names) seen.add(name)
    const more = alike.rows - alike.all
    if (more > 0 && bounded) seen.add(onlyOne(targets) ?? unrecognised)
    if (more > 0 && !bounded) others += more
  }
  return { seen, others }
}

/** How many rows of the database these are: several fixtures may have found the same one. */
function different(targets: readonly ReachRow[]): number {
  return new Set(targets.map(({ table, baseKey }) => `${table} ${canonical(baseKey)}`)).size
}

/** A request that is bounded to one row brings that row, however it looks: a write may have changed its key. */
function onlyOne(targets: readonly ReachRow[]): string | undefined {
  return targets.length === 1 ? targets[0]?.name : undefined
}

function columnsOf(rows: readonly JsonObject[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()
}

/** By its key where the row shows all of it; otherwise by every column that both have. */
function isRow(row: JsonObject, target: ReachRow): boolean {
  if (showsKey(row, target)) {
    return Object.entries(target.key).every(([column, value]) => sameJson(row[column], value))
  }
  const shared = Object.keys(row).filter((column) => Object.hasOwn(target.row, column))
  return shared.length > 0 && shared.every((column) => sameJson(row[column], target.row[column]))
}

function showsKey(row: JsonObject, target: ReachRow): boolean {
  return Object.keys(target.key).every((column) => Object.hasOwn(row, column))
}

function nestedRows(value: Json): readonly JsonObject[] {
  if (isList(value)) return value.flatMap(nestedRows)
  return isObject(value) ? [value, ...Object.values(value).flatMap(nestedRows)] : []
}
