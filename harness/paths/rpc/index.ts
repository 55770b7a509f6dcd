import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import { divided } from '../../qualified-name.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import { editorNames } from '../editor-names.ts'
import { asFixture, ownUser } from '../own-user.ts'
import type { AccessPath, Answer, Call, Footprint, TargetRow } from '../path.ts'
import { bounded } from '../postgrest/bounded.ts'
import { clientOf } from '../postgrest/client.ts'
import { postgrestMarking } from '../postgrest/marking.ts'
import { requestRemainingRows } from '../postgrest/remaining-rows.ts'
import { postgrestResponses } from '../postgrest/responses.ts'
import { send, sendHead } from '../postgrest/send.ts'

const givenArguments = z.record(z.string(), z.json()).register(editorNames, { names: 'arguments' })

/** A call, as a matrix or a scenario writes it. */
export const schema = z.strictObject({
  call: givenArguments.describe('the arguments of the function'),
  method: z.enum(['post', 'get', 'head']).optional().describe('default: post'),
  as: asFixture,
  ...effectKeys('function'),
})

/** Functions through PostgREST's `/rest/v1/rpc/<function>`. */
export const rpc: AccessPath = {
  name: 'rpc',
  sendsHeaders: true,
  resources: ['function'],
  verbs: { call: { schema, exercises: ['call'], footprint } },
  responses: postgrestResponses,
  marking: postgrestMarking,
  attempt,
  complete,
  statement: ({ body }) => {
    const { call, reads } = schema.parse(body)
    return { kind: 'call', arguments: call, wantsRows: reads !== undefined }
  },
}

function footprint(body: JsonObject): Footprint {
  const { call, method, as, ...effects } = schema.parse(body)
  return {
    ...effectsOf(effects),
    ...ownUser(as),
    readOnly: method === 'get' || method === 'head',
    arguments: Object.keys(call).map((name) => ({ name, at: ['call', name] })),
  }
}

async function attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer> {
  const ask = (head: boolean): Promise<Answer> =>
    send((signal) => calling(caller, call, head).abortSignal(signal).retry(false), sendingOf(call))
  const answer = await (schema.parse(call.body).method === 'head' ? sendHead(ask) : ask(false))
  // A function that returns void has the same answer whether or not it changed rows.
  return answer.status === 204 ? { ...answer, affected: null } : answer
}

/** By GET and HEAD the transaction is read-only, and needs no mark. */
function sendingOf({ mark, headers, body }: Call): Pick<Call, 'mark' | 'headers'> {
  const isMarked = (schema.parse(body).method ?? 'post') === 'post' && mark !== undefined
  return { ...(headers === undefined ? {} : { headers }), ...(isMarked ? { mark } : {}) }
}

function calling(caller: ActorSession | PrivilegedSession, call: Call, head: boolean) {
  const { call: given, method = 'post' } = schema.parse(call.body)
  const { schema: schemaName, name } = divided(call.resource.name)
  const args = method === 'post' ? structuredClone(given) : inAddress(given)
  return clientOf(caller)
    .schema(schemaName)
    .rpc(encodeURIComponent(name), args, { head, get: method !== 'post' && !head })
}

/**
 * Requests the rows that a function's list lacks. A filter on the rows of a function names the missing ones by their keys, which
 * decides where every row shows its key; where keys are masked or left out, the list is read on page by page.
 */
function complete(
  caller: ActorSession | PrivilegedSession,
  call: Call,
  answer: Answer,
  missing: readonly TargetRow[],
): Promise<Answer> {
  const rows = answer.rows ?? []
  const keys = Object.keys(missing[0]?.key ?? {})
  const shown = keys.length > 0 && rows.every((row) => keys.every((key) => (row[key] ?? null) !== null))
  const byKey = (from: number, to: number) =>
    send(
      (signal) =>
        bounded(calling(caller, call, false), missing)
          .range(from, to)
          .abortSignal(signal)
          .retry(false),
      sendingOf(call),
    )
  const onward = (from: number, to: number) =>
    send((signal) => calling(caller, call, false).range(from, to).abortSignal(signal).retry(false), sendingOf(call))
  return shown
    ? requestRemainingRows(answer, [byKey, onward], [0, rows.length])
    : requestRemainingRows(answer, [onward], [rows.length])
}

/**
 * Arguments in the form of an address. supabase-js would turn a HEAD whose argument is an object into a POST, which may write;
 * PostgreSQL reads JSON from a text as well.
 */
function inAddress(args: JsonObject): Record<string, Json> {
  const holdsObject = (value: Json): boolean => isObject(value) || (isList(value) && value.some(holdsObject))
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      holdsObject(value) ? JSON.stringify(value) : structuredClone(value),
    ]),
  )
}
