import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { namesRun } from '../model/references.ts'
import type { Attempt, EqualFilter } from './attempt.ts'
import { type StandIns, withStandIns } from './stand-ins.ts'
import { notReproducible } from './unreadable.ts'

export type Body = JsonObject

/** An operation of the same object that is there or planned. */
export interface Usual {
  readonly body: Body
}

/** What an operation is made from. */
export interface Parts {
  /** The row that takes the place of the request's; null for a request that names none. */
  readonly fixture: string | null
  readonly usual: (verb: string) => Usual | null
  readonly stand: Omit<StandIns, 'table' | 'usual'>
  readonly table: string | null
  /** The values of the fixture. */
  readonly row: JsonObject
}

/**
 * Writes a request as an operation of a matrix. Pure.
 *
 * @returns the operation, and the columns whose values were replaced by made-up ones.
 * @throws TrespassError `not-reproducible` where the body is not known and no operation shows one.
 */
export function operationOf(
  attempt: Attempt,
  parts: Parts,
): { readonly body: Body; readonly replaced: readonly string[] } {
  const fixture = parts.fixture ?? ''
  switch (attempt.verb) {
    case 'select': {
      const { columns, filters, count, head, single } = attempt
      const filter = keptFilters(filters, parts)
      return whole({
        select: filters.length === 0 && !single ? '*' : fixture,
        ...(columns.length === 0 ? {} : { columns: [...columns] }),
        ...(Object.keys(filter).length === 0 ? {} : { filter }),
        ...(count || head ? { count: 'exact' } : {}),
        ...(head ? { head } : {}),
        ...(single ? { single } : {}),
      })
    }
    case 'insert': {
      const { values, replaced } = newRow(attempt.rows, parts)
      return { body: { insert: values, ...returning(attempt) }, replaced }
    }
    case 'upsert': {
      const { values, replaced } = newRow(attempt.rows, parts)
      const { onConflict, ignoreDuplicates } = attempt
      const details = {
        ...(onConflict.length === 0 ? {} : { on_conflict: [...onConflict] }),
        ...(ignoreDuplicates ? { ignore_duplicates: true } : {}),
      }
      return { body: { upsert: values, ...details, ...returning(attempt) }, replaced }
    }
    case 'update': {
      const usual = objectIn(parts.usual('update')?.body.set)
      if (attempt.set === null && usual === null) throw noBody()
      const { values, replaced } = attempt.set === null ? known(usual ?? {}) : stood(attempt.set, usual, parts)
      return { body: { update: fixture, set: values, ...returning(attempt) }, replaced }
    }
    case 'delete':
      return whole({ delete: fixture, ...returning(attempt) })
    case 'call': {
      const { body = {} } = parts.usual('call') ?? {}
      const usual = objectIn(body.call)
      if (attempt.arguments === null && usual === null) throw noBody()
      const { values, replaced } =
        attempt.arguments === null ? known(usual ?? {}) : stood(attempt.arguments, usual, parts)
      const effects = Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'call' && key !== 'method'))
      return {
        body: { call: values, ...(attempt.method === 'post' ? {} : { method: attempt.method }), ...effects },
        replaced,
      }
    }
    case 'invoke': {
      const { method, path, json } = attempt
      const { values, replaced } = isObject(json) ? stood(json, null, parts) : known({})
      return {
        body: { invoke: method, ...(path === '' ? {} : { path }), ...(isObject(json) ? { json: values } : {}) },
        replaced,
      }
    }
    default:
      return whole(objectOperation(attempt, fixture, parts))
  }
}

function objectOperation(
  attempt: Exclude<Attempt, { verb: 'select' | 'insert' | 'upsert' | 'update' | 'delete' | 'call' | 'invoke' }>,
  fixture: string,
  { usual }: Parts,
): Body {
  const { verb } = attempt
  switch (verb) {
    case 'overwrite':
      return { overwrite: fixture, content: 'Reproduced $unique', ...typeIn(usual('overwrite')?.body) }
    case 'sign':
      return { sign: fixture, seconds: attempt.seconds }
    case 'move':
    case 'copy':
      return { [verb]: fixture, to: inFolder(attempt.toFolder) }
    case 'upload':
    case 'upsert object': {
      const type = typeIn(objectIn(usual('upload')?.body.upload) ?? {})
      const object = { name: inFolder(attempt.folder), content: 'Reproduced $unique', ...type }
      return verb === 'upload' ? { upload: object } : { upsert: object }
    }
    case 'delete object':
      return { delete: fixture }
    default:
      return { [verb]: fixture }
  }
}

/** A folder that is called after a user is one of this run. */
function inFolder(folder: string | null): string {
  if (folder === null) return 'reproduced-$unique'
  return `${/^[a-z_-]{1,20}$/i.test(folder) ? folder : '$actor.id'}/reproduced-$unique`
}

function typeIn(body: JsonObject | undefined): JsonObject {
  return typeof body?.content_type === 'string' ? { content_type: body.content_type } : {}
}

function whole(body: Body): { readonly body: Body; readonly replaced: readonly string[] } {
  return { body, replaced: [] }
}

function known(values: JsonObject): { readonly values: JsonObject; readonly replaced: readonly string[] } {
  return { values, replaced: [] }
}

function stood(values: JsonObject, usual: JsonObject | null, { stand, table }: Parts) {
  return withStandIns(values, { ...stand, table, usual: usual ?? {} })
}

/** A new row holds something of this run, by which it can be told from others. */
function newRow(rows: readonly JsonObject[] | null, parts: Parts) {
  const { insert, upsert } = { insert: parts.usual('insert')?.body.insert, upsert: parts.usual('upsert')?.body.upsert }
  const usual = objectIn(isList(insert) ? insert[0] : insert) ?? objectIn(upsert)
  if (rows === null && usual === null) throw noBody()
  const made = rows === null ? known(usual ?? {}) : stood(rows[0] ?? {}, usual, parts)
  if (namesRun(made.values)) return made
  const extra = Object.entries(usual ?? {}).find(([, value]) => namesRun(value))
  return extra === undefined ? made : { ...made, values: { ...made.values, [extra[0]]: extra[1] } }
}

/** A filter stays where the fixture has its value: a key, or a text of another person, goes with the row. */
function keptFilters(filters: readonly EqualFilter[], { row, stand }: Parts): JsonObject {
  return Object.fromEntries(
    filters.flatMap(({ column, value }): [string, Json][] => {
      const own = row[column]
      const isPlain = typeof own === 'boolean' || (typeof own === 'string' && !own.includes('$'))
      return isPlain && String(own) === value && (typeof own === 'boolean' || stand.keep.has(column))
        ? [[column, own]]
        : []
    }),
  )
}

function objectIn(value: Json | undefined): JsonObject | null {
  return isObject(value) ? value : null
}

function returning({ returning: wanted }: { readonly returning: 'minimal' | 'representation' }): JsonObject {
  return wanted === 'minimal' ? {} : { returning: wanted }
}

function noBody(): Error {
  return notReproducible(
    'a write whose body is not known, to an object for which no body could be planned',
    'Give the request as curl or HAR, which hold the body.',
  )
}
