import { isList, isObject, type Json } from '../json.ts'
import { referencesIn } from '../model/references.ts'

/** Why a table is left out, for the reader of the plan. */
export class Unplannable extends Error {}

/** @returns a reference to a column of a row. */
export function reference(name: string, column: string): string {
  if (column.includes('}')) throw new Unplannable(`the column ${column} cannot stand in a reference`)
  const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u
  return plain.test(name) && plain.test(column) ? `$${name}.${column}` : `\${${name}.${column}}`
}

/** @returns a table's name without its schema, as a part of a name. */
export function short(table: string): string {
  return plainName(table.slice(table.indexOf('.') + 1))
}

/** @returns a text without the characters that a name may not hold. */
export function plainName(text: string): string {
  return text.replace(/[,.${}›*\p{Cc}]/gu, '_').trim()
}

export function singular(word: string): string {
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y')
  return /(ss|us|is)$/.test(word) ? word : word.replace(/(?<=(x|ch|sh|ss))es$|s$/, '')
}

/** @returns the names of all rows that a value refers to. */
export function namesIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(namesIn)
  if (isObject(value)) return Object.values(value).flatMap(namesIn)
  return referencesIn(value).map(({ name }) => name)
}
