import { describe, expect, it } from 'vitest'
import { answerWith } from '../../../test/support/example-answers.ts'
import type { Layer } from '../../model/verdict.ts'
import { dataApi } from '../data-api/index.ts'
import type { Answer } from '../path.ts'
import { rpc } from '../rpc/index.ts'
import { postgrestResponses } from './responses.ts'

type Means = Layer | 'unusable' | 'broken' | 'unknown' | 'done'
type Line = readonly [name: string, answer: Pick<Answer, 'status'> & Partial<Answer>, face: string, means: Means]

function faceOf(answer: Line[1]) {
  return postgrestResponses.find((face) => face.matches(answerWith(answer), 'select'))
}

function check(lines: readonly Line[]): void {
  it.each(lines)('%s', (_, answer, name, means) => {
    const face = faceOf(answer)
    expect(face?.name).toBe(name)
    expect(face?.means.kind === 'denied' ? face.means.layer : face?.means.kind).toBe(means)
  })
}

const insufficient = (status: number, message: string) => ({ status, code: '42501', message })

describe('a missing grant', () => {
  check([
    ['anon', insufficient(401, 'permission denied for table documents'), 'missing-grant', 'grant'],
    ['a user', insufficient(403, 'permission denied for table documents'), 'missing-grant', 'grant'],
    [
      'with the hint of supautils',
      {
        ...insufficient(403, 'permission denied for table t'),
        hint: 'Grant the required privileges to the current role',
      },
      'missing-grant',
      'grant',
    ],
    ['view', insufficient(403, 'permission denied for view totals'), 'missing-grant', 'grant'],
    ['materialized view', insufficient(403, 'permission denied for materialized view m'), 'missing-grant', 'grant'],
    ['schema', insufficient(401, 'permission denied for schema private'), 'missing-grant', 'grant'],
    ['function', insufficient(403, 'permission denied for function claim_job'), 'missing-grant', 'grant'],
    ['sequence', insufficient(403, 'permission denied for sequence t_id_seq'), 'missing-grant', 'grant'],
    ['owner', insufficient(403, 'must be owner of table documents'), 'not-owner', 'grant'],
    ['a code alone, as a HEAD has it', { status: 403, code: '42501' }, 'raised-insufficient-privilege', 'application'],
  ])
})

describe('a policy', () => {
  const violates = 'new row violates row-level security policy'
  check([
    ['anon', insufficient(401, `${violates} for table "documents"`), 'policy-check', 'rls'],
    ['a user', insufficient(403, `${violates} for table "documents"`), 'policy-check', 'rls'],
    [
      'upsert onto a hidden row',
      insufficient(403, `${violates} (USING expression) for table "t"`),
      'policy-check',
      'rls',
    ],
    ['restrictive and named', insufficient(403, `${violates} "no guests" for table "t"`), 'policy-check', 'rls'],
    [
      'MERGE',
      insufficient(403, 'target row violates row-level security policy (USING expression) for table "t"'),
      'policy-check',
      'rls',
    ],
    [
      'recursion, PostgREST 12',
      { status: 400, code: '42P17', message: 'infinite recursion detected in policy' },
      'policy-recursion',
      'broken',
    ],
    [
      'recursion, 13 and later',
      { status: 500, code: '42P17', message: 'infinite recursion detected in policy' },
      'policy-recursion',
      'broken',
    ],
  ])
})

describe("the project's own code", () => {
  check([
    ['raises 42501', insufficient(403, 'only owners may do this'), 'raised-insufficient-privilege', 'application'],
    [
      'raises 42501 in words like those of a grant',
      insufficient(403, 'permission denied for this organization'),
      'raised-insufficient-privilege',
      'application',
    ],
    [
      'raises 42501 and speaks of policies',
      insufficient(403, 'blocked, see our row-level security policy'),
      'raised-insufficient-privilege',
      'application',
    ],
    ['raises P0001', { status: 400, code: 'P0001', message: 'not allowed' }, 'raised-by-project', 'application'],
    ['chooses 403', { status: 403, code: 'PT403', message: 'not allowed' }, 'raised-by-project', 'application'],
    ['chooses 404', { status: 404, code: 'PT404', message: 'nothing here' }, 'raised-by-project', 'application'],
    ['chooses 429', { status: 429, code: 'PT429', message: 'quota' }, 'raised-by-project', 'application'],
    ['chooses 503', { status: 503, code: 'PT503', message: 'later' }, 'server-error', 'unknown'],
    [
      'encodes an error of its own (PGRST)',
      { status: 418, code: 'TEAPOT', message: 'short' },
      'raised-by-project',
      'application',
    ],
    [
      'raises no_data_found',
      { status: 500, code: 'P0002', message: 'query returned no rows' },
      'server-error',
      'unknown',
    ],
  ])
})

