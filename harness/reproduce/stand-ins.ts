import { z } from 'zod'
import type { Schema } from '../init/model.ts'
import { valueFor } from '../init/values.ts'
import type { Json, JsonObject } from '../json.ts'
import { isFresh, referencesIn } from '../model/references.ts'
import { own } from '../values.ts'

/** What stand-ins are made from. */
export interface StandIns {
  readonly schema: Schema
  /** Null for the arguments of a function. */
  readonly table: string | null
  /** Values that an operation of the object sends already, with references of the workspace. */
  readonly usual: JsonObject
  /** The id of the caller's user. */
  readonly subject: string | null
  /** The actor to whom the row of another user belongs. */
  readonly other: string | null
  /** Columns and arguments whose values are written as the request had them. */
  readonly keep: ReadonlySet<string>
}

/**
 * Replaces the values of a request, which may be another person's data, by values of the run. Kept are truth values, null, the
 * labels that the schema itself lists, and the columns that the user names.
 *
 * @returns the values, and the names of those that were replaced by made-up ones.
 */
export function withStandIns(
  values: JsonObject,
  from: StandIns,
): { readonly values: JsonObject; readonly replaced: readonly string[] } {
  const replaced: string[] = []
  const entries = Object.entries(values).map(([name, value]): [string, Json] => {
    const kept = keptValue(name, value, from)
    if (kept !== undefined) return [name, kept]
    const usual = own(from.usual, name)
    if (usual === undefined || !referencesIn(usual).some((one) => !isFresh(one))) replaced.push(name)
    return [name, usual === undefined ? madeUp(name, value, from) : ofOther(usual, from)]
  })
  return { values: Object.fromEntries(entries), replaced }
}

function keptValue(name: string, value: Json, from: StandIns): Json | undefined {
  if (from.keep.has(name)) return escaped(value)
  if (value === null || typeof value === 'boolean') return value
  if (from.subject !== null && value === from.subject) return '$actor.id'
  return labelsOf(name, from).some((label) => label === value) ? value : undefined
}

/** The request sent another value than the caller's own id, where the usual operation sends that. */
function ofOther(usual: Json, { subject, other }: StandIns): Json {
  return usual === '$actor.id' && subject !== null && other !== null ? `\${${other}.id}` : usual
}

function labelsOf(name: string, { schema, table }: StandIns): readonly Json[] {
  if (table === null) return []
  const type = own(schema.catalog.relations[table]?.columns ?? {}, name)?.type
  const info = type === undefined ? undefined : own(schema.types, type)
  const listed = (schema.checks[table] ?? [])
    .flatMap(({ ways }) => ways.flat())
    .flatMap((fact) => (fact.kind === 'one of' && fact.column === name ? fact.values : []))
  return [...(info?.kind === 'enum' ? info.labels : []), ...listed]
}

function madeUp(name: string, value: Json, { schema, table }: StandIns): Json {
  const column = table === null ? undefined : own(schema.catalog.relations[table]?.columns ?? {}, name)
  if (table !== null && column !== undefined) {
    const facts = (schema.checks[table] ?? []).flatMap(({ ways }) => ways[0] ?? [])
    const fitting = valueFor({ column: name, type: column.type, facts, side: 'actor', unique: false }, schema.types)
    if (fitting !== undefined) return fitting
  }
  if (typeof value === 'number') return 1
  if (typeof value !== 'string') return Array.isArray(value) ? [] : {}
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(value) ? '$uuid' : 'Reproduced $unique'
}

/** A dollar sign of a request begins no reference. */
function escaped(value: Json): Json {
  const text = JSON.stringify(value)
  return z.json().parse(JSON.parse(text.replaceAll('$', () => '$$')))
}
