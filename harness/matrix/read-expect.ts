import { isObject, type Json, type JsonObject } from '../json.ts'
import { describe, didYouMean, quote } from '../message-text.ts'
import type { KeyPath } from '../model/matrix.ts'
import type { Groups } from './read-actors.ts'
import { readExpectation, type WrittenExpectation } from './read-expectation.ts'
import type { Report } from './report.ts'

/** How near a key of `expect` is to an actor; the nearest decides. */
export type Level = 'actor' | 'group' | 'everyone'

/** One expectation for one actor (`*` for all of them) and one operation (`*` for all of them). */
export interface Statement {
  readonly level: Level
  readonly actor: string
  readonly operation: string
  /** Null when it was written wrongly, which has been reported. */
  readonly expected: WrittenExpectation | null
  readonly path: KeyPath
}

/** Why an actor has no cells in a matrix. */
export interface Barred {
  readonly found: string
  readonly expected: string
  readonly hint: string
}

/** The names that keys of `expect` may hold. */
export interface ExpectNames {
  readonly actors: readonly string[]
  /** Actors that cannot use the matrix's resource, by name: why, and what would change it. */
  readonly barred: ReadonlyMap<string, Barred>
  readonly groups: Groups
  readonly operations: readonly string[]
  /** False when the actors file has mistakes: unknown names are not reported then. */
  readonly complete: boolean
}

/** Reads `expect` into one statement per actor and operation that its keys name. */
export function readExpect(section: JsonObject, names: ExpectNames, report: Report): readonly Statement[] {
  return Object.entries(section).flatMap(([key, row]) => {
    const path = ['expect', key]
    const actors = actorsOf(key, path, names, report)
    if (!isObject(row)) {
      report({ code: 'wrong-type', path, found: describe(row), expected: 'a mapping of operations to expectations' })
      return []
    }
    const said = Object.entries(row).flatMap(([operationKey, value]) =>
      readEntry(operationKey, value, [...path, operationKey], names, report),
    )
    return actors.flatMap((actor) => said.map((statement) => ({ ...actor, ...statement })))
  })
}

function readEntry(key: string, value: Json, path: KeyPath, names: ExpectNames, report: Report) {
  if (value === null && /^[^(]*\)$/.test(key)) return []
  const expected = readExpectation(value, path, report) ?? null
  return operationsOf(key, path, names, report).map((operation) => ({ operation, expected, path }))
}

type Asking = Pick<Statement, 'level' | 'actor'>

function actorsOf(key: string, path: KeyPath, names: ExpectNames, report: Report): readonly Asking[] {
  return splitKey(key, 'actors', path, report).flatMap((name): readonly Asking[] => {
    if (name === '*') return [{ level: 'everyone', actor: '*' }]
    const members = Object.hasOwn(names.groups, name) ? names.groups[name] : undefined
    const barred = names.barred.get(members?.every((member) => names.barred.has(member)) ? (members[0] ?? '') : name)
    if (barred !== undefined) {
      report({ code: 'cannot-ask', path, on: 'key', ...barred })
      return []
    }
    if (names.actors.includes(name)) return [{ level: 'actor', actor: name }]
    if (members !== undefined) return members.map((actor) => ({ level: 'group', actor }))
    if (!names.complete) return []
    const hint = didYouMean(name, [...names.actors, ...Object.keys(names.groups)])
    const expected = 'an actor or a group of the actors file'
    report({ code: 'unknown-actor', path, on: 'key', found: `the actor ${quote(name)}`, expected, hint })
    return []
  })
}

function operationsOf(key: string, path: KeyPath, names: ExpectNames, report: Report): readonly string[] {
  return splitKey(key, 'operations', path, report).filter((name) => {
    if (name === '*' || names.operations.includes(name)) return true
    const hint = didYouMean(name, names.operations)
    const found = `an expectation for the operation ${quote(name)}`
    report({ code: 'unknown-operation', path, on: 'key', found, expected: 'an operation of this matrix', hint })
    return false
  })
}

function splitKey(key: string, what: string, path: KeyPath, report: Report): readonly string[] {
  const parts = key.split(',').map((part) => part.trim())
  if (parts.length === 1 || (!parts.includes('*') && !parts.includes(''))) return parts
  const expected = `${what} separated by commas, or \`*\` alone`
  report({ code: 'expect-key', path, on: 'key', found: `the key ${quote(key)}`, expected })
  return []
}
