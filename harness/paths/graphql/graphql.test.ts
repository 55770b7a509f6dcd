import { describe, expect, it } from 'vitest'
import { alone } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Target } from '../../model/target.ts'
import type { TargetRow } from '../path.ts'
import { graphql } from './index.ts'
import { graphqlResponses } from './responses.ts'

const server = recordingServer()
const query = '{ notesCollection { edges { node { id title } } } }'

function attempt(body: JsonObject = { query }, targets: readonly TargetRow[] = []) {
  const resource = { kind: 'graphql', name: 'notesCollection', of: 'public.notes' }
  return graphql.attempt(server.caller(), { ...alone, resource, verb: 'query', body, targets })
}

/** The pattern of an answer, and its rows. */
async function answered(body: Json, status = 200) {
  server.answer((response) => json(response, status, body))
  const answer = await attempt()
  const face = graphqlResponses.find(({ matches }) => matches(answer, 'query'))
  const means = face?.means
  return { face: face?.name, means: means?.kind === 'denied' ? means.layer : means?.kind, answer }
}

const edges = (...nodes: readonly Json[]) => ({ data: { notesCollection: { edges: nodes.map((node) => ({ node })) } } })
const error = (message: string) => ({ data: null, errors: [{ message }] })

it('a query is sent with its variables, as the caller', async () => {
  server.answer((response) => json(response, 200, edges()))
  await attempt({ query, variables: { id: 1 } })
  expect(server.seen[0]).toMatchObject({
    method: 'POST',
    rawPath: '/graphql/v1',
    body: JSON.stringify({ query, variables: { id: 1 } }),
  })
  expect(server.seen[0]?.headers).toMatchObject({ apikey: 'a-key', authorization: 'Bearer a-token' })
})

describe('rows', () => {
  it('are the nodes of the own collection, with what is nested in them', async () => {
    const node = { id: '1', title: 'a', account: { id: '9' } }
    const { answer, face } = await answered(edges(node))
    expect([face, answer.rows]).toEqual(['done', [node]])
    expect(answer.body).toContain('"9"')
  })

  it('have the names of their columns, and keys of their type', async () => {
    const target = {
      name: 'own',
      table: 'public.notes',
      key: { id: 7 },
      values: {},
      row: { id: 7, owner_id: 'u', isOpen: true },
    }
    server.answer((response) => json(response, 200, edges({ id: '7', ownerId: 'u', isOpen: true, count: '3' })))
    expect((await attempt({ query }, [target])).rows).toEqual([{ id: 7, owner_id: 'u', isOpen: true, count: '3' }])
  })

  it('are the records of a mutation', async () => {
    const { answer } = await answered({ data: { notesCollection: { affectedCount: 1, records: [{ id: '1' }] } } })
    expect(answer.rows).toEqual([{ id: '1' }])
  })

  it('are unknown in another field, whose content is searched', async () => {
    const { answer, face } = await answered({ data: { notesByPk: { id: '1' } } })
    expect([face, answer.rows, answer.body]).toEqual(['done', null, '{"data":{"notesByPk":{"id":"1"}}}'])
  })

  it('of a page that is not the last are no proof of absence', async () => {
    const page = { edges: [], pageInfo: { hasNextPage: true } }
    expect((await answered({ data: { notesCollection: page } })).answer.cut).toBe(true)
  })
})

/** Answers as pg_graphql's own tests record them. */
describe('an answer', () => {
  it.each([
    ['without rows', edges(), 'no-rows', 'filtered'],
    ['without a row by key', { data: { notesByPk: null } }, 'no-rows', 'filtered'],
    [
      'of an update that found no row',
      { data: { notesCollection: { affectedCount: 0, records: [] } } },
      'no-rows',
      'filtered',
    ],
    ['of an update of a row that is not shown', { data: { n: { affectedCount: 1, records: [] } } }, 'done', 'done'],
    ['with a total alone', { data: { n: { totalCount: 2 } } }, 'done', 'done'],
    [
      'of a refused insert',
      error('new row violates row-level security policy for table "notes"'),
      'policy-check',
      'rls',
    ],
    ['of a refused table', error('permission denied for table notes'), 'missing-grant', 'grant'],
    ['of a field without privilege', error(`Unknown field "notesCollection" on type Query`), 'unknown-field', 'grant'],
    ['of a column without privilege', error(`Unknown field 'secret' on type 'Notes'`), 'unknown-field', 'grant'],
    [
      'of a taken key',
      error('duplicate key value violates unique constraint "notes_pkey"'),
      'constraint',
      'constraint',
    ],
    ['of too wide a change', error('delete impacts too many records'), 'too-many-records', 'limit'],
    ['of a faulty query', error('query parse error: Parse error at 1:1'), 'graphql-error', 'unusable'],
    [
      'without the extension',
      { errors: [{ message: 'pg_graphql extension is not enabled.' }] },
      'no-graphql',
      'unusable',
    ],
  ] as const)('%s', async (_, body, name, means) => {
    expect(await answered(body)).toMatchObject({ face: name, means })
  })

  it.each([
    ['that refuses a token', { code: 'PGRST303', message: 'JWT expired' }, 401, 'session-refused', 'unauthenticated'],
    [
      'without the function',
      { code: 'PGRST202', message: 'Could not find the function' },
      404,
      'no-graphql',
      'unusable',
    ],
  ] as const)('of PostgREST %s', async (_, body, status, name, means) => {
    expect(await answered(body, status)).toMatchObject({ face: name, means })
  })
})

it('the sandbox runs no such cell, and says what would', () => {
  const target: Target = {
    alias: 'sandbox',
    kind: 'sandbox',
    endpoint: { url: 'http://127.0.0.1:1', publishableKey: 'a-key' },
    privileged: null,
    databaseUrl: null,
    databaseCa: null,
    minting: null,
    users: {},
    versions: {},
  }
  expect(graphql.unavailable?.(target, {})).toMatch(/serves no GraphQL.+--target local/)
})
