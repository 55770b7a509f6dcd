import { isList, isObject, type Json, sameJson } from '../json.ts'
import type { KeyPath } from '../model/matrix.ts'

/** @returns the path of a name inside a value, as a text or as a key; that of the value itself without one. */
export function mentionOf(value: Json, name: string): KeyPath {
  return find(value, (item, key) => item === name || key === name) ?? []
}

/** @returns the path of a value inside another one; that of the value itself without one. */
export function placeOf(value: Json, part: Json): KeyPath {
  return find(value, (item) => typeof item === 'object' && item !== null && sameJson(item, part)) ?? []
}

function find(value: Json, matches: (item: Json, key: string | number) => boolean): KeyPath | undefined {
  for (const [key, item] of entriesOf(value)) {
    if (matches(item, key)) return [key]
    const inside = find(item, matches)
    if (inside !== undefined) return [key, ...inside]
  }
  return undefined
}

function entriesOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (isList(value)) return value.map((item, index) => [index, item] as const)
  return isObject(value) ? Object.entries(value) : []
}
