import { z } from 'zod'
import { isList, isObject, type Json, type JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import type { ActorSession, PrivilegedSession } from '../../model/session.ts'
import type { Target } from '../../model/target.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import type { AccessPath, Answer, Call, Footprint, TargetRow } from '../path.ts'
import { send, withCredential } from '../web/send.ts'
import { graphqlResponses } from './responses.ts'

/** A query or a mutation, as a matrix writes it. */
export const schema = z.strictObject({
  query: z.string().min(1).describe('the text of the query or mutation; `$$id` is its variable `$id`'),
  variables: z.record(z.string(), z.json()).optional().describe('the values of its variables'),
  ...effectKeys('query'),
})

/** pg_graphql, at `/graphql/v1`. */
export const graphql: AccessPath = {
  name: 'graphql',
  sendsHeaders: true,
  resources: ['graphql'],
  resourceName: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, { error: 'a field of Query or Mutation, such as `notesCollection`' }),
  verbs: { query: { schema, exercises: ['query'], footprint } },
  responses: graphqlResponses,
  unavailable,
  attempt,
}

function unavailable({ kind }: Pick<Target, 'kind'>): string | null {
  return kind === 'sandbox'
    ? 'the sandbox serves no GraphQL: try it on `--target local` or a hosted project with pg_graphql'
    : null
}

function footprint(body: JsonObject): Footprint {
  // A function behind a field may write.
  return { ...effectsOf(schema.parse(body)), readOnly: false, arguments: [] }
}

async function attempt(caller: ActorSession | PrivilegedSession, call: Call): Promise<Answer> {
  const { query, variables = {} } = schema.parse(call.body)
  const destination = { method: 'post', base: `${caller.url}/graphql/v1`, ...withCredential(caller, call.headers) }
  return resolved(await send(caller, destination, { json: { query, variables } }, call), call)
}

/** Reads what GraphQL puts into a success: its errors, and the rows of the resource's own field. */
function resolved(answer: Answer, { resource, targets }: Pick<Call, 'resource' | 'targets'>): Answer {
  if (answer.status !== 200) return answer
  if (!isObject(answer.value)) return { ...answer, rows: null, failure: answer.failure ?? 'not-json' }
  const { data, errors } = answer.value
  const message = isList(errors) ? messageOf(errors) : null
  const own = isObject(data) ? data[resource.name] : undefined
  const rows = rowsOf(own)?.map((node) => asRow(node, targets)) ?? null
  return { ...answer, message, rows: message === null ? rows : null, ...(isCut(own) ? { cut: true as const } : {}) }
}

function messageOf(errors: readonly Json[]): string | null {
  if (errors.length === 0) return null
  const [first] = errors
  return isObject(first) && typeof first.message === 'string' ? first.message : 'an error without a message'
}

/** The nodes of a collection, the records of a mutation, or the one row of a lookup by key; null where none can be told. */
function rowsOf(field: Json | undefined): readonly JsonObject[] | null {
  if (!isObject(field)) return null
  if (isList(field.edges))
    return field.edges.flatMap((edge) => (isObject(edge) && isObject(edge.node) ? [edge.node] : []))
  if (isList(field.records)) return field.records.filter(isObject)
  return null
}

/**
 * A node as a row of its table: names that inflection changed are those of the columns again, and a key of numbers is one, where
 * pg_graphql writes `bigint` as text (`docs/api.md`, BigInt).
 */
function asRow(node: JsonObject, targets: readonly TargetRow[]): JsonObject {
  const columns = new Set(targets.flatMap(({ key, row = {} }) => [...Object.keys(key), ...Object.keys(row)]))
  const numbers = new Set(
    targets.flatMap(({ key }) => Object.keys(key).filter((column) => typeof key[column] !== 'string')),
  )
  const named = Object.entries(node).map(([name, value]): [string, Json] => {
    const column = name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase()
    const known = !columns.has(name) && columns.has(column) ? column : name
    const isNumber = numbers.has(known) && typeof value === 'string' && /^-?\d+$/.test(value)
    return [known, isNumber ? parseJson(value) : value]
  })
  return Object.fromEntries(named)
}

/** A page that is not the last one proves no absence. */
function isCut(field: Json | undefined): boolean {
  const page = isObject(field) ? field.pageInfo : undefined
  return isObject(page) && page.hasNextPage === true
}
