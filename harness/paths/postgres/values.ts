import pg from 'pg'
import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'

/** PostgreSQL writes every value as text, and this takes it as it came. */
export const asText = { getTypeParser: () => (text: string) => text }

const textRows = z.array(z.array(z.string().nullable()))

/** Turns the text of one value into JSON. */
type Reader = (text: string) => Json

/** A value without a number in JSON, such as NaN, stays a text, as in `to_json()`. */
const number: Reader = (text) => (/^-?\d/.test(text) ? parseJson(text) : text)
/** `2026-03-16 09:00:00+00` is `2026-03-16T09:00:00+00:00` in JSON (PostgreSQL, json.c, JsonEncodeDateTime). */
const time: Reader = (text) => text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
const plain: Reader = (text) => text

/** By the type's number in pg_type; a type that is not here is a text in JSON too, or a row that is left as text. */
const readers: ReadonlyMap<number, Reader> = new Map([
  [16, (text) => text === 't'],
  ...[20, 21, 23, 26, 700, 701, 1700].map((type) => [type, number] as const),
  ...[114, 3802].map((type) => [type, parseJson] as const),
  ...[1114, 1184].map((type) => [type, time] as const),
])

/** The element's type by the type of an array. */
const elements: ReadonlyMap<number, number> = new Map([
  ...([
    [1000, 16],
    [1005, 21],
    [1007, 23],
    [1016, 20],
    [1021, 700],
    [1022, 701],
    [1028, 26],
    [1231, 1700],
  ] as const),
  ...([
    [199, 114],
    [3807, 3802],
    [1115, 1114],
    [1182, 1082],
    [1185, 1184],
  ] as const),
  ...([
    [1009, 25],
    [1015, 1043],
    [1014, 1042],
    [2951, 2950],
  ] as const),
])

/**
 * @param fields the columns of an answer.
 * @param rows their values as text.
 * @returns the rows as PostgREST would give them, but for values of row types, which stay texts.
 */
export function jsonRows(
  fields: readonly { readonly name: string; readonly dataTypeID: number }[],
  rows: unknown,
): readonly JsonObject[] {
  return textRows.parse(rows).map((row) =>
    Object.fromEntries(
      fields.map(({ name, dataTypeID }, index) => {
        const text = row[index] ?? null
        return [name, text === null ? null : jsonValue(text, dataTypeID)]
      }),
    ),
  )
}

function jsonValue(text: string, type: number): Json {
  const element = elements.get(type)
  if (element === undefined) return (readers.get(type) ?? plain)(text)
  return eachOf(arrays.parse(textArray(text)), readers.get(element) ?? plain)
}

/** text[], as which every array can be read. */
const arrayOfTexts: number = 1009
const textArray = pg.types.getTypeParser(arrayOfTexts)
const arrays = z.json()

function eachOf(value: Json, read: Reader): Json {
  if (isList(value)) return value.map((item) => eachOf(item, read))
  return typeof value === 'string' ? read(value) : value
}

/**
 * @returns a value as a parameter of a statement: an object is JSON, and so is a list that holds one; any other list is an
 *   array.
 */
export function parameter(value: Json): unknown {
  if (value === null || typeof value === 'string') return value
  const holdsObject = (item: Json): boolean => isObject(item) || (isList(item) && item.some(holdsObject))
  if (isList(value)) return holdsObject(value) ? JSON.stringify(value) : value.map(parameter)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
