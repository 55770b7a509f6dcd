import type { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { describe, didYouMean, oneOf, quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { ProblemCode } from '../problem-codes.ts'
import { valueIn } from './document.ts'
import type { Finding, Report } from './report.ts'

type Issue = z.core.$ZodIssue

/** Names of types as the author of a YAML file knows them. */
const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: '`true` or `false`',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'no value',
}

/**
 * Parses a part of a document.
 *
 * @param keys the keys that the part may have, for the message about an unknown one.
 * @returns the parsed part, or undefined after its problems have been reported.
 */
export function parseShape<Schema extends z.ZodType>(
  schema: Schema,
  data: Json,
  path: KeyPath,
  report: Report,
  keys: readonly string[] = [],
): z.output<Schema> | undefined {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    for (const finding of findingsOf(issue, data, keys)) report({ ...finding, path: [...path, ...finding.path] })
  }
  return undefined
}

function findingsOf(issue: Issue, data: Json, keys: readonly string[]): readonly Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], key, keys))
  if (issue.code === 'invalid_key') {
    const expected = issue.issues.slice(0, 1).map(expectedOf).join('')
    return [{ code: 'wrong-value', path, on: 'key', found: `the key ${quote(String(path.at(-1)))}`, expected }]
  }
  const value = valueIn(data, path)
  const last = path.at(-1)
  if (value === undefined && last !== undefined) {
    const found = `no ${quote(String(last))}`
    return [{ code: 'missing-key', path, on: 'key', found, expected: expectedOf(issue) }]
  }
  const deeper = issue.code === 'invalid_union' ? deepest(issue) : undefined
  if (deeper !== undefined) return findingsOf({ ...deeper, path: [...issue.path, ...deeper.path] }, data, keys)
  return [{ code: codeOf(issue), path, found: describe(value), expected: expectedOf(issue) }]
}

function unknownKey(path: KeyPath, key: string, keys: readonly string[]): Finding {
  const expected = keys.length === 0 ? 'no such key' : `one of the keys ${oneOf(keys)}`
  return { code: 'unknown-key', path, on: 'key', found: `the key ${quote(key)}`, expected, hint: didYouMean(key, keys) }
}

/** The branch of a union that understood the value's form and found something wrong inside it. */
function deepest(issue: z.core.$ZodIssueInvalidUnion): Issue | undefined {
  const inside = issue.errors.map((branch) => branch.find(({ path }) => path.length > 0))
  return inside.find((candidate) => candidate !== undefined)
}

function codeOf(issue: Issue): ProblemCode {
  return issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'wrong-type' : 'wrong-value'
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected
    case 'invalid_value':
      return oneOf(issue.values.map(String))
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedOf)))].join(' or ')
    case 'too_small':
      return `at least ${sizeOf(issue.minimum, issue.origin)}`
    case 'too_big':
      return `at most ${sizeOf(issue.maximum, issue.origin)}`
    default:
      return issue.message
  }
}

function sizeOf(count: number | bigint, origin: string): string {
  const [one, many] = origin === 'string' ? ['character', 'characters'] : ['entry', 'entries']
  return Number(count) === 1 ? `one ${one}` : `${count} ${many}`
}

/** @returns the mapping at a key of a document's top level; undefined after a report, empty when it may be left out. */
export function mappingAt(data: Json, key: string, optional: boolean, report: Report): JsonObject | undefined {
  const value = valueIn(data, [key])
  if (value === undefined && optional) return {}
  if (isObject(value)) return value
  const found = value === undefined ? `no ${quote(key)}` : describe(value)
  report({ code: value === undefined ? 'missing-key' : 'wrong-type', path: [key], found, expected: 'a mapping' })
  return undefined
}

/** Reports the keys of a mapping that it may not have. */
export function checkKeys(data: JsonObject, keys: readonly string[], path: KeyPath, report: Report): void {
  for (const key of Object.keys(data)) if (!keys.includes(key)) report(unknownKey([...path, key], key, keys))
}
