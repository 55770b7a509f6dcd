import type { Json, JsonObject } from '../json.ts'

/** @returns whether a value is a mapping of names to values. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** @returns the value of an object's own key, or undefined. */
export function own<Value>(object: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** @returns whether two values are the same JSON, whatever the order of their keys. */
export function sameJson(one: Json, other: Json): boolean {
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((item, i) => sameJson(item, other[i] ?? null))
  }
  if (isObject(one)) {
    if (!isObject(other)) return false
    const keys = Object.keys(one)
    return keys.length === Object.keys(other).length && keys.every((key) => sameEntry(one, other, key))
  }
  return one === other
}

function sameEntry(one: JsonObject, other: JsonObject, key: string): boolean {
  const [left, right] = [own(one, key), own(other, key)]
  return left !== undefined && right !== undefined && sameJson(left, right)
}