describe('a constraint', () => {
  check([
    ['not null', { status: 400, code: '23502' }, 'constraint', 'constraint'],
    ['foreign key', { status: 409, code: '23503' }, 'constraint', 'constraint'],
    ['unique', { status: 409, code: '23505' }, 'constraint', 'constraint'],
    ['check', { status: 400, code: '23514' }, 'constraint', 'constraint'],
    ['exclusion', { status: 400, code: '23P01' }, 'constraint', 'constraint'],
    ['restrict, PostgreSQL 18', { status: 400, code: '23001' }, 'constraint', 'constraint'],
    ['check option of a view', { status: 400, code: '44000' }, 'constraint', 'constraint'],
  ])
})

describe('a credential', () => {
  check([
    ['expired, 12', { status: 401, code: 'PGRST301', message: 'JWT expired' }, 'token-refused', 'unauthenticated'],
    [
      'expired, 13 and later',
      { status: 401, code: 'PGRST303', message: 'JWT expired' },
      'token-refused',
      'unauthenticated',
    ],
    [
      'bad signature, 12',
      { status: 401, code: 'PGRST301', message: 'JWSError JWSInvalidSignature' },
      'token-refused',
      'unauthenticated',
    ],
    [
      'bad signature, 13 and later',
      { status: 401, code: 'PGRST301', message: 'No suitable key or wrong key type' },
      'token-refused',
      'unauthenticated',
    ],
    [
      'opaque key as token',
      { status: 401, code: 'PGRST301', message: 'Expected 3 parts in JWT; got 1' },
      'token-refused',
      'unauthenticated',
    ],
    ['anonymous access is off', { status: 401, code: 'PGRST302' }, 'token-refused', 'unauthenticated'],
    [
      'unknown role, 12',
      { status: 400, code: '22023', message: 'role "nobody" does not exist' },
      'unknown-role',
      'unauthenticated',
    ],
    [
      'unknown role, 13.0.1 and later',
      { status: 401, code: '22023', message: 'role "nobody" does not exist' },
      'unknown-role',
      'unauthenticated',
    ],
    ['other 22023', { status: 400, code: '22023', message: 'invalid parameter value' }, 'invalid-value', 'unusable'],
    [
      'role of the database',
      insufficient(403, 'permission denied to set role "postgres"'),
      'role-not-granted',
      'unauthenticated',
    ],
    [
      'no API key, gateway',
      { status: 401, message: 'No API key found in request' },
      'api-key-refused',
      'unauthenticated',
    ],
    ['wrong API key, gateway', { status: 401, message: 'Invalid API key' }, 'api-key-refused', 'unauthenticated'],
    ['Envoy: text', { status: 401, failure: 'not-json' }, 'api-key-refused', 'unauthenticated'],
  ])
})

describe('a limit, a hidden thing, a row that is not there', () => {
  const single = (rows: string, message: string) => ({
    status: 406,
    code: 'PGRST116',
    message,
    details: `The result contains ${rows} rows`,
  })
  const old = 'JSON object requested, multiple (or no) rows returned'
  const young = 'Cannot coerce the result to a single JSON object'
  check([
    [
      'WHERE is missing',
      { status: 400, code: '21000', message: 'UPDATE requires a WHERE clause' },
      'where-clause-required',
      'limit',
    ],
    [
      'other 21000',
      { status: 500, code: '21000', message: 'ON CONFLICT DO UPDATE command cannot affect row a second time' },
      'server-error',
      'unknown',
    ],
    ['max-affected', { status: 400, code: 'PGRST124' }, 'too-many-rows-affected', 'limit'],
    [
      'schema, up to 13.0.6',
      { status: 406, code: 'PGRST106', message: 'The schema must be one of the following: public' },
      'schema-not-exposed',
      'hidden',
    ],
    [
      'schema, 13.0.7 and later',
      { status: 406, code: 'PGRST106', message: 'Invalid schema: private' },
      'schema-not-exposed',
      'hidden',
    ],
    ['single without a row, 12', single('0', old), 'single-without-row', 'filtered'],
    ['single without a row, 13 and later', single('0', young), 'single-without-row', 'filtered'],
    ['single with two, 12', single('2', old), 'many-rows-for-single', 'unusable'],
    ['single with ten, 13 and later', single('10', young), 'many-rows-for-single', 'unusable'],
    [
      'single without details (verbosity minimal, 16)',
      { status: 406, code: 'PGRST116', message: young },
      'many-rows-for-single',
      'unusable',
    ],
  ])
})

