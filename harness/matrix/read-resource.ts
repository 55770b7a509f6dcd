import { isList, isObject, type Json } from '../json.ts'
import { allOf, describe, didYouMean, oneOf, quote } from '../message-text.ts'
import type { KeyPath, Resource } from '../model/matrix.ts'
import type { AccessPath, FixtureStore } from '../paths/path.ts'
import { own } from '../values.ts'
import { hasFixtureStore, hasQualifiedName, resourceKinds, resourceSchema } from './matrix-schema.ts'
import { reportBareTable } from './read-rows.ts'
import type { Report } from './report.ts'
import { parseShape } from './shape-problems.ts'

/**
 * Reads the resource of a matrix: one word of an access path, with a name.
 *
 * @param path its key path in the document.
 */
export function readResource(
  value: Json | undefined,
  paths: readonly AccessPath[],
  report: Report,
  path: KeyPath = ['resource'],
): Resource | undefined {
  const kinds = resourceKinds(paths)
  const expected = `one of the words ${oneOf(kinds)} with a name`
  if (!isObject(value)) {
    const found = value === undefined ? 'no `resource`' : describe(value)
    report({ code: value === undefined ? 'missing-key' : 'wrong-type', path, found, expected })
    return undefined
  }
  const named = kinds.filter((kind) => Object.hasOwn(value, kind))
  const [kind] = named
  if (kind === undefined || named.length > 1) {
    const keys = Object.keys(value)
    const none = keys.length === 0 ? 'no word' : `the keys ${allOf(keys)}`
    const found = kind === undefined ? none : `${allOf(named)} in one resource`
    const near = keys.map((key) => didYouMean(key, kinds)).find((hint) => hint !== undefined)
    report({ code: 'resource-kind', path, found, expected, hint: kind === undefined ? near : undefined })
    return undefined
  }
  const name = own(value, kind)
  const shelved = hasFixtureStore(kind, paths)
  if (typeof name === 'string' && !name.includes('.') && hasQualifiedName(kind, paths)) {
    reportBareTable(name, [...path, kind], report)
    return undefined
  }
  const schema = resourceSchema(kind, paths)
  const parsed = parseShape(schema, value, path, report, Object.keys(schema.shape))
  if (parsed === undefined || typeof name !== 'string') return undefined
  if (shelved) {
    const fixtureStore = fixtureStoreOf({ kind, name }, paths)
    return { kind, name, ...(fixtureStore === null ? {} : { of: fixtureStore.table }) }
  }
  const { key, of } = value
  return {
    kind,
    name,
    ...(isList(key) ? { key: key.map(String) } : {}),
    ...(typeof of === 'string' ? { of } : {}),
  }
}

/** @returns where the fixtures of a resource are kept, when that is not a table. */
export function fixtureStoreOf(resource: Resource, paths: readonly AccessPath[]): FixtureStore | null {
  const shelves = paths.flatMap((path) =>
    path.resources.includes(resource.kind) ? (path.fixtureStore?.(resource) ?? []) : [],
  )
  return shelves[0] ?? null
}

/** @returns how a message names a resource. */
export function describeResource(resource: Resource): string {
  return `the ${resource.kind} ${quote(resource.name)}`
}
