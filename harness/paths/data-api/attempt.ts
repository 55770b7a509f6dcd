import type { ActorSession, PrivilegedSession } from '../../actors/session.ts'
import { TrespassError } from '../../errors.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Answer, Call, TargetRow } from '../path.ts'
import { clientOf } from '../postgrest/client.ts'
import { send, sendHead } from '../postgrest/send.ts'
import { schemas } from './verbs.ts'

type Caller = ActorSession | PrivilegedSession
type Returning = 'minimal' | 'representation' | undefined

/** Sends one Data API request as the caller, through supabase-js. Every request is bounded by the targets' keys. */
export async function attempt(caller: Caller, call: Call): Promise<Answer> {
  switch (call.verb) {
    case 'select':
      return select(caller, call)
    case 'insert':
      return insert(caller, call)
    case 'upsert':
      return upsert(caller, call)
    case 'update':
      return update(caller, call)
    case 'delete':
      return remove(caller, call)
    default:
      throw new TrespassError('unknown-verb', `the Data API has no verb ${call.verb}`)
  }
}

function table(caller: Caller, call: Call) {
  const [schema = '', name = ''] = split(call.resource.name)
  return clientOf(caller).schema(schema).from(name)
}

function select(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.select.parse(call.body)
  const ask = (head: boolean): Promise<Answer> => {
    const options = { head, ...(body.count === undefined && !head ? {} : { count: 'exact' as const }) }
    let request = table(caller, call).select(body.columns?.join(',') ?? '*', options)
    request = bounded(request, call.targets)
    for (const [column, value] of Object.entries(body.filter ?? {})) {
      request = value === null ? request.is(column, null) : request.eq(column, text(value))
    }
    return send((signal) => {
      const bound = request.abortSignal(signal)
      return (body.single === true ? bound.single() : bound).retry(false)
    })
  }
  return body.head === true ? sendHead(ask) : ask(false)
}

function insert(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.insert.parse(call.body)
  return send((signal) => returning(table(caller, call).insert(body.insert).abortSignal(signal), body.returning))
}

function upsert(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.upsert.parse(call.body)
  const row = typeof body.upsert === 'string' ? merged(only(call.targets), body.values ?? {}) : body.upsert
  const options = {
    ...(body.on_conflict === undefined ? {} : { onConflict: body.on_conflict.join(',') }),
    ...(body.ignore_duplicates === true ? { ignoreDuplicates: true } : {}),
  }
  return send((signal) => returning(table(caller, call).upsert(row, options).abortSignal(signal), body.returning))
}

function update(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.update.parse(call.body)
  const request = bounded(table(caller, call).update(body.set), [only(call.targets)])
  return send((signal) => returning(request.abortSignal(signal), body.returning))
}

function remove(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.delete.parse(call.body)
  const request = bounded(table(caller, call).delete(), [only(call.targets)])
  return send((signal) => returning(request.abortSignal(signal), body.returning))
}

/** The part of a PostgREST filter builder that bounds a request. */
interface Bounded<Request> {
  eq(column: string, value: Json): Request
  is(column: string, value: null): Request
  filter(column: string, operator: string, value: string): Request
  or(filters: string): Request
}

/** Restricts a request to the rows of the targets. */
function bounded<Request extends Bounded<Request>>(request: Request, targets: readonly TargetRow[]): Request {
  const [first] = targets
  if (first === undefined) throw new TrespassError('no-target', 'the request names no row to stay within')
  if (targets.length === 1) {
    return Object.entries(first.key).reduce(
      (bound, [column, value]) => (value === null ? bound.is(column, null) : bound.eq(column, text(value))),
      request,
    )
  }
  const column = sharedColumn(targets)
  if (column === null) return request.or(targets.map((target) => `and(${conditions(target.key)})`).join(','))
  // Not `in()`: it quotes a value that holds a comma and leaves the quotes in it as they are.
  return request.filter(column, 'in', `(${targets.map(({ key }) => quoted(key[column] ?? null)).join(',')})`)
}

/** @returns the one column that is the key of every target, never null in any; null when there is no such column. */
function sharedColumn(targets: readonly TargetRow[]): string | null {
  const [column = ''] = Object.keys(targets[0]?.key ?? {})
  const shared = targets.every(({ key }) => Object.keys(key).join() === column && key[column] !== null)
  return shared ? column : null
}

function conditions(key: JsonObject): string {
  return Object.entries(key)
    .map(([column, value]) => (value === null ? `${column}.is.null` : `${column}.eq.${quoted(value)}`))
    .join(',')
}

/** Reserved characters stand in double quotes, and quotes are escaped (PostgREST, references/api/url_grammar). */
function quoted(value: Json): string {
  return `"${text(value).replace(/["\\]/g, '\\$&')}"`
}

function text(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The row as it would be written anew, with the changed columns in place. */
function merged(target: TargetRow, changes: JsonObject): JsonObject {
  return { ...target.values, ...target.key, ...changes }
}

function only(targets: readonly TargetRow[]): TargetRow {
  const [target] = targets
  if (target === undefined || targets.length > 1) {
    throw new TrespassError('no-target', `the request is about one row, ${targets.length} were given`)
  }
  return target
}

interface Writing {
  select(): { retry(enabled: boolean): PromiseLike<{ error: unknown }> }
  retry(enabled: boolean): PromiseLike<{ error: unknown }>
}

function returning(request: Writing, wanted: Returning): PromiseLike<{ error: unknown }> {
  return wanted === 'representation' ? request.select().retry(false) : request.retry(false)
}

function split(name: string): string[] {
  return name.split('.')
}