describe('a request that could not have worked', () => {
  check([
    ['unknown table, 13 and later', { status: 404, code: 'PGRST205' }, 'not-in-schema-cache', 'unusable'],
    ['write to an unknown table, 12: {}', { status: 404 }, 'refused-without-code', 'unusable'],
    ['GET of a writing function', { status: 405, code: '25006' }, 'read-only-transaction', 'unusable'],
    ['bad verb', { status: 405, code: 'PGRST101' }, 'malformed-request', 'unusable'],
    ['bad path', { status: 404, code: 'PGRST125' }, 'malformed-request', 'unusable'],
    ['offset beyond the total', { status: 416, code: 'PGRST103' }, 'malformed-request', 'unusable'],
    ['bad text', { status: 400, code: '22P02' }, 'invalid-value', 'unusable'],
    ['generated column', { status: 400, code: '428C9' }, 'invalid-value', 'unusable'],
    ['no unique constraint for ON CONFLICT', { status: 400, code: '42P10' }, 'invalid-value', 'unusable'],
    ['firewall page', { status: 403, failure: 'not-json' }, 'refused-without-code', 'unusable'],
  ])
})

describe('a defect of the project, which no moment changes', () => {
  const sql = (code: string, message = 'x', status = 400) => ({ status, code, message })
  check([
    ['a policy recurses', sql('42P17', 'infinite recursion', 500), 'policy-recursion', 'broken'],
    ['functions of a policy recurse', sql('54001', 'stack depth limit exceeded', 500), 'endless-recursion', 'broken'],
    ['two functions fit', sql('PGRST203', 'Could not choose the best candidate', 300), 'ambiguous-function', 'broken'],
    ['two foreign keys fit', sql('PGRST201', 'x', 300), 'ambiguous-relationship', 'broken'],
    ['a function that the cache misses', sql('PGRST202', 'x', 404), 'not-in-schema-cache', 'unusable'],
    ['a column that the cache misses', sql('PGRST204'), 'not-in-schema-cache', 'unusable'],
    ['no such column is read', sql('42703'), 'unknown-column', 'broken'],
    ['no such function below', sql('42883', 'x', 404), 'unknown-function', 'broken'],
    ['no such operator below', sql('42883', 'operator does not exist: uuid = text', 404), 'unknown-function', 'broken'],
    ['no such table below; PostgREST 12', sql('42P01', 'x', 404), 'unknown-relation', 'broken'],
    ['an ambiguous column in a function', sql('42702'), 'faulty-sql', 'broken'],
    ['an ambiguous function in SQL', sql('42725'), 'faulty-sql', 'broken'],
    ['rows of other types than declared', sql('42804'), 'faulty-sql', 'broken'],
    ['a syntax error in dynamic SQL', sql('42601'), 'faulty-sql', 'broken'],
    ['no such type', sql('42704'), 'faulty-sql', 'broken'],
  ])
})

