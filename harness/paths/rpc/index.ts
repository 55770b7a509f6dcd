import { z } from 'zod'
import type { ActorSession, PrivilegedSession } from '../../actors/session.ts'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import type { AccessPath, Answer, Call, Footprint, NamedColumn, WriteIntent } from '../path.ts'
import { clientOf } from '../postgrest/client.ts'
import { postgrestFaces } from '../postgrest/faces.ts'
import { send, sendHead } from '../postgrest/send.ts'

const values = z.record(z.string(), z.json())
const fixture = z.string().min(1)

const schema = z.strictObject({
  call: values.describe('the arguments of the function'),
  method: z.enum(['post', 'get', 'head']).optional().describe('default: post'),
  reads: z
    .union([fixture, z.array(fixture).min(1)])
    .optional()
    .describe('the fixtures that the function returns, or "*"'),
  changes: z.record(z.string(), values).optional().describe('by fixture: the columns that the function changes'),
  removes: z.array(fixture).min(1).optional().describe('the fixtures that the function removes'),
  adds: z
    .strictObject({
      table: z.string(),
      values: z.union([values, z.array(values).min(1)]),
    })
    .optional()
    .describe('the rows that the function adds, by the columns that tell them apart'),
})

/** Functions through PostgREST's `/rest/v1/rpc/<function>`. */
export const rpc: AccessPath = {
  name: 'rpc',
  resources: ['function'],
  verbs: { call: { schema, footprint } },
  faces: postgrestFaces,
  attempt,
}

function footprint(body: JsonObject): Footprint {
  const { call, method, reads, changes = {}, removes = [], adds } = schema.parse(body)
  const writes: WriteIntent[] = [
    ...Object.entries(changes).map(([name, set]) => ({ kind: 'change' as const, fixture: name, set })),
    ...removes.map((name) => ({ kind: 'remove' as const, fixture: name })),
  ]
  const columns: NamedColumn[] = []
  if (adds !== undefined) {
    const rows = Array.isArray(adds.values) ? adds.values : [adds.values]
    writes.push({ kind: 'add', table: adds.table, rows, identify: null, skippable: true })
    for (const row of rows) {
      for (const column of Object.keys(row)) columns.push({ table: adds.table, column, at: ['adds', 'values', column] })
    }
  }
  return {
    reads: reads === undefined ? null : reads === '*' ? '*' : typeof reads === 'string' ? [reads] : reads,
    bounded: false,
    embeds: [],
    writes,
    readOnly: method === 'get' || method === 'head',
    columns,
    arguments: Object.keys(call).map((name) => ({ name, at: ['call', name] })),
  }
}

function attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer> {
  const { call: given, method = 'post' } = schema.parse(call.body)
  const [schemaName = '', name = ''] = call.resource.name.split('.')
  const args = method === 'post' ? structuredClone(given) : inAddress(given)
  const ask = (head: boolean): Promise<Answer> =>
    send((signal) =>
      clientOf(caller)
        .schema(schemaName)
        .rpc(name, args, { head, get: method !== 'post' && !head })
        .abortSignal(signal)
        .retry(false),
    )
  return method === 'head' ? sendHead(ask) : ask(false)
}

/**
 * Arguments as they stand in an address. supabase-js would turn a HEAD whose argument is an object into a POST, which
 * may write; PostgreSQL reads JSON from a text as well.
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
