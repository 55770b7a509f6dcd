import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import type { Embed } from '../paths/path.ts'

/**
 * Finds the rows of an embedded relation below the rows of an answer.
 *
 * @returns each under the relation's own column names, whatever aliases the request gave them, and also where it was
 *   spread into its parent.
 */
export function rowsOfEmbed(rows: readonly JsonObject[], { at, columns }: Embed): readonly JsonObject[] {
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