describe('an unknown outcome', () => {
  check([
    ['no answer', { status: 0, failure: 'network' }, 'no-answer', 'unknown'],
    ['timeout', { status: 0, failure: 'timeout' }, 'no-answer', 'unknown'],
    ['rate limit', { status: 429 }, 'rate-limited', 'unknown'],
    ['rate limit with a code', { status: 429, code: 'over_limit' }, 'rate-limited-by-project', 'unknown'],
    ['redirect', { status: 307 }, 'redirected', 'unknown'],
    ['statement timeout', { status: 500, code: '57014' }, 'statement-timeout', 'unknown'],
    ['admin shutdown', { status: 503, code: '57P01' }, 'service-unavailable', 'unknown'],
    ['database down', { status: 503, code: 'PGRST000' }, 'service-unavailable', 'unknown'],
    ['database lost halfway', { status: 400, code: '', message: '' }, 'database-lost', 'unknown'],
    ['no schema cache', { status: 503, code: 'PGRST002' }, 'service-unavailable', 'unknown'],
    ['pool exhausted', { status: 504, code: 'PGRST003' }, 'service-unavailable', 'unknown'],
    ['too many connections', { status: 503, code: '53300' }, 'service-unavailable', 'unknown'],
    ['broken', { status: 500, code: 'XX000' }, 'service-unavailable', 'unknown'],
    ['serialization failure', { status: 500, code: '40001' }, 'lost-a-race', 'unknown'],
    ['deadlock', { status: 500, code: '40P01' }, 'lost-a-race', 'unknown'],
    ['lock not available', { status: 500, code: '55P03' }, 'server-error', 'unknown'],
    ['gateway page', { status: 502, failure: 'not-json' }, 'server-error', 'unknown'],
    ['project paused', { status: 540, failure: 'not-json' }, 'server-error', 'unknown'],
    ['page with 200', { status: 200, failure: 'not-json' }, 'no-json', 'unknown'],
  ])
})

/** The headers of every answer to a statement that PostgREST executed. */
const ranged = { 'content-range': '*/*' }

describe('a proxy in front of the service', () => {
  check([
    ['nothing at all', { status: 200 }, 'not-the-service', 'unknown'],
    ['an empty list', { status: 200, rows: [] }, 'not-the-service', 'unknown'],
    ['other JSON', { status: 200, value: { status: 'maintenance' } }, 'not-the-service', 'unknown'],
    ['no content', { status: 204 }, 'not-the-service', 'unknown'],
    ['too much', { status: 200, failure: 'too-long', headers: ranged }, 'too-long', 'unknown'],
    ['too much of a refusal', { status: 401, failure: 'too-long' }, 'too-long', 'unknown'],
    [
      'a page that asks to sign in',
      { status: 401, failure: 'not-json', headers: { 'content-type': 'text/html; charset=utf-8' } },
      'refused-without-code',
      'unusable',
    ],
    [
      'a gateway without JSON',
      { status: 401, failure: 'not-json', headers: { 'content-type': 'text/plain' } },
      'api-key-refused',
      'unauthenticated',
    ],
  ])
})

describe('done', () => {
  check([
    ['rows', { status: 200, rows: [{ id: 1 }], headers: ranged }, 'done', 'done'],
    ['a page of more', { status: 206, rows: [{ id: 1 }], headers: ranged }, 'done', 'done'],
    ['created', { status: 201, headers: ranged }, 'done', 'done'],
    ['no content', { status: 204, headers: ranged }, 'done', 'done'],
  ])
})

describe('an answer without rows', () => {
  const faceFor = (path: typeof dataApi, verb: string, status = 200) =>
    path.responses.find((face) => face.matches(answerWith({ status, rows: [], headers: ranged }), verb))?.name

  it('is the Data API face of `filtered`, where rows were to be found', () => {
    for (const verb of ['select', 'update', 'delete']) expect(faceFor(dataApi, verb)).toBe('no-rows')
    for (const verb of ['insert', 'upsert']) expect(faceFor(dataApi, verb, 201)).toBe('done')
  })

  it('is inconclusive when a proxy gives it', () => {
    const answer = answerWith({ status: 200, rows: [] })
    expect(dataApi.responses.find((face) => face.matches(answer, 'select'))?.name).toBe('not-the-service')
  })

  it('is the answer of a function that found none', () => {
    expect(faceFor(rpc, 'call')).toBe('done')
  })
})

it('every response pattern has a name of its own', () => {
  const names = dataApi.responses.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

it('only a limiter before the service turns a request away', () => {
  const away = (answer: Line[1]) => faceOf(answer)?.isRateLimit === true
  expect(away({ status: 429 })).toBe(true)
  expect(away({ status: 429, failure: 'not-json' })).toBe(true)
  expect(away({ status: 429, code: 'PT429' })).toBe(false)
  expect(away({ status: 429, code: 'over_limit' })).toBe(false)
  expect(away({ status: 503, code: 'PGRST002' })).toBe(false)
})
