import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { columnInQuery, isBareColumn } from '../../postgrest-name.ts'
import { divided } from '../../qualified-name.ts'
import type { Answer, Call, Statement, TargetRow } from '../path.ts'
import { bounded, text } from '../postgrest/bounded.ts'
import { clientOf } from '../postgrest/client.ts'
import { requestRemainingRows } from '../postgrest/remaining-rows.ts'
import { send, sendHead } from '../postgrest/send.ts'
import { withAffected } from './affected.ts'
import { schemas } from './verbs.ts'

type Caller = ActorSession | PrivilegedSession
type Returning = 'minimal' | 'representation' | undefined

/** Sends one Data API request as the caller, through supabase-js. Every request is bounded by the targets' keys. */
export async function attempt(caller: Caller, call: Call): Promise<Answer> {
  return withAffected(await ask(caller, call), call)
}

function ask(caller: Caller, call: Call): Promise<Answer> {
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

/** @returns the statement that PostgREST makes of the request (QueryBuilder.hs), without embedded relations. */
export function statement(call: Pick<Call, 'verb' | 'body' | 'targets'>): Statement | null {
  switch (call.verb) {
    case 'select': {
      const { filter = {} } = schemas.select.parse(call.body)
      return { kind: 'select', keys: call.targets.map(({ key }) => key), filter }
    }
    case 'insert': {
      const { insert: given } = schemas.insert.parse(call.body)
      return { kind: 'insert', rows: Array.isArray(given) ? given : [given] }
    }
    case 'upsert': {
      const body = schemas.upsert.parse(call.body)
      const row = typeof body.upsert === 'string' ? merged(only(call.targets), body.values ?? {}) : body.upsert
      const conflict = { columns: body.on_conflict ?? null, ignore: body.ignore_duplicates === true }
      return { kind: 'insert', rows: [row], conflict }
    }
    case 'update':
      return { kind: 'update', key: only(call.targets).key, set: schemas.update.parse(call.body).set }
    case 'delete':
      return { kind: 'delete', key: only(call.targets).key }
    default:
      return null
  }
}

function table(caller: Caller, call: Call) {
  const { schema, name } = divided(call.resource.name)
  return clientOf(caller).schema(schema).from(encodeURIComponent(name))
}

function select(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.select.parse(call.body)
  const ask = (head: boolean): Promise<Answer> => {
    const request = selection(caller, call, call.targets, head)
    return send((signal) => {
      const bound = request.abortSignal(signal)
      return (body.single === true ? bound.single() : bound).retry(false)
    }, unmarked(call))
  }
  return body.head === true ? sendHead(ask) : ask(false)
}

/** PostgREST runs a read in a transaction that cannot write. */
function unmarked({ headers }: Call): Pick<Call, 'headers'> {
  return headers === undefined ? {} : { headers }
}

function selection(caller: Caller, call: Call, targets: readonly TargetRow[], head = false) {
  const { columns, count, filter = {} } = schemas.select.parse(call.body)
  const options = { head, ...(count === undefined && !head ? {} : { count: 'exact' as const }) }
  let request = table(caller, call).select(columns?.map(itemInQuery).join(',') ?? '*', options)
  request = bounded(request, targets)
  for (const [column, value] of Object.entries(filter)) {
    const name = columnInQuery(column)
    request = value === null ? request.is(name, null) : request.eq(name, text(value))
  }
  return request
}

/** supabase-js removes the spaces of a `select` that are outside of quotes. */
function itemInQuery(item: string): string {
  return isBareColumn(item) ? columnInQuery(item) : item
}

/** Requests the rows that a list lacks: it may have been cut off at the service's `max_rows`. */
export async function complete(
  caller: Caller,
  call: Call,
  answer: Answer,
  missing: readonly TargetRow[],
): Promise<Answer> {
  if (call.verb !== 'select' || schemas.select.parse(call.body).single === true) return answer
  return requestRemainingRows(answer, [
    (from, to) =>
      send((signal) => {
        let request = selection(caller, call, missing)
        for (const column of Object.keys(missing[0]?.key ?? {})) request = request.order(columnInQuery(column))
        return request.range(from, to).abortSignal(signal).retry(false)
      }, unmarked(call)),
  ])
}

function insert(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.insert.parse(call.body)
  return send((signal) => returning(table(caller, call).insert(body.insert).abortSignal(signal), body.returning), call)
}

function upsert(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.upsert.parse(call.body)
  const row = typeof body.upsert === 'string' ? merged(only(call.targets), body.values ?? {}) : body.upsert
  const options = {
    ...(body.on_conflict === undefined ? {} : { onConflict: body.on_conflict.map(columnInQuery).join(',') }),
    ...(body.ignore_duplicates === true ? { ignoreDuplicates: true } : {}),
  }
  return send((signal) => returning(table(caller, call).upsert(row, options).abortSignal(signal), body.returning), call)
}

function update(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.update.parse(call.body)
  const request = bounded(table(caller, call).update(body.set), [only(call.targets)])
  return send((signal) => returning(request.abortSignal(signal), body.returning), call)
}

function remove(caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.delete.parse(call.body)
  const request = bounded(table(caller, call).delete(), [only(call.targets)])
  return send((signal) => returning(request.abortSignal(signal), body.returning), call)
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
